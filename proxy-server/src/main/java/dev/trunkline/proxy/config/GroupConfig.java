package dev.trunkline.proxy.config;

import java.util.List;

/**
 * A proxy group: a set of hosts with its own listener, pools and limits.
 *
 * @param name the key under {@code groups}
 * @param hosts names of its hosts
 * @param listenAddr address of its own listener, or null when the group has none
 * @param listenPort port of its own listener; 0 lets the kernel choose
 * @param maxClientConn clients on its own listener; 0 = only the process limit
 * @param poolSize size of each of its pools, or -1 for {@code default_pool_size}
 * @param maxConnections server connections over all pools of the group; 0 = unlimited
 */
public record GroupConfig(
    String name,
    List<String> hosts,
    String listenAddr,
    int listenPort,
    int maxClientConn,
    int poolSize,
    int maxConnections) {
  public GroupConfig {
    hosts = List.copyOf(hosts);
  }
}
