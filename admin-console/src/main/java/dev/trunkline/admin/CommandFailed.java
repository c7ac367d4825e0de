package dev.trunkline.admin;

import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;

/**
 * A console command was refused; the user reads the fields and the connection stays usable. The
 * factories hold PgBouncer's texts, with its SQLSTATE 08P01, so that they exist once.
 */
public final class CommandFailed extends Exception {
  private static final String PGBOUNCER = ProtocolViolation.SQLSTATE;
  private static final int MAX_ECHO = 900;
  private static final String ONE_STATEMENT =
      "One statement at a time: a command of SHOW HELP, or a query of its views that begins with"
          + " SELECT, WITH, VALUES or TABLE.";

  private final transient ErrorFields fields;

  /** The fields should carry severity {@code ERROR}. */
  public CommandFailed(ErrorFields fields) {
    super(fields.message(), null, false, false);
    this.fields = fields;
  }

  /** What the user reads. */
  public ErrorFields fields() {
    return fields;
  }

  public static CommandFailed noSuchDatabase(String name) {
    return pgBouncer("no such database: " + name);
  }

  public static CommandFailed alreadyPaused() {
    return pgBouncer("already suspended/paused");
  }

  public static CommandFailed notPaused() {
    return pgBouncer("pooler is not paused/suspended");
  }

  public static CommandFailed notPaused(String database) {
    return pgBouncer("database " + database + " is not paused");
  }

  public static CommandFailed shuttingDown() {
    return pgBouncer("pooler is shutting down");
  }

  public static CommandFailed clientNotFound() {
    return pgBouncer("client not found");
  }

  /** The detail is a sentence that says which key or value is wrong. */
  public static CommandFailed setFailed(String detail) {
    return new CommandFailed(ErrorFields.error(PGBOUNCER, "SET failed").withDetail(detail));
  }

  /** The detail names every problem of the new configuration. */
  public static CommandFailed reloadFailed(String detail) {
    return new CommandFailed(
        ErrorFields.error("F0000", "RELOAD failed, see logs for additional details")
            .withDetail(detail)
            .withHint("The old configuration stays in force."));
  }

  static CommandFailed adminNeeded() {
    return pgBouncer("admin access needed");
  }

  static CommandFailed databaseRequired() {
    return pgBouncer("a database is required");
  }

  static CommandFailed invalidClient() {
    return pgBouncer("invalid client pointer supplied");
  }

  static CommandFailed badArguments() {
    return pgBouncer("bad arguments");
  }

  /** The action is a word such as {@code pause} or {@code wait in}. */
  static CommandFailed adminDatabase(String action) {
    return pgBouncer("cannot " + action + " admin db: " + ConsoleSession.DATABASE);
  }

  static CommandFailed invalidCommand(String text) {
    String echo = text.length() <= MAX_ECHO ? text : text.substring(0, MAX_ECHO) + "…";
    return of(PGBOUNCER, "invalid command '" + echo + "', use SHOW HELP;", ONE_STATEMENT);
  }

  static CommandFailed argumentMissing(View<?> view) {
    String message = "SHOW " + view.name() + " needs an argument";
    return of("42601", message, "Write " + Views.usage(view) + ".");
  }

  static CommandFailed unsupported(Command.Unsupported command) {
    return of("0A000", command.command() + " is not supported", command.instead());
  }

  static CommandFailed cancelled() {
    return of(
        "57014", "canceling statement due to user request", "What it had begun was taken back.");
  }

  static CommandFailed failedTransaction() {
    return of(
        "25P02",
        "current transaction is aborted, commands ignored until end of transaction block",
        "End it with ROLLBACK.");
  }

  /** A refusal of the product's own. */
  public static CommandFailed of(String sqlstate, String message) {
    return new CommandFailed(ErrorFields.error(sqlstate, message));
  }

  /** A refusal of the product's own that says what to do. */
  public static CommandFailed of(String sqlstate, String message, String hint) {
    return new CommandFailed(ErrorFields.error(sqlstate, message).withHint(hint));
  }

  private static CommandFailed pgBouncer(String message) {
    return of(PGBOUNCER, message);
  }
}
