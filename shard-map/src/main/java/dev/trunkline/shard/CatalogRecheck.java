package dev.trunkline.shard;

import dev.trunkline.shard.MapStore.Recheck;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Asks the catalog out of turn whether the map has changed. One question serves all who wait, and
 * it is asked ten times a second at most, so that an application whose errors are its own cannot
 * flood the catalog. Its thread and its connection live as long as somebody has asked lately.
 */
final class CatalogRecheck {
  private static final long GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** How long the connection is kept for the next who asks. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** How long a swap of somebody else's is waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(10);

  /** How long a message may be under way after its version has become visible. */
  private static final Duration GRACE = Duration.ofMillis(20);

  private final Catalog catalog;
  private final LiveMap map;
  private List<Consumer<Recheck>> waiting = new ArrayList<>();
  private Thread thread;
  private boolean closed;
  private Catalog.Session session;
  private long lastNanos = System.nanoTime() - GAP_NANOS;

  CatalogRecheck(Catalog catalog, LiveMap map) {
    this.catalog = catalog;
    this.map = map;
  }

  /** As {@link MapStore#recheck}. */
  void ask(Consumer<Recheck> answer) {
    synchronized (this) {
      if (!closed) {
        waiting.add(answer);
        notifyAll();
        if (thread == null) {
          thread = Thread.ofVirtual().name("trunkline-map-recheck").start(this::serve);
        }
        return;
      }
    }
    answer.accept(Recheck.DONE);
  }

  /** Whoever waits is answered. */
  synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private void serve() {
    List<Consumer<Recheck>> asked = take();
    while (!asked.isEmpty()) {
      Recheck found = recheck(asked);
      asked.forEach(each -> each.accept(found));
      asked = take();
    }
  }

  /** All who wait; nobody: the thread ends, and the next who asks starts another. */
  private synchronized List<Consumer<Recheck>> take() {
    try {
      long idle = System.nanoTime() + IDLE_NANOS;
      for (long rest = IDLE_NANOS; waiting.isEmpty() && !closed && rest > 0; ) {
        TimeUnit.NANOSECONDS.timedWait(this, rest);
        rest = idle - System.nanoTime();
      }
      long due = lastNanos + GAP_NANOS;
      for (long rest = due - System.nanoTime(); !waiting.isEmpty() && !closed && rest > 0; ) {
        TimeUnit.NANOSECONDS.timedWait(this, rest);
        rest = due - System.nanoTime();
      }
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
    List<Consumer<Recheck>> all = waiting();
    if (all.isEmpty()) {
      thread = null;
      drop();
    }
    return all;
  }

  private synchronized List<Consumer<Recheck>> waiting() {
    List<Consumer<Recheck>> all = waiting;
    waiting = new ArrayList<>();
    return all;
  }

  /**
   * Asks.
   *
   * @param asked who waits for the answer; whoever comes while somebody swaps joins them
   */
  private Recheck recheck(List<Consumer<Recheck>> asked) {
    lastNanos = System.nanoTime();
    map.counters().rechecks.increment();
    Recheck found = Recheck.DONE;
    try {
      while (swapUnderWay()) {
        found = Recheck.SWAPPED;
        asked.addAll(waiting());
        Thread.sleep(POLL);
      }
    } catch (SQLException e) {
      // Whoever is down for the watcher is so for us: it has told, and goes on trying.
      drop();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      drop();
    }
    return found;
  }

  /**
   * Whether somebody still swaps; if not, this process knows what came of those before. In that
   * order: a swap may end between the two questions.
   */
  private boolean swapUnderWay() throws SQLException, InterruptedException {
    if (session == null) {
      session = catalog.open();
    }
    boolean swapping = session.swapping();
    follow(session.version());
    return swapping && System.nanoTime() - lastNanos < PATIENCE.toNanos();
  }

  /** A version that is older than what is known is for the watcher to judge. */
  private void follow(Catalog.Version version) throws SQLException, InterruptedException {
    long end = System.nanoTime() + GRACE.toNanos();
    while (!map.live().confirm(version) && map.state().seen() < version.number()) {
      if (System.nanoTime() - end > 0) {
        map.catchUp(session.shards());
        return;
      }
      Thread.sleep(1);
    }
  }

  private void drop() {
    if (session != null) {
      session.close();
      session = null;
    }
  }
}
