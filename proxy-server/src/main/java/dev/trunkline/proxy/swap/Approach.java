package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.swap.SwapReport.Result;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Waits until the new home has nearly what the old one has, before anybody is held: what it lacks
 * when the pause begins, every client waits for. Sends the marker of the catch-up check again and
 * again, which also makes the check's own statements known on both sides.
 *
 * @param result warned when it did not come near, failed when it is farther away than a pause lasts
 * @param found for people
 */
record Approach(Result result, String found) {
  /** As near as worth waiting for: a marker of an idle pair takes half of it. */
  static final Duration NEAR = Duration.ofMillis(20);

  /** How long the operator waits for that; clients wait for nothing. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** How long a marker took to the new home. */
  interface Lag {
    /**
     * Sends one.
     *
     * @param limit how long it is waited for
     * @return null when it has not come by then
     */
    Duration measure(Duration limit) throws SQLException, InterruptedException;
  }

  /**
   * Begins no marker when the patience is over, and waits for each at least as long as the pause
   * may last: one that has not come by then would not have come in the pause either.
   *
   * @param within how long the pause may last
   */
  static Approach towards(Lag lag, Duration within, Duration patience)
      throws SQLException, InterruptedException {
    Duration near = NEAR.compareTo(within) < 0 ? NEAR : within;
    long deadline = System.nanoTime() + patience.toNanos();
    Duration limit;
    Duration behind;
    int markers = 0;
    do {
      Duration rest = Duration.ofNanos(deadline - System.nanoTime());
      limit = rest.compareTo(within) > 0 ? rest : within;
      behind = lag.measure(limit);
      markers++;
    } while (exceeds(behind, near) && System.nanoTime() - deadline < 0);
    String millis = behind == null ? "more than " + millis(limit) : "" + millis(behind);
    String found = "the new home is %s ms behind, markers: %d".formatted(millis, markers);
    return new Approach(result(behind, near, within), found);
  }

  private static Result result(Duration behind, Duration near, Duration within) {
    if (exceeds(behind, within)) {
      return Result.FAILED;
    }
    return exceeds(behind, near) ? Result.WARNED : Result.DONE;
  }

  /** Rounded up: what is said to be within a limit is. */
  private static long millis(Duration time) {
    return time.plusNanos(999_999).toMillis();
  }

  private static boolean exceeds(Duration behind, Duration limit) {
    return behind == null || behind.compareTo(limit) > 0;
  }
}
