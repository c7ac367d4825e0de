package dev.trunkline.proxy.pool;

import dev.trunkline.shard.Home;

/**
 * What makes a pool: the physical host, never the logical shard. A host whose home changes has a
 * pool for each home until the old one has drained.
 *
 * @param host the host's name; the database's own name for a plain one
 * @param home where that host is, as far as this pool goes; null for a plain database
 * @param database the database as clients name it
 * @param user the role on the server
 */
public record PoolKey(String host, Home home, String database, String user) {
  /** Of a plain database. */
  public PoolKey(String host, String database, String user) {
    this(host, null, database, user);
  }
}
