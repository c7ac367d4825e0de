package dev.trunkline.shard;

/**
 * What one check before a swap found.
 *
 * @param name what was checked
 * @param result how it came out
 * @param found what was found, for people
 * @param micros how long it took, in microseconds
 */
public record PreflightCheck(String name, Result result, String found, long micros) {
  /** How a check came out. */
  public enum Result {
    /** As it must be. */
    PASSED,
    /** Worth a look; no reason to stop. */
    WARNED,
    /** The swap must not go on. */
    FAILED,
    /** It would fail for the same reason as one before it. */
    SKIPPED
  }
}
