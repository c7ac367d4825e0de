package dev.trunkline.shard;

/**
 * Names one state of the map.
 *
 * @param number grows by one with every change
 * @param stamp tells two histories apart that have the same number; null for not to be compared
 */
public record MapVersion(long number, String stamp) {}
