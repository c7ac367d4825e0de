package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.metrics.Histogram;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What has become of the sampled reads. From any thread. */
public final class DarkCounts {
  private final LongAdder sampled = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final Map<String, LongAdder> skipped = new ConcurrentHashMap<>();
  private final Map<Verdict, LongAdder> verdicts = new EnumMap<>(Verdict.class);
  private final Histogram old = new Histogram();
  private final Histogram fresh = new Histogram();

  DarkCounts() {
    for (Verdict verdict : Verdict.values()) {
      verdicts.put(verdict, new LongAdder());
    }
  }

  void sampled() {
    sampled.increment();
  }

  void dropped() {
    dropped.increment();
  }

  /** One was sampled that cannot be compared. */
  public void skipped(String reason) {
    skipped.computeIfAbsent(reason, key -> new LongAdder()).increment();
  }

  void came(Verdict verdict) {
    verdicts.get(verdict).increment();
  }

  synchronized void took(long oldMicros, long freshMicros) {
    old.record(oldMicros);
    fresh.record(freshMicros);
  }

  /** Reads that were drawn. */
  public long sampledCount() {
    return sampled.sum();
  }

  /** Reads for which the queue had no room. */
  public long droppedCount() {
    return dropped.sum();
  }

  /** Reads that could not be compared, by reason; a copy. */
  public Map<String, Long> skippedCounts() {
    Map<String, Long> counts = new TreeMap<>();
    skipped.forEach((reason, count) -> counts.put(reason, count.sum()));
    return counts;
  }

  public long count(Verdict verdict) {
    return verdicts.get(verdict).sum();
  }

  /** How long clients waited for the answers that were compared. */
  public Histogram old() {
    return old;
  }

  /** How long the repetitions took. */
  public Histogram fresh() {
    return fresh;
  }
}
