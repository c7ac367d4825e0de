package dev.trunkline.admin;

import dev.trunkline.admin.Operator.Scope;
import dev.trunkline.admin.Operator.Shutdown;
import java.util.List;

/**
 * One parsed command. Its kind says which access it needs, so that the runner checks once for all
 * of them.
 */
sealed interface Command {
  /** The least access that may run it. */
  Access access();

  /** Columns of its answer, null if the answer has none; known before it runs, for Describe. */
  default List<? extends Column<?>> columns() {
    return null;
  }

  /** Whether a transaction block that had an error still takes it. */
  default boolean runsInFailedTransaction() {
    return false;
  }

  /** Looks, or does nothing at all to the proxy. */
  sealed interface Query extends Command {
    @Override
    default Access access() {
      return Access.STATS;
    }
  }

  /** Changes something. */
  sealed interface Operation extends Command {
    @Override
    default Access access() {
      return Access.ADMIN;
    }
  }

  /** Prints a view; the argument is "" for views without one, the tag is SHOW or SELECT 1. */
  record Show<R>(View<R> view, String argument, String tag) implements Query {
    @Override
    public List<? extends Column<?>> columns() {
      return view.columns();
    }

    Answer answer(Inspector inspector) throws CommandFailed {
      return view.show(inspector, argument, tag);
    }
  }

  /**
   * A query in SQL over the views. What a driver asks before it runs, its parameters and columns,
   * {@link SqlEngine#describe} fills in.
   *
   * @param columns null until it is described
   * @param values of the parameters, in their order
   */
  record Sql(
      String text, List<SqlParameter> parameters, List<Column<Object[]>> columns, List<?> values)
      implements Query {
    static Sql of(String text) {
      return new Sql(text, List.of(), null, List.of());
    }

    /** The same query with values for its parameters. */
    Sql with(List<?> given) {
      return new Sql(text, parameters, columns, given);
    }
  }

  /** Looks at pauses, swaps and the map's past. */
  record Look(MoveCommand command) implements Query {
    @Override
    public List<? extends Column<?>> columns() {
      return command.columns();
    }
  }

  /** Holds or moves what the shard map places. */
  record Move(MoveCommand command) implements Operation {
    @Override
    public List<? extends Column<?>> columns() {
      return command.columns();
    }
  }

  /** SHOW HELP. */
  record Help() implements Query {}

  /** A SET that drivers send unasked and nobody needs. */
  record SetIgnored() implements Query {}

  /** What pools clean a session with that has nothing of the kind here: RESET ALL, UNLISTEN *. */
  record Formality(String tag) implements Query {}

  /** BEGIN, COMMIT or ROLLBACK: no-ops but for the status that drivers watch. */
  record Boundary(Transaction.Edge edge) implements Query {
    @Override
    public boolean runsInFailedTransaction() {
      return true;
    }
  }

  /** DEALLOCATE or DISCARD ALL: forgets a prepared statement, or all of them if null. */
  record Deallocate(String name, String tag) implements Query {}

  /** The empty query, by which drivers ask whether a connection lives. */
  record Nothing() implements Query {
    @Override
    public boolean runsInFailedTransaction() {
      return true;
    }
  }

  /** Something PgBouncer has and we do not; {@code instead} is a sentence for the HINT. */
  record Unsupported(String command, String instead, Access access) implements Command {}

  /** PAUSE. */
  record Pause(Scope scope) implements Operation {}

  /** SUSPEND. */
  record Suspend() implements Operation {}

  /** RESUME. */
  record Resume(Scope scope) implements Operation {}

  /** RELOAD. */
  record Reload() implements Operation {}

  /** RECONNECT. */
  record Reconnect(Scope scope) implements Operation {}

  /** KILL. */
  record Kill(Scope scope) implements Operation {}

  /** KILL_CLIENT; the id is as typed, because access is checked before it. */
  record KillClient(String id) implements Operation {}

  /** DISABLE; "" if the database is missing, which access is checked before. */
  record Disable(String database) implements Operation {}

  /** ENABLE; "" as in {@link Disable}. */
  record Enable(String database) implements Operation {}

  /** SET of a setting of the proxy. */
  record Set(String key, String value) implements Operation {}

  /** SHUTDOWN. */
  record Stop(Shutdown mode) implements Operation {}

  /** WAIT_CLOSE. */
  record WaitClose(Scope scope) implements Operation {}
}
