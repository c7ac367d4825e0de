package dev.trunkline.admin;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrontendDecoder;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * One client at the admin console, after its authentication. Speaks PgBouncer's commands in the
 * simple protocol and, unlike PgBouncer, in the extended one.
 *
 * <p>Not thread-safe but for {@link #cancel}: the owner passes one message after the other, from a
 * thread that may block. Whatever a message holds, the answer is a proper one and nothing is
 * thrown.
 */
public final class ConsoleSession {
  /** The database name that leads here. */
  public static final String DATABASE = "pgbouncer";

  /** What drivers take for the server's version. */
  static final String SERVER_VERSION = "1.25.2/trunkline";

  /** What the session does with the next message. */
  private enum Phase {
    /** Handle it. */
    READY,
    /** An extended-protocol message failed: drop everything up to Sync. */
    SKIPPING,
    /** The process is about to end: answer nothing any more. */
    SILENT
  }

  /** Part of the handling of a message; false if no answer will follow. */
  @FunctionalInterface
  private interface Step {
    boolean run() throws CommandFailed;
  }

  private final Access access;
  private final Transaction transaction = new Transaction();
  private final CommandRunner runner;
  private final ExtendedProtocol extended;
  private final Consumer<ErrorFields> failures;
  private Phase phase = Phase.READY;

  /**
   * A session that may do what {@code access} allows.
   *
   * @param inspector reads; called on the thread of {@link #handle}
   * @param operator does; called on the thread of {@link #handle}
   * @param mover holds and moves on behalf of the session's user; called there too
   * @param failures hears of each error before it is sent, for the log; called there too
   */
  public ConsoleSession(
      Access access,
      Inspector inspector,
      Operator operator,
      Mover mover,
      Consumer<ErrorFields> failures) {
    this.access = access;
    this.failures = failures;
    Statements statements = new Statements();
    this.runner = new CommandRunner(access, inspector, operator, mover, transaction, statements);
    this.extended = new ExtendedProtocol(statements, runner);
  }

  /** Appends the welcome after authentication: ParameterStatus, without key and ReadyForQuery. */
  public void welcome(ByteBuf out) {
    Backend.parameterStatus(out, "server_version", SERVER_VERSION);
    Backend.parameterStatus(out, "client_encoding", "UTF8");
    Backend.parameterStatus(out, "server_encoding", "UTF8");
    Backend.parameterStatus(out, "DateStyle", "ISO");
    Backend.parameterStatus(out, "TimeZone", "GMT");
    Backend.parameterStatus(out, "standard_conforming_strings", "on");
    Backend.parameterStatus(out, "is_superuser", access == Access.ADMIN ? "on" : "off");
  }

  /**
   * Handles one complete message of the client. May block.
   *
   * @param tag first byte of the message
   * @param body its readable bytes are the message without tag and length; stays the caller's
   * @param out the answer is appended: several messages, one, or none
   * @return false when the connection is to be closed after {@code out} was sent
   */
  public boolean handle(byte tag, ByteBuf body, ByteBuf out) {
    if (tag == Tags.Frontend.TERMINATE) {
      return false;
    }
    if (isDropped(tag)) {
      return true;
    }
    return switch (tag) {
      case Tags.Frontend.QUERY -> query(body, out);
      case Tags.Frontend.SYNC -> sync(out);
      case Tags.Frontend.PARSE,
          Tags.Frontend.BIND,
          Tags.Frontend.DESCRIBE,
          Tags.Frontend.EXECUTE,
          Tags.Frontend.CLOSE ->
          extended(tag, body, out);
      case Tags.Frontend.FUNCTION_CALL -> functionCall(out);
      // The caller flushes after every message; stray COPY data is dropped as in PostgreSQL.
      case Tags.Frontend.FLUSH,
          Tags.Frontend.COPY_DATA,
          Tags.Frontend.COPY_DONE,
          Tags.Frontend.COPY_FAIL ->
          true;
      default -> unknown(tag, out);
    };
  }

  /** From any thread: ^C. Interrupts a PAUSE or WAIT_CLOSE that waits; its effect is undone. */
  public void cancel() {
    runner.cancel();
  }

  private boolean isDropped(byte tag) {
    return switch (phase) {
      case READY -> false;
      case SKIPPING -> tag != Tags.Frontend.SYNC;
      case SILENT -> true;
    };
  }

  private boolean query(ByteBuf body, ByteBuf out) {
    attempt(out, () -> simple(FrontendDecoder.query(body), out));
    return ready(out);
  }

  private boolean simple(String text, ByteBuf out) throws CommandFailed {
    Portal portal = new Portal(CommandParser.parse(text), Portal.ALL_TEXT);
    boolean more = portal.run(runner);
    portal.describeRows(out);
    portal.fetch(0, out);
    return more;
  }

  private boolean extended(byte tag, ByteBuf body, ByteBuf out) {
    if (!attempt(out, () -> extended.handle(tag, body, out))) {
      phase = Phase.SKIPPING;
    }
    return true;
  }

  private boolean functionCall(ByteBuf out) {
    attempt(
        out,
        () -> {
          throw CommandFailed.of("0A000", "the admin console has no functions to call");
        });
    return ready(out);
  }

  private boolean sync(ByteBuf out) {
    phase = Phase.READY;
    return ready(out);
  }

  private boolean ready(ByteBuf out) {
    if (phase == Phase.SILENT) {
      return true;
    }
    if (!transaction.isOpen()) {
      extended.closePortals();
    }
    Backend.readyForQuery(out, transaction.status());
    return true;
  }

  /**
   * Takes a step; if it fails, the error takes the place of all it has written.
   *
   * @return whether it succeeded
   */
  private boolean attempt(ByteBuf out, Step step) {
    int start = out.writerIndex();
    ErrorFields error;
    try {
      phase = step.run() ? phase : Phase.SILENT;
      return true;
    } catch (CommandFailed failed) {
      error = failed.fields();
    } catch (ProtocolViolation violation) {
      // The frame was whole, so the connection can go on, as in PostgreSQL.
      error = violation.fields().withSeverity("ERROR");
    } catch (RuntimeException bug) {
      error = internal(bug);
    }
    transaction.fail();
    failures.accept(error);
    report(out.writerIndex(start), error);
    return false;
  }

  /** A text of a port may hold a NUL, which no message can carry. */
  private static void report(ByteBuf out, ErrorFields error) {
    int start = out.writerIndex();
    try {
      Backend.error(out, error);
    } catch (IllegalArgumentException unsendable) {
      Backend.error(out.writerIndex(start), internal(unsendable));
    }
  }

  /** A bug behind a port must not cost the operator the console, least of all in an incident. */
  private static ErrorFields internal(RuntimeException bug) {
    StackTraceElement[] trace = bug.getStackTrace();
    String place = trace.length == 0 ? "" : " at " + trace[0];
    String detail = (bug + place).replace('\0', ' ');
    return ErrorFields.error("XX000", "internal error in the admin console")
        .withDetail(detail)
        .withHint("Please report this; the command may have had an effect.");
  }

  private static boolean unknown(byte tag, ByteBuf out) {
    String message = "unsupported packet type for admin console: " + (tag & 0xff);
    Backend.error(out, ErrorFields.fatal(ProtocolViolation.SQLSTATE, message));
    return false;
  }
}
