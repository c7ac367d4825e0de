package dev.trunkline.admin;

import dev.trunkline.wire.ErrorFields;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The engine's errors in PostgreSQL's terms. */
final class SqlErrors {
  /** H2's codes, as in {@code org.h2.api.ErrorCode}, and PostgreSQL's. */
  private static final Map<Integer, String> STATES =
      Map.ofEntries(
          Map.entry(42000, "42601"),
          Map.entry(42001, "42601"),
          Map.entry(42102, "42P01"),
          Map.entry(42103, "42P01"),
          Map.entry(42104, "42P01"),
          Map.entry(42122, "42703"),
          Map.entry(90059, "42702"),
          Map.entry(90022, "42883"),
          Map.entry(90016, "42803"),
          Map.entry(90054, "42803"),
          Map.entry(22018, "22P02"),
          Map.entry(22012, "22012"),
          Map.entry(22003, "22003"),
          Map.entry(90002, "42601"),
          Map.entry(90096, "42501"),
          Map.entry(90040, "42501"),
          Map.entry(90079, "3F000"),
          Map.entry(90012, "42P02"),
          Map.entry(90108, "53200"),
          Map.entry(57014, "57014"));

  private static final String OTHER = "42000";
  private static final Pattern NAME = Pattern.compile("(Table|Column) \"(.*?)\".* not found.*");
  private static final String TABLES =
      "The tables are the views of SHOW HELP, such as pools, clients and servers.";
  private static final String MARK = "[*]";

  private SqlErrors() {}

  /**
   * The error as PostgreSQL would say it.
   *
   * @param text the statement, in which the position is
   */
  static CommandFailed of(SQLException failure, String text) {
    String message = message(failure);
    String state = STATES.getOrDefault(failure.getErrorCode(), OTHER);
    String told = told(message);
    if (told.startsWith("relation \"pg_")) {
      return noCatalog();
    }
    int position = position(message, text);
    return new CommandFailed(
        new ErrorFields("ERROR", state, told, null, hint(state), at(position)));
  }

  /** For who takes the console for a whole PostgreSQL. */
  private static String hint(String state) {
    return switch (state) {
      case "42P01" -> TABLES;
      case "42883" -> "The console has SQL's own functions, not those of PostgreSQL's system.";
      default -> null;
    };
  }

  private static String message(SQLException failure) {
    String whole = String.valueOf(failure.getMessage()).replace('\0', ' ');
    int end = whole.indexOf("; SQL statement:");
    return end < 0 ? whole : whole.substring(0, end);
  }

  private static String told(String message) {
    if (message.contains(MARK)) {
      return "syntax error in SQL statement";
    }
    Matcher name = NAME.matcher(message);
    if (!name.matches()) {
      return Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }
    String kind = name.group(1).equals("Table") ? "relation" : "column";
    return kind + " \"" + name.group(2) + "\" does not exist";
  }

  /** The mark stands in a quoted copy of the statement; 1 for its first character, 0 for none. */
  private static int position(String message, String text) {
    int quote = message.indexOf('"');
    int mark = message.indexOf(MARK);
    if (quote < 0 || mark < quote) {
      return 0;
    }
    int position = message.substring(quote + 1, mark).replace("\"\"", "\"").length();
    return position > text.length() ? 0 : position + 1;
  }

  private static List<ErrorFields.Field> at(int position) {
    return position == 0
        ? List.of()
        : List.of(new ErrorFields.Field((byte) 'P', Integer.toString(position)));
  }

  static CommandFailed noCatalog() {
    return failed("0A000", "the admin console has no system catalogs", TABLES);
  }

  static CommandFailed tooManyRows() {
    return failed(
        "54000",
        "the result has more than " + SqlQuery.MAX_ROWS + " rows",
        "Ask for less, with WHERE, LIMIT or an aggregate.");
  }

  static CommandFailed tooLong(long millis) {
    return failed(
        "57014",
        "canceling statement due to the console's limit of " + millis + " ms",
        "Ask for less; joins of large views without a condition take long.");
  }

  static CommandFailed tooLarge(long bytes) {
    return failed(
        "53200",
        "the query needs more memory than the console gives it, " + (bytes >> 20) + " MB",
        "Ask for less; joins of large views without a condition take much.");
  }

  static CommandFailed busy() {
    return failed(
        "55006", "another query of the console runs", "SHOW works meanwhile; try again later.");
  }

  private static CommandFailed failed(String sqlstate, String message, String hint) {
    return new CommandFailed(ErrorFields.error(sqlstate, message).withHint(hint));
  }
}
