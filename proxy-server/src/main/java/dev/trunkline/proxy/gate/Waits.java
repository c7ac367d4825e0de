package dev.trunkline.proxy.gate;

import java.util.Arrays;

/** How long clients waited at one barrier, in microseconds; the first 100 000 exactly. */
public final class Waits {
  private static final int KEPT = 100_000;

  private long[] micros = new long[64];
  private int kept;
  private int count;
  private long longest;

  synchronized void add(long wait) {
    count++;
    longest = Math.max(longest, wait);
    if (kept == micros.length && kept < KEPT) {
      micros = Arrays.copyOf(micros, Math.min(kept * 2, KEPT));
    }
    if (kept < micros.length) {
      micros[kept] = wait;
      kept++;
    }
  }

  public synchronized int count() {
    return count;
  }

  public synchronized long longest() {
    return longest;
  }

  /**
   * The wait that this share of the clients did not exceed; 0 when nobody waited.
   *
   * @param share such as 0.99
   */
  public synchronized long quantile(double share) {
    if (kept == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(micros, kept);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * kept) - 1)];
  }
}
