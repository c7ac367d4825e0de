package dev.trunkline.bench.compare;

/** What is drawn and compared. A run has those that mean something for its workload and peer. */
enum Metric {
  THROUGHPUT("throughput", "transactions/s"),
  P50("p50", "p50 (µs)"),
  P95("p95", "p95 (µs)"),
  P99("p99", "p99 (µs)"),
  P999("p999", "p99.9 (µs)"),
  CPU("cpu", "CPU (µs/transaction)"),
  USER("user", "of it user"),
  SYSTEM("system", "of it system"),
  /** Of rows and COPY data; 1 MB is 10^6 bytes. */
  BYTES("bytes_per_cpu", "MB/CPU second"),
  SWITCHES("switches", "context switches/transaction"),
  MEMORY("memory", "resident (MB)"),
  GC_PAUSES("gc_pauses", "GC pauses"),
  GC_LONGEST("gc_longest", "longest GC pause (ms)"),
  /** From the start of the program to the first row. */
  START("start", "to the first answer (ms)"),
  START_CPU("start_cpu", "CPU until then (ms)"),
  /** Resident with idle clients minus without, for each of them. */
  IDLE("idle", "kB/idle client"),
  /** The same after they have left and come back several times. */
  IDLE_CHURN("idle_churn", "kB/idle client after churn"),
  /** Medians; 1 is none. */
  GROWTH("growth", "resident, last quarter ÷ second");

  private final String key;
  private final String title;

  Metric(String key, String title) {
    this.key = key;
    this.title = title;
  }

  /** In JSON and file names. */
  String key() {
    return key;
  }

  String title() {
    return title;
  }
}
