package dev.trunkline.shard;

/**
 * What an operator wants of the map. A value: whoever holds it has changed nothing yet. As text it
 * reads as in the operator's command.
 */
public sealed interface MapChange {
  /** The host keeps its name and gets another home. */
  record RepointHost(String host, Home to) implements MapChange {
    @Override
    public String toString() {
      return "HOST " + host + " TO '" + to + "'";
    }
  }

  /** The logical shard goes to that host. */
  record RepointShard(String shard, String host) implements MapChange {
    @Override
    public String toString() {
      return "SHARD " + shard + " TO HOST " + host;
    }
  }

  /** The workspace, by its canonical id, goes to that logical shard. */
  record RepointWorkspace(String workspace, String shard) implements MapChange {
    @Override
    public String toString() {
      return "WORKSPACE '" + workspace + "' TO SHARD " + shard;
    }
  }

  /**
   * A new version in which everything is as it was in that one. Back to the version before the
   * newest undoes the last change; done twice, it does it again.
   */
  record Back(long toVersion) implements MapChange {
    @Override
    public String toString() {
      return "BACK TO VERSION " + toVersion;
    }
  }
}
