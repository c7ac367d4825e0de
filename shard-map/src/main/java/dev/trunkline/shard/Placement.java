package dev.trunkline.shard;

/**
 * Where a workspace, or a logical shard, lives in one version of the map. Who routes by it goes
 * wholly to {@code home}: host and home are of the same version.
 *
 * @param shard logical shard: the schema name
 * @param host name of the physical host
 * @param group proxy group of that host
 * @param region region of that host, "" where regions are not used
 * @param home where that host is
 * @param version the map version this was read from
 */
public record Placement(
    String shard, String host, String group, String region, Home home, long version) {}
