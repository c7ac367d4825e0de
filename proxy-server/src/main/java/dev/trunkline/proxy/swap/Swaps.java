package dev.trunkline.proxy.swap;

import dev.trunkline.shard.MapChangeException;
import java.io.Serial;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Runs swaps and ways back, one at a time, and remembers the last swaps: each opens pools ahead of
 * their clients, and closes them when it fails. Safe from any thread; blocks.
 */
public final class Swaps {
  private static final int KEPT = 1_000;

  private final SwapSite site;
  private final Semaphore turn = new Semaphore(1);
  private final Deque<SwapReport> reports = new ArrayDeque<>();
  private long lastId;

  public Swaps(SwapSite site) {
    this.site = site;
  }

  /** It is another one's turn. */
  public static final class Busy extends Exception {
    @Serial private static final long serialVersionUID = 1;

    private Busy() {
      super("Another SWAP or REPOINT BACK is running.");
    }
  }

  /** Runs a swap to its end, or to its undoing. */
  public SwapReport run(SwapRequest request) throws Busy, InterruptedException {
    begin();
    try {
      SwapReport report = new Swap(site, request, nextId()).run();
      keep(report);
      return report;
    } finally {
      turn.release();
    }
  }

  /**
   * Takes the newest version of the map back, see {@link Repointing#back}.
   *
   * @return the new version
   */
  public long back(Repointing repointing, Duration within)
      throws Busy, SwapFailed, MapChangeException, InterruptedException {
    begin();
    try {
      return repointing.back(within);
    } finally {
      turn.release();
    }
  }

  private void begin() throws Busy {
    if (!turn.tryAcquire()) {
      throw new Busy();
    }
  }

  private synchronized long nextId() {
    return ++lastId;
  }

  private synchronized void keep(SwapReport report) {
    reports.addFirst(report);
    if (reports.size() > KEPT) {
      reports.removeLast();
    }
  }

  /** Newest first; a copy. */
  public synchronized List<SwapReport> reports() {
    return List.copyOf(reports);
  }
}
