package dev.trunkline.proxy.config;

/**
 * One entry of {@code users}. Numbers are -1 and references null where the file is silent.
 *
 * @param name role name
 * @param secret plain text, {@code md5…} or {@code SCRAM-SHA-256$…}; null never matches
 * @param poolMode overrides the database's and the global mode, or null
 * @param poolSize server connections per pool, or -1
 * @param reservePoolSize additional connections per pool, or -1
 * @param maxUserConnections server connections over all pools of this user, or -1
 * @param maxUserClientConnections client connections of this user, or -1
 * @param timeouts null each where the file is silent
 * @param maySetShard whether {@code trunkline.shard} is allowed
 */
public record UserConfig(
    String name,
    String secret,
    PoolMode poolMode,
    int poolSize,
    int reservePoolSize,
    int maxUserConnections,
    int maxUserClientConnections,
    Timeouts timeouts,
    boolean maySetShard) {
  UserConfig withSecret(String known) {
    return new UserConfig(
        name,
        known,
        poolMode,
        poolSize,
        reservePoolSize,
        maxUserConnections,
        maxUserClientConnections,
        timeouts,
        maySetShard);
  }
}
