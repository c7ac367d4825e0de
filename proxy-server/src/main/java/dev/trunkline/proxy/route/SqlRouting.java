package dev.trunkline.proxy.route;

import dev.trunkline.shard.ShapeCache;

/**
 * What routing by SQL needs of the process: the shapes of statements and the firewall's counts.
 * Safe from any thread.
 *
 * @param shapes known shapes, under what is declared now
 * @param firewall statements whose key was not that of their workspace
 */
public record SqlRouting(ShapeCache shapes, Firewall firewall) {}
