package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/** What one pool knows, and the lock that all of it is under. */
final class PoolState {
  /** How long after its last use a pool still looks whether its server is back. */
  private static final long WATCHED_NANOS = 600_000_000_000L;

  private static final String LIFETIME_OVER = "server lifetime over";

  final ReentrantLock lock = new ReentrantLock();
  final IdleServers idle = new IdleServers();
  final WaitQueue waiters = new WaitQueue();

  /** Those who wait for a connection of their own. */
  final WaitQueue dedicated = new WaitQueue();

  /** Connections that are one client's for as long as they live. */
  final Set<ServerConnection> held = new HashSet<>();

  final Outage outage = new Outage();
  final Slots slots;
  private final Connector connector;
  PoolOptions options;
  Credential credential;
  long credentialSeen = Long.MIN_VALUE;
  Map<String, String> startup;
  String connectQuery;
  HostTurn turn;
  int generation;
  boolean paused;

  /** What clients of a retired pool are told; null when there is another pool for them. */
  ErrorFields refusal;

  long lastUsed = System.nanoTime();

  /** Written under the lock, read without. */
  volatile boolean retired;

  PoolState(PoolSpec spec, Connector connector) {
    this.connector = connector;
    slots = new Slots(spec.budgets());
    options = spec.options();
    credential = spec.credential();
    startup = spec.startup();
    connectQuery = spec.connectQuery();
    turn = new HostTurn(spec.endpoint(), spec.order());
  }

  /** Why a connection that is free has to go, or null. Under the lock. */
  String closeReason(ServerConnection server, boolean used, long now) {
    if (retired || server.generation() != generation) {
      return Upkeep.CHANGED;
    }
    if (!connector.current(server)) {
      return "server address changed";
    }
    if (paused) {
      return Upkeep.PAUSED;
    }
    if (!slots.all().contains(server)) {
      return "unknown to its pool";
    }
    return slots.lifetimeOver(server, used, options, now) ? LIFETIME_OVER : null;
  }

  /** Whether a connection is to be closed as soon as it is free. Under the lock. */
  boolean outdated(ServerConnection server) {
    return retired || server.generation() != generation || !connector.current(server);
  }

  /** A free connection goes for that reason. Under the lock. */
  void goes(String reason, long now) {
    if (reason.equals(LIFETIME_OVER)) {
      slots.lifetimeEnded(now);
    }
  }

  /** Whether a client that wants a connection of its own has waited longest. Under the lock. */
  boolean makesRoom() {
    Waiter first = dedicated.first();
    return first != null
        && options.size() > 0
        && slots.total() >= options.size()
        && (waiters.first() == null || first.sinceNanos - waiters.first().sinceNanos < 0);
  }

  /** Whether nobody has used the pool for long enough to drop it. Under the lock. */
  boolean forgotten(long now) {
    return options.forgetNanos() > 0
        && now - lastUsed > options.forgetNanos()
        && waiters.first() == null
        && dedicated.first() == null
        && slots.opening() == 0
        && slots.all().isEmpty()
        && !paused;
  }

  /**
   * How many to open that nobody waits for: for {@code min_pool_size}, to be warm, and one attempt
   * a second while the server is down. Under the lock.
   */
  int planUpkeep(boolean minimum, long now) {
    if (paused || retired) {
      return 0;
    }
    if (!outage.lasts()) {
      return slots.planAhead(minimum, options, now);
    }
    boolean wanted = now - lastUsed < WATCHED_NANOS;
    return wanted && outage.retryDue(options, now) ? slots.planProbe(now) : 0;
  }
}
