package dev.trunkline.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What the console can do to dark reads: samples of reads that are repeated on another home and
 * compared. The proxy implements it; called as {@link Mover} is.
 */
public interface Comparer {
  /**
   * What is compared.
   *
   * @param scope a group, a host or a logical shard
   * @param against {@code host=… port=… dbname=… user=… password=…}
   * @param sample share of the reads, above 0 and at most 1
   * @param maxRows results with more rows are not compared; 0 for the usual number
   * @param delay from a read to its repetition; null: when the other home has caught up
   */
  record DarkRead(Mover.Scope scope, String against, double sample, int maxRows, Duration delay) {
    /** Without the password. */
    @Override
    public String toString() {
      return "dark read of " + scope;
    }
  }

  /**
   * A comparison in force.
   *
   * @param mode {@code caught up}, or the delay
   * @param skippedBy the reasons, with a count each
   */
  record DarkReadRow(
      String scope,
      String against,
      String by,
      Instant since,
      String state,
      String sample,
      long maxRows,
      String mode,
      long eligible,
      long sampled,
      long skipped,
      String skippedBy,
      long queued,
      long dropped,
      Counts counts,
      Latency old,
      Latency fresh,
      String lastError) {}

  /** How comparisons came out. */
  record Counts(
      long equal,
      long lag,
      long overwritten,
      long orderOnly,
      long nondeterministic,
      long mismatch,
      long error,
      long timeout) {}

  /** Upper bounds of what half, and 99 of 100, took. */
  record Latency(long p50Micros, long p99Micros) {}

  /** A read whose answers differ; null values where the operator does not allow them. */
  record MismatchRow(
      Instant at,
      String scope,
      String against,
      String workspace,
      String fingerprint,
      String statement,
      String keys,
      String columns,
      long oldRows,
      long newRows,
      String oldDigest,
      String newDigest,
      String oldValues,
      String newValues) {}

  /** Begins one; fails when that scope is being compared. */
  void start(DarkRead read) throws CommandFailed;

  /** Ends one. */
  void stop(Mover.Scope scope) throws CommandFailed;

  List<DarkReadRow> reads();

  /** Newest first. */
  List<MismatchRow> mismatches();
}
