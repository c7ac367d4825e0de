package dev.trunkline.bench.compare;

import java.util.function.ToDoubleFunction;

/** What is drawn and compared. */
enum Metric {
  THROUGHPUT("throughput", "transactions/s", Result::perSecond),
  P50("p50", "p50 (µs)", Result::p50),
  P95("p95", "p95 (µs)", Result::p95),
  P99("p99", "p99 (µs)", Result::p99),
  P999("p999", "p99.9 (µs)", Result::p999),
  CPU("cpu", "CPU (µs/transaction)", Result::cpuMicros),
  USER("user", "of it user", Result::userMicros),
  SYSTEM("system", "of it system", Result::systemMicros),
  SWITCHES("switches", "context switches/transaction", Result::switches),
  MEMORY("memory", "resident (MB)", result -> result.residentBytes() / 1e6);

  private final String key;
  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // method references hold nothing
  private final ToDoubleFunction<Result> value;

  Metric(String key, String title, ToDoubleFunction<Result> value) {
    this.key = key;
    this.title = title;
    this.value = value;
  }

  /** In JSON and file names. */
  String key() {
    return key;
  }

  String title() {
    return title;
  }

  double of(Result result) {
    return value.applyAsDouble(result);
  }
}
