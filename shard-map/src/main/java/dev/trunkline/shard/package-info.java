/** Workspaces, logical shards and hosts: the immutable map and the stores it is read from. */
package dev.trunkline.shard;
