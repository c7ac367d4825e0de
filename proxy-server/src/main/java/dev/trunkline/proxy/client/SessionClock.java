package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.config.Timeouts;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import java.time.Duration;

/** When a session's query and transaction began, for its timeouts and the statistics. */
final class SessionClock {
  private final ClientSession session;

  // nanoTime; 0 = none.
  private long queryBegan;
  private long transactionBegan;
  private long lastActive = System.nanoTime();

  private ProxyConfig config;
  private Timeouts timeouts;

  SessionClock(ClientSession session) {
    this.session = session;
  }

  /** What the configuration of now grants this client. */
  Timeouts timeouts() {
    ProxyConfig now = session.services.config();
    if (config != now) {
      config = now;
      timeouts = Timeouts.of(now, session.identity.database(), session.identity.user());
    }
    return timeouts;
  }

  /** The client, or its server, has said something. */
  void active(long now) {
    lastActive = now;
  }

  void start() {
    if (queryBegan == 0) {
      queryBegan = System.nanoTime();
      if (transactionBegan == 0) {
        transactionBegan = queryBegan;
      }
    }
  }

  void countQuery(long now, byte status) {
    Counters counters = session.relay.counters();
    if (queryBegan != 0) {
      long micros = (now - queryBegan) / 1_000;
      counters.queryMicros += micros;
      counters.query.record(micros);
      queryBegan = session.relay.server().ledger().isEmpty() ? 0 : now;
    }
    if (status == 'I' && transactionBegan != 0) {
      long micros = (now - transactionBegan) / 1_000;
      counters.transactions++;
      counters.transactionMicros += micros;
      counters.transaction.record(micros);
      transactionBegan = queryBegan;
      session.activity.transaction();
    }
  }

  void countQuery() {
    if (session.leases.chance().counts()) {
      session.relay.counters().queries++;
      session.activity.query();
    }
  }

  void reset() {
    queryBegan = 0;
    transactionBegan = 0;
  }

  void tick(long now) {
    Settings settings = session.services.config().settings();
    Timeouts limits = timeouts();
    ErrorFields removal = session.services.directory().removal(session.identity.database());
    if (removal != null) {
      session.fatal(removal);
      return;
    }
    session.leases.gate().endWait(now, settings.get(Keys.GATE_WAIT_TIMEOUT));
    if (!session.relay.leased()) {
      session.leases.waiting().notifyClient(now, settings.get(Keys.QUERY_WAIT_NOTIFY));
      if (session.intake.hold() == Hold.NONE && over(now, lastActive, limits.clientIdle())) {
        session.fatal(ErrorFields.fatal("57P05", "client_idle_timeout"));
      } else if (session.intake.hold() == Hold.SERVER
          && over(now, session.leases.waitingSinceNanos(), limits.query())) {
        session.fatal(ErrorFields.fatal("57014", "query_timeout"));
      }
      return;
    }
    boolean idle = session.relay.quiet();
    if (idle && settings.get(Keys.SERVER_FAST_CLOSE) && leaseOutdated()) {
      session.fatal(
          ErrorFields.fatal("57P01", "database configuration changed")
              .withDetail("The server connection is to be closed, and server_fast_close is on.")
              .withHint("Connect again."));
    } else if (!idle && queryBegan != 0 && over(now, queryBegan, limits.query())) {
      session.fatal(ErrorFields.fatal("57014", "query timeout"));
    } else if (transactionBegan != 0 && over(now, transactionBegan, limits.transaction())) {
      session.fatal(ErrorFields.fatal("25P04", "transaction timeout"));
    } else if (idle
        && session.relay.server().transactionStatus() != 'I'
        && over(now, lastActive, limits.idleTransaction())) {
      session.fatal(ErrorFields.fatal("25P03", "idle transaction timeout"));
    }
  }

  /** Whether a session-mode lease stands in the way of RECONNECT or RELOAD. */
  private boolean leaseOutdated() {
    ServerConnection server = session.relay.server();
    return session.sessionMode()
        && server.transactionStatus() == 'I'
        && session.relay.pool().outdated(server);
  }

  static boolean over(long now, long since, Duration limit) {
    return !limit.isZero() && now - since > limit.toNanos();
  }
}
