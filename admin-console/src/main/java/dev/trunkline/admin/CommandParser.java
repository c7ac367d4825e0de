package dev.trunkline.admin;

import static dev.trunkline.admin.Access.ADMIN;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Text to {@link Command}. The grammar is PgBouncer's: {@code WORD [WORD] [;]} or {@code SET key =
 * value [;]}, one statement per message, in any case, with its limits of length. Added are the
 * statements of {@link Drivers}, of {@link MoveParser}, {@code SHOW ROUTE '<workspace>'}, and
 * queries in SQL, which are whatever begins like one and is nothing else.
 */
final class CommandParser {
  private static final int MAX_COMMAND = 15;
  private static final int MAX_ARGUMENT = 63;
  private static final int MAX_VALUE = 255;

  /** First words of a query in SQL. */
  private static final List<String> SQL_WORDS = List.of("select", "with", "values", "table");

  private CommandParser() {}

  /**
   * Parses one statement.
   *
   * @throws CommandFailed {@code invalid command '…', use SHOW HELP;} or {@code bad arguments}
   */
  static Command parse(String text) throws CommandFailed {
    if (text.isBlank()) {
      return new Command.Nothing();
    }
    Command explain = SqlViews.explain(text);
    if (explain != null) {
      return explain;
    }
    List<Token> tokens = Token.split(text);
    if (tokens != null && tokens.isEmpty()) {
      return new Command.Nothing(); // lib/pq pings with ";", pgx with "-- ping"
    }
    Command command = tokens == null ? null : command(tokens);
    if (command == null && tokens != null && isSql(tokens)) {
      return Command.Sql.of(text);
    }
    if (command == null) {
      throw CommandFailed.invalidCommand(text);
    }
    return command;
  }

  /** One query; what is before it in this class has the first word. */
  private static boolean isSql(List<Token> tokens) {
    Token first = tokens.getFirst();
    boolean query = first.isSymbol('(') || SQL_WORDS.stream().anyMatch(first::is);
    return query && tokens.size() > 1 && tokens.stream().noneMatch(token -> token.isSymbol(';'));
  }

  private static Command command(List<Token> tokens) throws CommandFailed {
    Command driver = Drivers.command(tokens);
    if (driver != null) {
      return driver;
    }
    MoveCommand move = MoveParser.parse(tokens);
    if (move != null) {
      return move.onlyLooks() ? new Command.Look(move) : new Command.Move(move);
    }
    return tokens.getFirst().is("set") ? set(tokens) : words(tokens);
  }

  private static Command set(List<Token> tokens) throws CommandFailed {
    if (tokens.size() != 4 || !isAssignment(tokens.get(2)) || !tokens.get(1).isName()) {
      return null;
    }
    Token value = tokens.get(3);
    if (value.kind() == Token.Kind.SYMBOL) {
      return null;
    }
    String key = limited(tokens.get(1), MAX_ARGUMENT);
    if (key.isEmpty()) {
      throw CommandFailed.badArguments();
    }
    String text = limited(value, MAX_VALUE);
    return Drivers.ignores(key) ? new Command.SetIgnored() : new Command.Set(key, text);
  }

  private static boolean isAssignment(Token token) {
    return token.isSymbol('=') || token.is("to");
  }

  private static Command words(List<Token> tokens) throws CommandFailed {
    Token first = tokens.getFirst();
    if (!first.isName()) {
      return null;
    }
    if (tokens.size() == 3) {
      return first.is("show") && tokens.get(1).isName() ? showWithArgument(tokens) : null;
    }
    if (tokens.size() > 2 || !tokens.getLast().isName()) {
      return null;
    }
    String word = limited(first, MAX_COMMAND);
    String argument = tokens.size() == 1 ? "" : limited(tokens.get(1), MAX_ARGUMENT);
    if (word.equalsIgnoreCase("show") || word.equalsIgnoreCase("select")) {
      return show(argument);
    }
    Verb verb = Verb.find(word);
    return verb == null ? unsupported(word + argument) : verb.command(argument);
  }

  private static Command showWithArgument(List<Token> tokens) throws CommandFailed {
    View<?> twoWords = SqlViews.find(tokens.get(1), tokens.get(2));
    if (twoWords != null) {
      return new Command.Show<>(twoWords, "", "SHOW");
    }
    View<?> view = Views.find(tokens.get(1).text());
    if (view == null || !view.takesArgument() || tokens.get(2).kind() == Token.Kind.SYMBOL) {
      return null;
    }
    String argument = limited(tokens.get(2), MAX_VALUE);
    if (argument.isEmpty()) {
      throw CommandFailed.badArguments();
    }
    return new Command.Show<>(view, argument, "SHOW");
  }

  private static Command show(String name) throws CommandFailed {
    if (name.equalsIgnoreCase("help")) {
      return new Command.Help();
    }
    View<?> view = Views.find(name);
    if (view == null) {
      return unsupported("SHOW " + name);
    }
    if (view.takesArgument()) {
      throw CommandFailed.argumentMissing(view);
    }
    return new Command.Show<>(view, "", "SHOW");
  }

  /** What PgBouncer has and we refuse, or null for what it does not know either. */
  private static Command unsupported(String text) {
    String command = text.toUpperCase(Locale.ROOT);
    return switch (command) {
      case "SHOW FDS" ->
          new Command.Unsupported(command, "Sockets are not handed to another process.", ADMIN);
      default -> null;
    };
  }

  /** PgBouncer counts bytes. */
  private static String limited(Token token, int max) throws CommandFailed {
    if (token.text().getBytes(StandardCharsets.UTF_8).length > max) {
      throw CommandFailed.badArguments();
    }
    return token.text();
  }
}
