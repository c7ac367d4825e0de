package dev.trunkline.shard;

/**
 * What the map needs to know of a physical host.
 *
 * @param name the host's name
 * @param group the proxy group that serves it
 * @param region the region it stands in, "" where regions are not used
 * @param home where the configuration says it is; a change of the map may say otherwise
 */
public record HostInfo(String name, String group, String region, Home home) {}
