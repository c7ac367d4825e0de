package dev.trunkline.proxy.config;

import java.time.Duration;

/**
 * How long a client may wait, work and be silent. Zero is for ever; in an entry of {@code users}
 * null is where the file is silent.
 *
 * @param query for one query: {@code query_timeout}
 * @param queryWait for a server connection: {@code query_wait_timeout}
 * @param idleTransaction of silence in a transaction: {@code idle_transaction_timeout}
 * @param transaction for one transaction: {@code transaction_timeout}
 * @param clientIdle of silence outside: {@code client_idle_timeout}
 */
public record Timeouts(
    Duration query,
    Duration queryWait,
    Duration idleTransaction,
    Duration transaction,
    Duration clientIdle) {
  /** An entry that says nothing. */
  static final Timeouts NOT_SET = new Timeouts(null, null, null, null, null);

  /**
   * Those of a client, with PgBouncer's precedence: user over database over process. Where the
   * database has a forced user, that one's entry counts for the work on the server, the client's
   * own for its waiting and its silence.
   */
  public static Timeouts of(ProxyConfig config, DatabaseConfig database, String clientUser) {
    Settings all = config.settings();
    Timeouts client = of(config, clientUser);
    Timeouts role = of(config, database.role(clientUser));
    return new Timeouts(
        first(role.query, all.get(Keys.QUERY_TIMEOUT)),
        first(
            client.queryWait, first(database.queryWaitTimeout(), all.get(Keys.QUERY_WAIT_TIMEOUT))),
        first(role.idleTransaction, all.get(Keys.IDLE_TRANSACTION_TIMEOUT)),
        first(role.transaction, all.get(Keys.TRANSACTION_TIMEOUT)),
        first(client.clientIdle, all.get(Keys.CLIENT_IDLE_TIMEOUT)));
  }

  private static Timeouts of(ProxyConfig config, String user) {
    UserConfig entry = config.users().get(user);
    return entry == null ? NOT_SET : entry.timeouts();
  }

  private static Duration first(Duration own, Duration otherwise) {
    return own == null ? otherwise : own;
  }
}
