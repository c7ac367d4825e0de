package dev.trunkline.shard;

/**
 * What one check before a swap found.
 *
 * @param name what was checked
 * @param result how it came out
 * @param found what was found, for people
 */
public record PreflightCheck(String name, Result result, String found) {
  /** How a check came out. */
  public enum Result {
    /** As it must be. */
    PASSED,
    /** Worth a look; no reason to stop. */
    WARNED,
    /** The swap must not go on. */
    FAILED
  }
}
