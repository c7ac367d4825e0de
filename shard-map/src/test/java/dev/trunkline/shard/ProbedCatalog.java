package dev.trunkline.shard;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A catalog that counts what is asked, can hold answers back, and can lose messages. */
final class ProbedCatalog implements Catalog {
  final AtomicInteger lookups = new AtomicInteger();
  final AtomicInteger workspacesAsked = new AtomicInteger();

  /** Released once for every answer that has been read and is now held back. */
  final Semaphore held = new Semaphore(0);

  private final Catalog catalog;
  private volatile CountDownLatch hold = new CountDownLatch(0);
  private volatile boolean deaf;

  ProbedCatalog(Catalog catalog) {
    this.catalog = catalog;
  }

  /** From now on answers are read from the database, then held back until {@link #letGo}. */
  void holdAnswers() {
    hold = new CountDownLatch(1);
  }

  void letGo() {
    hold.countDown();
  }

  /** From now on messages are lost. */
  void loseMessages() {
    deaf = true;
  }

  @Override
  public Session open() throws SQLException {
    return new Probe(catalog.open());
  }

  @Override
  public String address() {
    return catalog.address();
  }

  private final class Probe implements Session {
    private final Session session;

    private Probe(Session session) {
      this.session = session;
    }

    @Override
    public Rows lookup(List<String> workspaces) throws SQLException {
      lookups.incrementAndGet();
      workspacesAsked.addAndGet(workspaces.size());
      Rows rows = session.lookup(workspaces);
      CountDownLatch latch = hold;
      if (latch.getCount() > 0) {
        held.release();
        awaitUninterrupted(latch);
      }
      return rows;
    }

    private static void awaitUninterrupted(CountDownLatch latch) throws SQLException {
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SQLException("interrupted", e);
      }
    }

    @Override
    public ShardTable shards() throws SQLException {
      return session.shards();
    }

    @Override
    public Version version() throws SQLException {
      return session.version();
    }

    @Override
    public boolean swapping() throws SQLException {
      return session.swapping();
    }

    @Override
    public void listen() throws SQLException {
      session.listen();
    }

    @Override
    public List<Change> changes(int timeoutMillis) throws SQLException {
      List<Change> changes = session.changes(timeoutMillis);
      return deaf ? List.of() : changes;
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
