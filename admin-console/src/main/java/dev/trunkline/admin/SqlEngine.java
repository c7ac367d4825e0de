package dev.trunkline.admin;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs queries in SQL over the views. The views that a query names are read once, through the
 * {@link Inspector}, on the caller's thread; then the query works on that copy, on a thread of its
 * own that is watched: one query at a time in the process, for a limited time, allocating a limited
 * number of bytes. The engine's classes are loaded by the first query, so a proxy that is asked
 * none never pays for them.
 */
final class SqlEngine {
  private static final Semaphore TURN = new Semaphore(1, true);

  private static final long LOOK_MILLIS = 2;

  private static final String CATALOG = "pg_catalog";

  /** What is done with a database. */
  @FunctionalInterface
  private interface Work<T> {
    T with(SqlDatabase database) throws SQLException, CommandFailed;
  }

  private SqlEngine() {}

  /**
   * Finds out the parameters and columns of a query. Blocks.
   *
   * @param oids types of the first parameters, 0 for unknown
   * @throws InterruptedException the user pressed ^C
   */
  static Command.Sql describe(String text, int[] oids) throws CommandFailed, InterruptedException {
    SqlQuery query = checked(text);
    return run(query, text, database -> query.describe(database, oids));
  }

  /**
   * Runs a query. Blocks.
   *
   * @throws InterruptedException the user pressed ^C
   */
  static Answer.Table run(Command.Sql sql, Inspector inspector)
      throws CommandFailed, InterruptedException {
    SqlQuery query = checked(sql.text());
    Map<View<?>, List<Object[]>> rows = rows(sql.text(), inspector);
    return run(
        query,
        sql.text(),
        database -> {
          for (Map.Entry<View<?>, List<Object[]>> view : rows.entrySet()) {
            database.fill(view.getKey(), view.getValue());
          }
          return query.run(database, sql.values());
        });
  }

  private static SqlQuery checked(String text) throws CommandFailed {
    if (text.toLowerCase(Locale.ROOT).contains(CATALOG)) {
      throw SqlErrors.noCatalog();
    }
    return new SqlQuery(text);
  }

  /** A name that is in the text but is no table there costs a copy and does no harm. */
  private static Map<View<?>, List<Object[]>> rows(String text, Inspector inspector)
      throws CommandFailed {
    String lower = text.toLowerCase(Locale.ROOT);
    Map<View<?>, List<Object[]>> rows = new HashMap<>();
    for (View<?> view : Views.tables()) {
      if (lower.contains(view.name())) {
        rows.put(view, view.show(inspector, "", "").rows());
      }
    }
    return rows;
  }

  private static <T> T run(SqlQuery query, String text, Work<T> work)
      throws CommandFailed, InterruptedException {
    if (!TURN.tryAcquire(SqlBudget.MAX_MILLIS, TimeUnit.MILLISECONDS)) {
      throw SqlErrors.busy();
    }
    SqlBudget budget = new SqlBudget();
    FutureTask<T> task = new FutureTask<>(opening(work, budget));
    try {
      Thread.ofPlatform().daemon().name("console-sql").start(task);
    } catch (OutOfMemoryError noThread) {
      TURN.release();
      throw noThread;
    }
    return watched(query, task, budget, text);
  }

  /** The turn ends with the work, even if nobody waits for it any more. */
  private static <T> Callable<T> opening(Work<T> work, SqlBudget budget) {
    return () -> {
      try (SqlDatabase database = new SqlDatabase()) {
        budget.begin();
        return work.with(database);
      } finally {
        TURN.release();
      }
    };
  }

  private static <T> T watched(SqlQuery query, FutureTask<T> task, SqlBudget budget, String text)
      throws CommandFailed, InterruptedException {
    CommandFailed refusal = null;
    while (refusal == null) {
      try {
        return task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException running) {
        refusal = budget.exceeded();
      } catch (ExecutionException failure) {
        throw failed(failure.getCause(), text, budget);
      } catch (InterruptedException cancel) {
        cancel(query, text);
        throw cancel;
      }
    }
    cancel(query, text);
    throw refusal;
  }

  private static void cancel(SqlQuery query, String text) throws CommandFailed {
    try {
      query.cancel();
    } catch (SQLException failure) {
      throw SqlErrors.of(failure, text);
    }
  }

  private static CommandFailed failed(Throwable cause, String text, SqlBudget budget) {
    return switch (cause) {
      case CommandFailed failed -> failed;
      case SQLException failure -> SqlErrors.of(failure, text);
      case CancellationException cancelled -> CommandFailed.cancelled();
      case OutOfMemoryError full -> budget.tooLarge();
      default -> throw new IllegalStateException(cause);
    };
  }
}
