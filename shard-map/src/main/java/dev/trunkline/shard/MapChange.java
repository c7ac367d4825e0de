package dev.trunkline.shard;

/** What an operator wants of the map. A value: whoever holds it has changed nothing yet. */
public sealed interface MapChange {
  /** The host keeps its name and gets another home. */
  record RepointHost(String host, Home to) implements MapChange {}

  /** The logical shard goes to that host. */
  record RepointShard(String shard, String host) implements MapChange {}

  /** The workspace, by its canonical id, goes to that logical shard. */
  record RepointWorkspace(String workspace, String shard) implements MapChange {}

  /**
   * A new version in which everything is as it was in that one. Back to the version before the
   * newest undoes the last change; done twice, it does it again.
   */
  record Back(long toVersion) implements MapChange {}
}
