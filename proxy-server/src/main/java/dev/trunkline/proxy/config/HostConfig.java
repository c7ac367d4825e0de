package dev.trunkline.proxy.config;

import dev.trunkline.shard.Home;

/**
 * One physical PostgreSQL server: an endpoint and a database on it.
 *
 * @param name the key under {@code hosts}
 * @param host DNS name or address
 * @param port TCP port
 * @param dbname database on that server
 * @param group the proxy group that lists it
 * @param region the region it stands in, or "" where regions are not used
 * @param maxConnections server connections over all pools of this host; 0 = unlimited
 */
public record HostConfig(
    String name,
    String host,
    int port,
    String dbname,
    String group,
    String region,
    int maxConnections) {
  /** Server and database. */
  public Home home() {
    return new Home(host, port, dbname);
  }

  /** The same host with another home, as the shard map may give it one. */
  public HostConfig at(Home home) {
    boolean here =
        port == home.port() && host.equals(home.host()) && dbname.equals(home.database());
    return here
        ? this
        : new HostConfig(
            name, home.host(), home.port(), home.database(), group, region, maxConnections);
  }
}
