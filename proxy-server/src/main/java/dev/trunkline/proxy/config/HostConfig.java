package dev.trunkline.proxy.config;

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
    int maxConnections) {}
