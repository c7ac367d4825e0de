package dev.trunkline.admin;

import dev.trunkline.admin.Transaction.Edge;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What drivers and pools say unasked, and the answers that keep them content.
 *
 * <p>PgBouncer fakes a few parameters and refuses everything else: {@code select 1}, {@code begin}
 * and the empty query are invalid commands there. Here they are answered, in the simple protocol
 * too, because that is how psycopg begins a transaction, how pgjdbc's {@code isValid} asks whether
 * a connection lives, and how Grafana and connection pools probe. No script can depend on the
 * refusal, and the answers cannot be mistaken for a view: only constants and a closed list of
 * functions are taken, and {@code SELECT word} stays an alias of {@code SHOW word}.
 */
final class Drivers {
  private static final String ISOLATION = "read committed";

  /** Where the views are as tables. */
  private static final String SCHEMA = "public";

  private static final List<View<String>> PARAMETERS =
      List.of(
          parameter("client_encoding", "UTF-8"),
          parameter("default_transaction_isolation", ISOLATION),
          parameter("standard_conforming_strings", "on"),
          parameter("datestyle", "ISO"),
          parameter("timezone", "GMT"),
          parameter("server_version", ConsoleSession.SERVER_VERSION),
          parameter("server_version_num", "12502"), // as libpq reckons it from that
          parameter("server_encoding", "UTF8"),
          parameter("search_path", SCHEMA),
          parameter("transaction_read_only", "off"),
          parameter("default_transaction_read_only", "off"));

  /** Settings of PostgreSQL that mean nothing here and are no settings of the proxy. */
  private static final Set<String> ALSO_IGNORED =
      Set.of(
          "extra_float_digits",
          "application_name",
          "bytea_output",
          "client_min_messages",
          "idle_in_transaction_session_timeout",
          "intervalstyle",
          "lock_timeout",
          "names",
          "row_security",
          "statement_timeout",
          "synchronous_commit");

  private static final Set<String> BEGIN_OPTIONS =
      Set.of(
          "transaction",
          "work",
          "isolation",
          "level",
          "serializable",
          "repeatable",
          "read",
          "committed",
          "uncommitted",
          "only",
          "write",
          "not",
          "deferrable",
          ",");

  private Drivers() {}

  /** Parameters whose SHOW is answered with a constant. */
  static List<View<String>> parameters() {
    return PARAMETERS;
  }

  /** Whether SET of that key is accepted and forgotten. */
  static boolean ignores(String key) {
    String name = key.toLowerCase(Locale.ROOT);
    return ALSO_IGNORED.contains(name)
        || PARAMETERS.stream().anyMatch(view -> view.name().equals(name));
  }

  /**
   * The command for a driver's statement.
   *
   * @return null if it is not one
   */
  static Command command(List<Token> tokens) {
    List<Token> rest = tokens.subList(1, tokens.size());
    Token first = tokens.getFirst();
    if (first.kind() != Token.Kind.WORD) {
      return null;
    }
    return switch (first.text().toLowerCase(Locale.ROOT)) {
      case "begin" -> consistsOf(rest, BEGIN_OPTIONS) ? new Command.Boundary(Edge.BEGIN) : null;
      case "start" -> start(rest);
      case "commit", "end" -> end(rest, Edge.COMMIT);
      case "rollback", "abort" -> end(rest, Edge.ROLLBACK);
      case "deallocate" -> deallocate(rest);
      case "discard" -> discard(rest);
      case "set" -> set(rest);
      case "reset" -> rest.size() == 1 ? new Command.Formality("RESET") : null;
      case "unlisten" -> rest.size() == 1 ? new Command.Formality("UNLISTEN") : null;
      case "close" -> isAll(rest) ? new Command.Formality("CLOSE CURSOR ALL") : null;
      case "show" -> isolationLevel(rest);
      case "select" -> select(rest);
      default -> null;
    };
  }

  private static Command start(List<Token> rest) {
    boolean transaction = !rest.isEmpty() && rest.getFirst().is("transaction");
    return transaction && consistsOf(rest, BEGIN_OPTIONS) ? new Command.Boundary(Edge.BEGIN) : null;
  }

  private static Command end(List<Token> rest, Edge edge) {
    boolean plain = rest.size() <= 1 && consistsOf(rest, Set.of("work", "transaction"));
    return plain ? new Command.Boundary(edge) : null;
  }

  /** psycopg sends it after each error, for the statements it may have prepared. */
  private static Command deallocate(List<Token> rest) {
    boolean noise = rest.size() == 2 && rest.getFirst().is("prepare");
    List<Token> target = noise ? rest.subList(1, 2) : rest;
    if (target.size() != 1 || !target.getFirst().isName()) {
      return null;
    }
    Token name = target.getFirst();
    return name.is("all")
        ? new Command.Deallocate(null, "DEALLOCATE ALL")
        : new Command.Deallocate(name.text(), "DEALLOCATE");
  }

  private static Command discard(List<Token> rest) {
    return isAll(rest) ? new Command.Deallocate(null, "DISCARD ALL") : null;
  }

  private static boolean isAll(List<Token> rest) {
    return rest.size() == 1 && rest.getFirst().is("all");
  }

  /**
   * {@code SET SESSION CHARACTERISTICS …}, {@code SET TRANSACTION …}, {@code SET TIME ZONE …}, and
   * the settings that are forgotten, whatever their values look like.
   */
  private static Command set(List<Token> rest) {
    if (startsWith(rest, "session") || startsWith(rest, "local")) {
      List<Token> key = rest.subList(1, rest.size());
      if (isIgnored(key)) {
        return new Command.SetIgnored();
      }
    }
    boolean ignored =
        isIgnored(rest)
            || startsWith(rest, "session", "characteristics", "as", "transaction")
            || startsWith(rest, "transaction", "isolation")
            || startsWith(rest, "transaction", "read")
            || startsWith(rest, "time", "zone");
    return ignored ? new Command.SetIgnored() : null;
  }

  private static boolean isIgnored(List<Token> rest) {
    return rest.size() > 1 && rest.getFirst().isName() && ignores(rest.getFirst().text());
  }

  private static Command isolationLevel(List<Token> rest) {
    boolean asked =
        startsWith(rest, "transaction", "isolation", "level")
            || (rest.size() == 1 && rest.getFirst().is("transaction_isolation"));
    return asked
        ? new Command.Show<>(parameter("transaction_isolation", ISOLATION), "", "SHOW")
        : null;
  }

  private static Command select(List<Token> rest) {
    View<?> view = probe(rest);
    return view == null ? null : new Command.Show<>(view, "", "SELECT 1");
  }

  private static View<?> probe(List<Token> tokens) {
    if (tokens.size() == 1) {
      return constant(tokens.getFirst());
    }
    boolean call = tokens.size() == 3 && tokens.get(1).isSymbol('(') && tokens.get(2).isSymbol(')');
    return call && tokens.getFirst().kind() == Token.Kind.WORD ? function(tokens.getFirst()) : null;
  }

  private static View<?> constant(Token token) {
    if (token.kind() == Token.Kind.STRING) {
      return parameter("?column?", token.text());
    }
    boolean number = token.kind() == Token.Kind.WORD && token.text().matches("[0-9]{1,9}");
    if (!number) {
      return null;
    }
    long value = Long.parseLong(token.text());
    Column<Long> column = Column.int4("?column?", Long::longValue);
    return View.of("?column?", inspector -> List.of(value), List.of(column));
  }

  private static View<?> function(Token name) {
    return switch (name.text().toLowerCase(Locale.ROOT)) {
      case "version", "pg_catalog.version" -> View.single("version", Inspector::version);
      case "current_database", "pg_catalog.current_database" ->
          parameter("current_database", ConsoleSession.DATABASE);
      case "current_schema", "pg_catalog.current_schema" -> parameter("current_schema", SCHEMA);
      default -> null;
    };
  }

  private static View<String> parameter(String name, String value) {
    return View.single(name, inspector -> value);
  }

  private static boolean consistsOf(List<Token> tokens, Set<String> words) {
    return tokens.stream().allMatch(token -> words.contains(token.text().toLowerCase(Locale.ROOT)));
  }

  private static boolean startsWith(List<Token> tokens, String... words) {
    if (tokens.size() < words.length) {
      return false;
    }
    for (int i = 0; i < words.length; i++) {
      if (!tokens.get(i).is(words[i])) {
        return false;
      }
    }
    return true;
  }
}
