package dev.trunkline.proxy.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Errors that clients were sent, by SQLSTATE. Errors are rare: this is not the hot path. */
public final class ErrorCounts {
  /** A server that makes up codes must not make us grow. */
  private static final int MAX_CODES = 500;

  private static final String OTHER = "other";

  private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();

  public void count(String sqlstate) {
    boolean full = counts.size() >= MAX_CODES && !counts.containsKey(sqlstate);
    counts.computeIfAbsent(full ? OTHER : sqlstate, code -> new LongAdder()).increment();
  }

  /** SQLSTATE to count; a live view. */
  public Map<String, LongAdder> view() {
    return counts;
  }
}
