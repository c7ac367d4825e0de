package dev.trunkline.proxy.route;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.shard.Placement;

/**
 * Where transactions of one workspace, or of one logical shard, go.
 *
 * @param placement shard and host in one version of the map
 * @param host the physical host, where that version of the map says it is
 * @param searchPath the search_path a server connection must have
 */
public record Route(Placement placement, HostConfig host, String searchPath) {
  /** The logical shard: name of the schema. */
  public String schema() {
    return placement.shard();
  }
}
