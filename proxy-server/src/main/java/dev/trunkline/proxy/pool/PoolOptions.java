package dev.trunkline.proxy.pool;

/**
 * How one pool behaves, worked out from the settings of its user, database, group and the process,
 * in that precedence. Times are in nanoseconds, 0 = off.
 *
 * @param size {@code pool_size}; 0 = unlimited
 * @param minSize {@code min_pool_size}
 * @param reserve {@code reserve_pool_size}
 * @param reserveAfterNanos {@code reserve_pool_timeout}
 * @param lifetimeNanos {@code server_lifetime}
 * @param idleNanos {@code server_idle_timeout}
 * @param checkDelayNanos {@code server_check_delay}
 * @param checkQuery {@code server_check_query}; "" = no check
 * @param resetQuery {@code server_reset_query}; "" = none
 * @param loginRetryNanos {@code server_login_retry}
 * @param parallelLogins {@code trunkline.server_logins_per_pool}
 * @param roundRobin {@code server_round_robin}: oldest idle connection first
 * @param forgetNanos unused for that long the pool is dropped: {@code pool_idle_timeout}, or {@code
 *     autodb_idle_timeout} for a database of the {@code *} entry
 * @param automatic whether its database is one of the {@code *} entry, which is forgotten with it
 */
public record PoolOptions(
    int size,
    int minSize,
    int reserve,
    long reserveAfterNanos,
    long lifetimeNanos,
    long idleNanos,
    long checkDelayNanos,
    String checkQuery,
    String resetQuery,
    long loginRetryNanos,
    int parallelLogins,
    boolean roundRobin,
    long forgetNanos,
    boolean automatic) {}
