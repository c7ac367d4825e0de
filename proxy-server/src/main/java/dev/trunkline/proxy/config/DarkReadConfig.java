package dev.trunkline.proxy.config;

import dev.trunkline.shard.Home;
import java.time.Duration;

/**
 * A sample of reads that is to be repeated on another home, and compared.
 *
 * @param name the key under {@code dark_reads}
 * @param scope whose reads
 * @param subject name of that group, host or shard
 * @param against where they are repeated
 * @param user role that repeats them, on both sides
 * @param password null for none
 * @param sample share of the reads, above 0 and at most 1
 * @param maxRows results with more rows are not compared
 * @param delay from a read to its repetition; null: at once, and after a difference when the other
 *     home has caught up
 */
public record DarkReadConfig(
    String name,
    Scope scope,
    String subject,
    Home against,
    String user,
    String password,
    double sample,
    int maxRows,
    Duration delay) {
  /** Rows that are compared at most where nothing else is said. */
  public static final int MAX_ROWS = 5;

  /** What can be read in the dark. */
  public enum Scope {
    GROUP,
    HOST,
    SHARD
  }
}
