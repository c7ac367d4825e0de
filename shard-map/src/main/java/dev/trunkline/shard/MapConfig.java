package dev.trunkline.shard;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Where the shard map is read from. */
public sealed interface MapConfig {
  /**
   * The map is written in the configuration file.
   *
   * @param shards logical shard (schema) to host name
   * @param hashPlacement whether a workspace without an exception is placed by hash over the shards
   * @param workspaces exceptions: workspace id to logical shard
   * @param stateFile where changes of the map are kept, which come before all of this; null when
   *     the map cannot be changed
   */
  record FromFile(
      Map<String, String> shards,
      boolean hashPlacement,
      Map<String, String> workspaces,
      Path stateFile)
      implements MapConfig {
    public FromFile {
      shards = Map.copyOf(shards);
      workspaces = Map.copyOf(workspaces);
    }

    /** A map that cannot be changed. */
    public FromFile(
        Map<String, String> shards, boolean hashPlacement, Map<String, String> workspaces) {
      this(shards, hashPlacement, workspaces, null);
    }
  }

  /**
   * The map is read from tables of a catalog database, see {@code docs/catalog.sql}.
   *
   * @param url JDBC URL of the catalog
   * @param user role to log in as
   * @param password its password; null for none
   * @param cacheBytes bound of the workspace cache, in bytes
   * @param refreshAfter age at which a cached entry is re-read in the background
   * @param negativeTtl how long "no such workspace" is believed
   * @param pollInterval how often the map version is polled behind LISTEN/NOTIFY
   * @param staleFor how long cached entries are used while the catalog is down
   * @param queryTimeout bound of one catalog query and of one connect
   * @param snapshotFile where the last map is kept for a restart without catalog; null for nowhere
   */
  record FromPostgres(
      String url,
      String user,
      String password,
      long cacheBytes,
      Duration refreshAfter,
      Duration negativeTtl,
      Duration pollInterval,
      Duration staleFor,
      Duration queryTimeout,
      Path snapshotFile)
      implements MapConfig {}
}
