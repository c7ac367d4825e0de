package dev.trunkline.proxy.swap;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Semaphore;

/** Runs swaps, one at a time, and remembers the last ones. Safe from any thread; blocks. */
public final class Swaps {
  private static final int KEPT = 1_000;

  private final SwapSite site;
  private final Semaphore turn = new Semaphore(1);
  private final Deque<SwapReport> reports = new ArrayDeque<>();
  private long lastId;

  public Swaps(SwapSite site) {
    this.site = site;
  }

  /**
   * Runs a swap to its end, or to its undoing.
   *
   * @throws SwapFailed when another one runs
   */
  public SwapReport run(SwapRequest request) throws SwapFailed, InterruptedException {
    if (!turn.tryAcquire()) {
      throw new SwapFailed("Another swap is running.");
    }
    try {
      SwapReport report = new Swap(site, request, nextId()).run();
      keep(report);
      return report;
    } finally {
      turn.release();
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
