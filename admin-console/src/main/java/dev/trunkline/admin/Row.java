package dev.trunkline.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The rows an {@link Inspector} hands out, one record per view. Components bear the names of the
 * columns they fill (the declarations in the views say which), so they are explained there where
 * PgBouncer's manual does not. Counts and sizes are plain numbers, null strings print as NULL.
 */
public sealed interface Row {
  /** One pool; {@code maxWait} is the age of its oldest waiter. */
  record PoolRow(
      String database,
      String user,
      int clActive,
      int clWaiting,
      int clActiveCancelReq,
      int clWaitingCancelReq,
      int svActive,
      int svActiveCancel,
      int svBeingCanceled,
      int svIdle,
      int svUsed,
      int svTested,
      int svLogin,
      Duration maxWait,
      String poolMode,
      String loadBalanceHosts)
      implements Row {}

  /**
   * What client and server connections have in common.
   *
   * @param replication none, logical or physical
   * @param addr address of the other end, {@code unix} for a unix socket
   * @param requestTime start of the last request, null before the first
   * @param waited how long the current request waits or has waited
   * @param ptr a number that identifies the connection, printed as {@code 0x…}
   * @param link {@code ptr} of the connection it is linked to, 0 for none
   * @param remotePid process id of the other end, 0 if unknown
   * @param tls protocol and cipher, "" without TLS
   * @param id a number for KILL_CLIENT
   * @param unsent bytes that wait for the other end to read
   */
  record ConnectionRow(
      String user,
      String database,
      String replication,
      String state,
      String addr,
      int port,
      String localAddr,
      int localPort,
      Instant connectTime,
      Instant requestTime,
      Duration waited,
      boolean closeNeeded,
      long ptr,
      long link,
      int remotePid,
      String tls,
      String applicationName,
      int preparedStatements,
      long id,
      long unsent)
      implements Row {}

  /**
   * One client.
   *
   * @param workspace the workspace of its session or last transaction, null before the first
   * @param group the proxy group it came in through, null for the common listener
   */
  record ClientRow(ConnectionRow connection, String workspace, String group) implements Row {}

  /**
   * One server connection.
   *
   * @param schema the logical shard it is set to, null for none
   * @param host name of the physical host
   * @param pin why the lease outlives its transaction, "" if it does not
   */
  record ServerRow(ConnectionRow connection, String schema, String host, String pin)
      implements Row {}

  /**
   * One database.
   *
   * @param forceUser null without a forced user
   * @param serverLifetime seconds
   * @param poolMode null where the default holds
   * @param loadBalanceHosts null unless {@code host} is a list
   */
  record DatabaseRow(
      String name,
      String host,
      int port,
      String database,
      String forceUser,
      int poolSize,
      int minPoolSize,
      int reservePoolSize,
      long serverLifetime,
      String poolMode,
      String loadBalanceHosts,
      int maxConnections,
      int currentConnections,
      int maxClientConnections,
      int currentClientConnections,
      boolean paused,
      boolean disabled)
      implements Row {}

  /**
   * One user.
   *
   * @param poolSize null where the default holds
   * @param reservePoolSize null where the default holds
   * @param poolMode null where the default holds
   */
  record UserRow(
      String name,
      Integer poolSize,
      Integer reservePoolSize,
      String poolMode,
      int maxUserConnections,
      int currentConnections,
      int maxUserClientConnections,
      int currentClientConnections)
      implements Row {}

  /**
   * The counters of one database.
   *
   * @param total since the start
   * @param average per second over the last {@code stats_period}; times per transaction, query or
   *     server assignment
   */
  record StatsRow(String database, Counters total, Counters average) implements Row {}

  /** One set of counters; times in microseconds, received from clients, sent by servers. */
  record Counters(
      long serverAssignmentCount,
      long xactCount,
      long queryCount,
      long bytesReceived,
      long bytesSent,
      long xactTime,
      long queryTime,
      long waitTime,
      long clientParseCount,
      long serverParseCount,
      long bindCount,
      long clientLoginCount) {}

  /** One line of SHOW LISTS. */
  record ListRow(String list, long items) implements Row {}

  /**
   * A name that servers were looked up by.
   *
   * @param seconds for which its addresses are believed
   * @param addresses with commas between, "" for none
   */
  record DnsHostRow(String name, long seconds, String addresses) implements Row {}

  /** One setting; value and default are null where PgBouncer prints NULL. */
  record ConfigRow(String key, String value, String defaultValue, boolean changeable)
      implements Row {}

  /** One kind of memory: bytes of one item, items in use, items free, bytes altogether. */
  record MemRow(String name, long size, long used, long free, long memtotal) implements Row {}

  /**
   * One physical host.
   *
   * @param host DNS name or address
   * @param state {@code up}, {@code down} or another word the proxy has for it
   * @param maxConnections 0 = unlimited
   * @param lastError the newest reason a connection failed, null if none did
   */
  record HostRow(
      String name,
      String group,
      String region,
      String host,
      int port,
      String database,
      String state,
      int maxConnections,
      int currentConnections,
      int svActive,
      int svIdle,
      int clWaiting,
      String lastError)
      implements Row {}

  /**
   * One proxy group.
   *
   * @param listen {@code address:port} of its own listener, null without one
   * @param served whether this process serves it
   * @param maxClientConn 0 = only the limit of the process
   * @param maxConnections 0 = unlimited
   */
  record GroupRow(
      String name,
      List<String> hosts,
      String listen,
      boolean served,
      int clConnections,
      int maxClientConn,
      int currentConnections,
      int maxConnections,
      int clWaiting)
      implements Row {
    public GroupRow {
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * One logical shard.
   *
   * @param name the schema
   * @param workspacesCached how many of its workspaces are in the cache, null if that is not known
   */
  record ShardRow(String name, String host, String group, String region, Long workspacesCached)
      implements Row {}

  /** One fact about the shard map. */
  record MapRow(String key, String value) implements Row {}

  /**
   * Where a workspace lives.
   *
   * @param source where the answer came from: file, table, cache, …
   */
  record RouteRow(
      String workspace,
      String shard,
      String host,
      String group,
      String region,
      long mapVersion,
      String source)
      implements Row {}

  /** The traffic of one workspace through this process. */
  record WorkspaceRow(
      String workspace,
      String shard,
      String host,
      long xactCount,
      long queryCount,
      long bytesReceived,
      long bytesSent)
      implements Row {}
}
