package dev.trunkline.shard;

import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A daemon thread that owns one session of the catalog and opens it again when it breaks. */
abstract class CatalogThread {
  private static final long MIN_BACKOFF_MILLIS = 100;
  private static final long MAX_BACKOFF_MILLIS = 5_000;

  final LiveMap map;
  final Consumer<String> log;
  private final Catalog catalog;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile Catalog.Session session;
  private long backoffMillis;

  CatalogThread(String name, Catalog catalog, LiveMap map, Consumer<String> log) {
    this.catalog = catalog;
    this.map = map;
    this.log = log;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::runUntilClosed);
  }

  /** Works until something breaks or the thread is closed. */
  abstract void work() throws SQLException, InterruptedException;

  /** The session broke; not called after {@link #close}. */
  abstract void broken(Exception cause);

  /** The thread ends. */
  abstract void stopped();

  final void start() {
    thread.start();
  }

  /** Breaks off whatever is going on. */
  final void close() {
    closing.countDown();
    thread.interrupt();
    Catalog.Session open = session;
    if (open != null) {
      open.close();
    }
  }

  final void join(long millis) throws InterruptedException {
    thread.join(millis);
  }

  final boolean closed() {
    return closing.getCount() == 0;
  }

  /** The session at hand, or a new one. */
  final Catalog.Session session() throws SQLException {
    Catalog.Session open = session;
    if (open == null) {
      open = catalog.open();
      session = open;
      if (closed()) {
        open.close();
      }
    }
    return open;
  }

  final boolean hasSession() {
    return session != null;
  }

  final void dropSession() {
    Catalog.Session open = session;
    session = null;
    if (open != null) {
      open.close();
    }
  }

  /** The catalog answered: the next failure is retried soon. */
  final void resetBackoff() {
    backoffMillis = 0;
  }

  private void runUntilClosed() {
    while (!closed()) {
      try {
        work();
      } catch (InterruptedException e) {
        // Only close() interrupts, and it has set the flag that the loop asks for.
        Thread.currentThread().interrupt();
      } catch (SQLException | RuntimeException e) {
        dropSession();
        if (closed() || closedDuringBackoff(e)) {
          break;
        }
      }
    }
    dropSession();
    stopped();
  }

  private boolean closedDuringBackoff(Exception cause) {
    broken(cause);
    backoffMillis = Math.clamp(backoffMillis * 2, MIN_BACKOFF_MILLIS, MAX_BACKOFF_MILLIS);
    long jitter = ThreadLocalRandom.current().nextLong(backoffMillis / 4 + 1);
    try {
      return closing.await(backoffMillis + jitter, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** The cause as the end of a sentence: one line, without the stop. */
  static String reason(Exception cause) {
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String line = message.lines().findFirst().orElse("").strip();
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }
}
