package dev.trunkline.proxy.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One entry of {@code databases}: what a client names in its connection string. Either sharded
 * (routed by workspace over the hosts of the groups) or plain (one endpoint, as in PgBouncer).
 * Numbers are -1 and strings null where the file is silent and the global setting counts.
 *
 * @param name the client-visible name; "*" is the fallback entry
 * @param sharded whether transactions are routed by workspace
 * @param host endpoint of a plain database: DNS name or address, several with commas between, or
 *     the directory of a unix socket; null when sharded
 * @param hostOrder which of several hosts is connected to
 * @param port TCP port of a plain database
 * @param dbname database on the server of a plain database; the name itself when not given, null
 *     for "*" without one: the name the client gave
 * @param user forced server user, or null to log in as the client's user
 * @param password password of the forced user
 * @param poolMode overrides the global mode, or null
 * @param poolSize server connections per pool, or -1
 * @param minPoolSize connections kept open per pool, or -1
 * @param reservePoolSize additional connections after {@code reserve_pool_timeout}, or -1
 * @param maxDbConnections server connections over all pools of this database, or -1
 * @param maxDbClientConnections clients of this database, or -1
 * @param connectQuery sent once on each new server connection, or null
 * @param startup parameters that server connections begin with
 * @param serverLifetime overrides the global setting, or null
 * @param queryWaitTimeout overrides the global setting, or null
 * @param searchPath schemas after the workspace's own, sharded only
 * @param workspaceSetting server setting that carries the workspace id (for row-level security), or
 *     null; sharded only
 * @param lookup where the secrets of users come from that are not configured
 */
public record DatabaseConfig(
    String name,
    boolean sharded,
    String host,
    HostOrder hostOrder,
    int port,
    String dbname,
    String user,
    String password,
    PoolMode poolMode,
    int poolSize,
    int minPoolSize,
    int reservePoolSize,
    int maxDbConnections,
    int maxDbClientConnections,
    String connectQuery,
    Map<String, String> startup,
    Duration serverLifetime,
    Duration queryWaitTimeout,
    List<String> searchPath,
    String workspaceSetting,
    Lookup lookup) {
  /**
   * How the secrets of its users are looked up, as far as it differs from the global settings.
   *
   * @param authUser role that asks, or null
   * @param authQuery the question, or null
   * @param authDbname database that is asked, or null
   */
  public record Lookup(String authUser, String authQuery, String authDbname) {}

  public DatabaseConfig {
    searchPath = List.copyOf(searchPath);
    startup = Map.copyOf(startup);
  }

  /** Whom its server connections log in as for that client. */
  public String role(String clientUser) {
    return user != null ? user : clientUser;
  }

  /** Whether it has several servers. */
  public boolean hostList() {
    return host != null && host.indexOf(',') >= 0;
  }

  /** The fallback entry as the entry of one name: the database of that name unless it has one. */
  public DatabaseConfig named(String database) {
    return new DatabaseConfig(
        database,
        sharded,
        host,
        hostOrder,
        port,
        dbname == null ? database : dbname,
        user,
        password,
        poolMode,
        poolSize,
        minPoolSize,
        reservePoolSize,
        maxDbConnections,
        maxDbClientConnections,
        connectQuery,
        startup,
        serverLifetime,
        queryWaitTimeout,
        searchPath,
        workspaceSetting,
        lookup);
  }
}
