package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.pool.Directory;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.Endpoint;
import java.util.HashMap;
import java.util.Map;

/**
 * Who a client is and what it has connected to. Remembers its pools; of one session, on its loop.
 */
public final class Identity {
  private final DatabaseConfig database;
  private final String user;
  private final String workspace;
  private final String listenerGroup;
  private final String address;
  private Directory.Proof proof = Directory.Proof.NONE;
  private final Map<String, Pool> pools = new HashMap<>(4);
  private int generation = -1;

  /**
   * @param database null when there is none of the name that was asked for, and at the console
   * @param workspace named in the connection string, or null
   * @param listenerGroup the group whose own listener it came through, or null
   * @param address the client's
   */
  Identity(
      DatabaseConfig database,
      String user,
      String workspace,
      String listenerGroup,
      String address) {
    this.database = database;
    this.user = user;
    this.workspace = workspace;
    this.listenerGroup = listenerGroup;
    this.address = address;
  }

  /** Its login has proved that. */
  void proved(Credential credential) {
    proof = new Directory.Proof(credential, System.nanoTime());
  }

  public DatabaseConfig database() {
    return database;
  }

  public String user() {
    return user;
  }

  String workspace() {
    return workspace;
  }

  public String listenerGroup() {
    return listenerGroup;
  }

  String address() {
    return address;
  }

  /** The pool for it on a host; null for the endpoint of a plain database. */
  Pool pool(Directory directory, HostConfig host) {
    if (generation != directory.generation()) {
      generation = directory.generation();
      pools.clear();
    }
    String key = host == null ? "" : host.name();
    Pool pool = pools.get(key);
    if (pool == null || pool.retired() || (host != null && !isAt(pool, host))) {
      pool = directory.pool(database, user, host, proof);
      pools.put(key, pool);
    }
    return pool;
  }

  private static boolean isAt(Pool pool, HostConfig host) {
    Endpoint at = pool.endpoint();
    return at.port() == host.port()
        && at.host().equals(host.host())
        && at.dbname().equals(host.dbname());
  }
}
