package dev.trunkline.proxy.metrics;

import java.util.stream.LongStream;

/**
 * Latencies in buckets of powers of two microseconds. Written by one thread, read by any without
 * more than the guarantee that a counter is never torn.
 */
public final class Histogram {
  /** Number of buckets; the last one has no upper bound. */
  public static final int BUCKETS = 28;

  private final long[] counts = new long[BUCKETS];
  private long sumMicros;

  /** Upper bound of a bucket in microseconds: 1, 2, 4 … */
  public static long boundMicros(int bucket) {
    return 1L << bucket;
  }

  public void record(long micros) {
    long clipped = Math.max(micros, 0);
    int bucket = clipped <= 1 ? 0 : 64 - Long.numberOfLeadingZeros(clipped - 1);
    counts[Math.min(bucket, BUCKETS - 1)]++;
    sumMicros += clipped;
  }

  /** Adds this histogram to a snapshot of {@link #BUCKETS} counts. */
  public void addTo(long[] snapshot) {
    for (int i = 0; i < BUCKETS; i++) {
      snapshot[i] += counts[i];
    }
  }

  /** Adds another's figures to this one, for a snapshot. */
  void add(Histogram other) {
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] += other.counts[i];
    }
    sumMicros += other.sumMicros;
  }

  /** Upper bound of the bucket in which that share of all values ends; 0 without any. */
  public long quantileMicros(double share) {
    long[] snapshot = new long[BUCKETS];
    addTo(snapshot);
    long left = (long) Math.ceil(share * LongStream.of(snapshot).sum());
    int bucket = 0;
    while (bucket < BUCKETS - 1 && left > snapshot[bucket]) {
      left -= snapshot[bucket++];
    }
    return left == 0 ? 0 : boundMicros(bucket);
  }

  public long sumMicros() {
    return sumMicros;
  }
}
