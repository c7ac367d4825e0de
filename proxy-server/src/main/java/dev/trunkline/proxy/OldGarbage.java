package dev.trunkline.proxy;

import java.util.function.LongSupplier;

/**
 * Has garbage among old objects collected before the heap grows for it. The serial collector looks
 * at them only when there is no more room: what lives for a minute, such as prepared statements
 * that nobody sends twice, would fill all of TRUNKLINE_HEAP first.
 */
final class OldGarbage implements Runnable {
  static final long LOOK_SECONDS = 10;

  private final LongSupplier used;
  private final Runnable collector;

  /** The least that was in use since the last collection, in bytes: about what lives. */
  private long kept = Long.MAX_VALUE;

  private OldGarbage(LongSupplier used, Runnable collector) {
    this.used = used;
    this.collector = collector;
  }

  /** Of this process. */
  static OldGarbage ofProcess() {
    Runtime runtime = Runtime.getRuntime();
    return of(() -> runtime.totalMemory() - runtime.freeMemory(), System::gc);
  }

  /**
   * Of any heap.
   *
   * @param used bytes in use, garbage included
   * @param collector collects all of it
   */
  static OldGarbage of(LongSupplier used, Runnable collector) {
    return new OldGarbage(used, collector);
  }

  /** Looks; collects when twice as much is in use as was left, which a full heap cannot reach. */
  @Override
  public void run() {
    long now = used.getAsLong();
    if (now / 2 > kept) {
      collector.run();
      kept = used.getAsLong();
    } else {
      kept = Math.min(kept, now);
    }
  }
}
