package dev.trunkline.proxy.gate;

/** What a pause holds. */
public sealed interface GateScope {
  /**
   * Where a transaction is about to begin, or runs.
   *
   * @param database as clients name it
   * @param group null where nothing is sharded, as all that follow
   * @param workspace null also for what belongs to none
   */
  record Place(String database, String group, String host, String shard, String workspace) {}

  /** Whether transactions of that place are of this scope. */
  boolean covers(Place place);

  /** Whether all of a host, or more, stands still: its idle server connections go then. */
  default boolean wholeHosts() {
    return true;
  }

  /** The whole proxy. */
  record Everything() implements GateScope {
    @Override
    public boolean covers(Place place) {
      return true;
    }

    @Override
    public String toString() {
      return "everything";
    }
  }

  /** The hosts of a proxy group. */
  record Group(String name) implements GateScope {
    @Override
    public boolean covers(Place place) {
      return name.equals(place.group());
    }

    @Override
    public String toString() {
      return "group " + name;
    }
  }

  /** A physical host, by its name. */
  record Host(String name) implements GateScope {
    @Override
    public boolean covers(Place place) {
      return name.equals(place.host());
    }

    @Override
    public String toString() {
      return "host " + name;
    }
  }

  /** A database, as clients name it. */
  record Database(String name) implements GateScope {
    @Override
    public boolean covers(Place place) {
      return name.equals(place.database());
    }

    @Override
    public String toString() {
      return "database " + name;
    }
  }

  /** A logical shard. */
  record Shard(String name) implements GateScope {
    @Override
    public boolean covers(Place place) {
      return name.equals(place.shard());
    }

    @Override
    public boolean wholeHosts() {
      return false;
    }

    @Override
    public String toString() {
      return "shard " + name;
    }
  }

  /** A workspace, by its canonical id. */
  record Workspace(String id) implements GateScope {
    @Override
    public boolean covers(Place place) {
      return id.equals(place.workspace());
    }

    @Override
    public boolean wholeHosts() {
      return false;
    }

    @Override
    public String toString() {
      return "workspace " + id;
    }
  }
}
