package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Clients of one workspace that the measured ones do not use, on the same host and in the same
 * pool: each sends twenty statements a second. An operator may pause that workspace, for most of
 * each second.
 */
final class Neighbours implements Closeable {
  static final String WORKSPACE = "w" + Workloads.WORKSPACES;

  private static final long THINK_MILLIS = 50;
  private static final long PAUSED_MILLIS = 800;
  private static final long OPEN_MILLIS = 200;
  private static final int PATIENCE_SECONDS = 10;

  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicReference<SQLException> failure = new AtomicReference<>();
  private final AtomicLong statements = new AtomicLong();
  private final AtomicLong pauses = new AtomicLong();
  private final boolean paused;

  private Neighbours(boolean paused) {
    this.paused = paused;
  }

  static Neighbours begin(int count, boolean paused, int port) {
    Neighbours neighbours = new Neighbours(paused);
    for (int i = 0; i < count; i++) {
      neighbours.start(() -> neighbours.client(port));
    }
    if (paused) {
      neighbours.start(() -> neighbours.operator(port));
    }
    return neighbours;
  }

  private interface Work {
    void run() throws SQLException, InterruptedException;
  }

  private void start(Work work) {
    threads.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (SQLException e) {
                    failure.compareAndSet(null, e);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
  }

  private void client(int port) throws SQLException, InterruptedException {
    try (Connection connection = Bench.sharded(port);
        Statement statement = connection.createStatement()) {
      statement.execute("SET trunkline.workspace = '" + WORKSPACE + "'");
      do {
        statement.execute("SELECT abalance FROM account WHERE aid = 1");
        statements.incrementAndGet();
      } while (!over(THINK_MILLIS));
    }
  }

  private void operator(int port) throws SQLException, InterruptedException {
    try (Connection connection = Bench.console(port);
        Statement statement = connection.createStatement()) {
      do {
        statement.execute("PAUSE WORKSPACE '" + WORKSPACE + "'");
        pauses.incrementAndGet();
        over(PAUSED_MILLIS);
        statement.execute("RESUME WORKSPACE '" + WORKSPACE + "'");
      } while (!over(OPEN_MILLIS));
    }
  }

  /** Waits, unless it is over. */
  private boolean over(long millis) throws InterruptedException {
    return end.await(millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Ends it.
   *
   * @throws IOException when somebody failed, or nothing was done or paused
   */
  @Override
  public void close() throws IOException {
    end.countDown();
    try {
      for (Thread each : threads) {
        each.join(PATIENCE_SECONDS * 1_000L);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure.get() != null) {
      throw new IOException("a neighbour failed: " + failure.get().getMessage(), failure.get());
    }
    if (statements.get() == 0 || (paused && pauses.get() == 0)) {
      throw new IOException("the neighbours did nothing");
    }
  }
}
