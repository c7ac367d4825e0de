package dev.trunkline.admin;

import dev.trunkline.admin.Operator.Scope;
import dev.trunkline.admin.Operator.Shutdown;
import dev.trunkline.wire.ErrorFields;

/** Runs commands for one session: checks the access, calls the ports, makes the answer. */
final class CommandRunner {
  private static final String SUCCESS = "00000";

  /** A command that waits until it is done or interrupted. */
  @FunctionalInterface
  private interface Wait<T> {
    T run() throws CommandFailed, InterruptedException;
  }

  private final Access access;
  private final Inspector inspector;
  private final Operator operator;
  private final Mover mover;
  private final Transaction transaction;
  private final Statements statements;

  /** The thread that waits in a command, null while none does; guarded by this. */
  private Thread waiting;

  CommandRunner(
      Access access,
      Inspector inspector,
      Operator operator,
      Mover mover,
      Transaction transaction,
      Statements statements) {
    this.access = access;
    this.inspector = inspector;
    this.operator = operator;
    this.mover = mover;
    this.transaction = transaction;
    this.statements = statements;
  }

  Answer run(Command command) throws CommandFailed {
    if (!access.allows(command.access())) {
      throw CommandFailed.adminNeeded();
    }
    if (transaction.isFailed() && !command.runsInFailedTransaction()) {
      throw CommandFailed.failedTransaction();
    }
    return switch (command) {
      case Command.Query query -> query(query);
      case Command.Operation operation -> operation(operation);
      case Command.Unsupported unsupported -> throw CommandFailed.unsupported(unsupported);
    };
  }

  /** From any thread: interrupts the command that waits now, if one does. */
  synchronized void cancel() {
    if (waiting != null) {
      waiting.interrupt();
    }
  }

  private Answer query(Command.Query query) throws CommandFailed {
    return switch (query) {
      case Command.Show<?> show -> show.answer(inspector);
      case Command.Sql sql -> interruptibly(() -> SqlEngine.run(sql, inspector));
      case Command.Look(MoveCommand command) -> move(command);
      case Command.Help() ->
          new Answer.Done("SHOW", notice("Console usage").withDetail(Views.usage()));
      case Command.SetIgnored() -> new Answer.Done("SET", notice("SET ignored"));
      case Command.Formality(String tag) -> Answer.Done.of(tag);
      case Command.Boundary(Transaction.Edge edge) -> transaction.cross(edge);
      case Command.Deallocate(String name, String tag) -> deallocate(name, tag);
      case Command.Nothing() -> new Answer.Empty();
    };
  }

  private Answer deallocate(String name, String tag) throws CommandFailed {
    if (name == null) {
      statements.clear();
    } else {
      statements.get(name);
      statements.remove(name);
    }
    return Answer.Done.of(tag);
  }

  private Answer operation(Command.Operation operation) throws CommandFailed {
    return switch (operation) {
      case Command.Move(MoveCommand command) -> move(command);
      case Command.Pause(Scope scope) -> pause(scope);
      case Command.Suspend() -> suspend();
      case Command.Resume(Scope scope) -> resume(scope);
      case Command.Reload() -> reload();
      case Command.Reconnect(Scope scope) -> reconnect(scope);
      case Command.Kill(Scope scope) -> kill(scope);
      case Command.KillClient(String id) -> killClient(id);
      case Command.Disable(String database) -> disable(database);
      case Command.Enable(String database) -> enable(database);
      case Command.Set(String key, String value) -> set(key, value);
      case Command.Stop(Shutdown mode) -> shutdown(mode);
      case Command.WaitClose(Scope scope) -> waitClose(scope);
    };
  }

  private Answer move(MoveCommand command) throws CommandFailed {
    begin();
    try {
      return command.run(mover);
    } catch (InterruptedException cancelled) {
      throw CommandFailed.cancelled();
    } finally {
      end();
    }
  }

  private Answer pause(Scope scope) throws CommandFailed {
    refuseConsole(scope, "pause");
    return interruptibly(
        () -> {
          operator.pause(scope);
          return Answer.Done.of("PAUSE");
        });
  }

  private Answer suspend() throws CommandFailed {
    return interruptibly(
        () -> {
          operator.suspend();
          return Answer.Done.of("SUSPEND");
        });
  }

  private Answer resume(Scope scope) throws CommandFailed {
    if (isConsole(scope)) {
      throw CommandFailed.notPaused(ConsoleSession.DATABASE);
    }
    operator.resume(scope);
    return Answer.Done.of("RESUME");
  }

  private Answer reload() throws CommandFailed {
    operator.reload();
    return Answer.Done.of("RELOAD");
  }

  private Answer reconnect(Scope scope) throws CommandFailed {
    refuseConsole(scope, "reconnect");
    operator.reconnect(scope);
    return Answer.Done.of("RECONNECT");
  }

  private Answer kill(Scope scope) throws CommandFailed {
    refuseConsole(scope, "kill");
    operator.kill(scope);
    return Answer.Done.of("KILL");
  }

  private Answer killClient(String id) throws CommandFailed {
    if (!id.matches("[0-9]+")) {
      throw CommandFailed.invalidClient();
    }
    if (id.length() >= Long.toString(Long.MAX_VALUE).length()) {
      throw CommandFailed.clientNotFound();
    }
    operator.killClient(Long.parseLong(id));
    return Answer.Done.of("KILL_CLIENT");
  }

  private Answer disable(String database) throws CommandFailed {
    requireDatabase(database, "disable");
    operator.disable(database);
    return Answer.Done.of("DISABLE");
  }

  private Answer enable(String database) throws CommandFailed {
    requireDatabase(database, "enable");
    operator.enable(database);
    return Answer.Done.of("ENABLE");
  }

  private Answer set(String key, String value) throws CommandFailed {
    String notice = operator.set(key, value);
    return new Answer.Done("SET " + key + "=" + value, notice.isEmpty() ? null : notice(notice));
  }

  /** As in PgBouncer an immediate shutdown is not answered: the client sees the connection end. */
  private Answer shutdown(Shutdown mode) throws CommandFailed {
    operator.shutdown(mode);
    return mode == Shutdown.IMMEDIATE ? new Answer.Silence() : Answer.Done.of("SHUTDOWN");
  }

  private Answer waitClose(Scope scope) throws CommandFailed {
    refuseConsole(scope, "wait in");
    return interruptibly(
        () -> {
          operator.waitClose(scope);
          return Answer.Done.of("WAIT_CLOSE");
        });
  }

  /** The parameters and columns of a query in SQL, for drivers that ask first. */
  Command described(Command command, int[] oids) throws CommandFailed {
    return command instanceof Command.Sql sql
        ? interruptibly(() -> SqlEngine.describe(sql.text(), oids))
        : command;
  }

  private <T> T interruptibly(Wait<T> command) throws CommandFailed {
    begin();
    try {
      return command.run();
    } catch (InterruptedException cancelled) {
      throw CommandFailed.cancelled();
    } finally {
      end();
    }
  }

  private synchronized void begin() {
    waiting = Thread.currentThread();
  }

  /** A ^C that came too late must not hit the next command. */
  private synchronized void end() {
    waiting = null;
    Thread.interrupted();
  }

  private static void requireDatabase(String database, String action) throws CommandFailed {
    if (database.isEmpty()) {
      throw CommandFailed.databaseRequired();
    }
    refuseConsole(new Scope.Database(database), action);
  }

  private static void refuseConsole(Scope scope, String action) throws CommandFailed {
    if (isConsole(scope)) {
      throw CommandFailed.adminDatabase(action);
    }
  }

  private static boolean isConsole(Scope scope) {
    return scope instanceof Scope.Database(String name) && name.equals(ConsoleSession.DATABASE);
  }

  private static ErrorFields notice(String message) {
    return ErrorFields.notice(SUCCESS, message);
  }
}
