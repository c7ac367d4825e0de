package dev.trunkline.shard;

import java.time.Instant;

/**
 * One line of the map's journal: what a version changed. A version of several lines changed several
 * subjects at once. The version before it is {@code version - 1}.
 *
 * @param version the version that the change made
 * @param at when
 * @param who on whose behalf
 * @param why the reason given, or ""
 * @param kind what changed
 * @param subject its name: a host, a logical shard or a workspace
 * @param before endpoint, host or shard; null when the map had no entry, for a host: when it was
 *     where the configuration says
 * @param after the same in the new version
 */
public record MapEntry(
    long version,
    Instant at,
    String who,
    String why,
    Kind kind,
    String subject,
    String before,
    String after) {
  /** What has an entry in the map. */
  public enum Kind {
    /** A host has an {@link Home}. */
    HOST,
    /** A logical shard has a host. */
    SHARD,
    /** A workspace has a logical shard. */
    WORKSPACE
  }
}
