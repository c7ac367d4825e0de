package dev.trunkline.shard;

/**
 * One moment of a map that is read from a catalog.
 *
 * @param map the shards; null until the first were loaded
 * @param seen every change up to this version has been taken in
 * @param stamp the stamp of that version; null when a message brought it, which has no stamp
 * @param generation the one that cached workspaces must be of
 * @param epoch as {@link MapStore#epoch}
 * @param blocked the answer to everything: no map yet, too old, or closed; else null
 * @param outage the answer to what is not cached while the catalog is down; else null
 */
record MapState(
    ShardMap map,
    long seen,
    String stamp,
    int generation,
    long epoch,
    Lookup.Unavailable blocked,
    Lookup.Unavailable outage) {

  /**
   * Whether the shards are where {@link #map} says in that version too: it was read later, or no
   * change since then touched them.
   */
  boolean mapCovers(long version) {
    return version <= seen || version <= map.version();
  }

  /** A change was taken in; what is cached and was not named by it still holds. */
  MapState advanced(ShardMap newMap, long version, String newStamp) {
    return new MapState(newMap, version, newStamp, generation, epoch + 1, blocked, outage);
  }

  /** What is cached no longer holds. */
  MapState replaced(ShardMap newMap, long version, String newStamp) {
    return new MapState(newMap, version, newStamp, generation + 1, epoch + 1, blocked, outage);
  }

  MapState stamped(String newStamp) {
    return new MapState(map, seen, newStamp, generation, epoch, blocked, outage);
  }

  /** Blocks, or with null unblocks, every answer. */
  MapState blocked(Lookup.Unavailable reason) {
    return new MapState(map, seen, stamp, generation, epoch + 1, reason, outage);
  }

  MapState outage(Lookup.Unavailable reason) {
    return new MapState(map, seen, stamp, generation, epoch, blocked, reason);
  }

  MapState nextEpoch() {
    return new MapState(map, seen, stamp, generation, epoch + 1, blocked, outage);
  }
}
