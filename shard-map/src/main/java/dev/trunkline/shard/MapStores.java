package dev.trunkline.shard;

import java.util.Map;
import java.util.function.Consumer;

/** Opens the store that a configuration asks for. */
public final class MapStores {
  private MapStores() {}

  /**
   * Opens a store. For a file this is immediate. For a catalog it waits up to the query timeout for
   * the first map, then goes on without it: from the snapshot file if there is one, else answering
   * {@link Lookup.Unavailable} until the catalog comes. Not for an event loop.
   *
   * @param hosts the configured hosts by name
   * @param version number of this opening within the process, from 1, one more with every reload;
   *     the version of a map from a file. Epochs of different openings never coincide
   * @param log takes warnings and changes of state as sentences, from any thread
   * @throws IllegalArgumentException for a configuration that cannot work, as sentences
   */
  public static MapStore open(
      MapConfig config, Map<String, HostInfo> hosts, long version, Consumer<String> log) {
    return switch (config) {
      case MapConfig.FromFile file -> openFile(file, hosts, version, log);
      case MapConfig.FromPostgres postgres ->
          PostgresMapStore.open(postgres, hosts, version, new JdbcCatalog(postgres), log);
    };
  }

  private static MapStore openFile(
      MapConfig.FromFile file, Map<String, HostInfo> hosts, long version, Consumer<String> log) {
    FileMapStore store = new FileMapStore(file, hosts, version);
    store.problems().forEach(log);
    return store;
  }

  /** Leaves every opening four billion epochs of its own. */
  static long firstEpoch(long version) {
    return version << 32;
  }
}
