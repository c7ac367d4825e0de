package dev.trunkline.proxy.pool;

/**
 * What makes a pool: the physical host, never the logical shard.
 *
 * @param host the host's name; the database's own name for a plain one
 * @param database the database as clients name it
 * @param user the role on the server
 */
public record PoolKey(String host, String database, String user) {}
