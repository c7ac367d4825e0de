package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
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

  final ReentrantLock lock = new ReentrantLock();
  final IdleServers idle = new IdleServers();
  final WaitQueue waiters = new WaitQueue();

  /** Those who wait for a connection of their own. */
  final WaitQueue dedicated = new WaitQueue();

  /** Connections that are one client's for as long as they live. */
  final Set<ServerConnection> held = new HashSet<>();

  final Outage outage = new Outage();
  final Slots slots;
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

  PoolState(PoolSpec spec) {
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
    if (paused) {
      return Upkeep.PAUSED;
    }
    if (!slots.all().contains(server)) {
      return "unknown to its pool";
    }
    return slots.lifetimeOver(server, used, options, now) ? "server lifetime over" : null;
  }

  /**
   * Whether none of its connections is in anybody's hands, but for those that are not shared: who
   * streams changes has no transaction to wait for. Under the lock.
   */
  boolean unleased() {
    return slots.all().size() - held.size() == idle.size();
  }

  /** Whether a client that wants a connection of its own has waited longest. Under the lock. */
  boolean makesRoom() {
    Waiter first = dedicated.first();
    return first != null
        && options.size() > 0
        && slots.total() >= options.size()
        && (waiters.first() == null || first.sinceNanos - waiters.first().sinceNanos < 0);
  }

  /** min_pool_size, and one attempt a second while the server is down. Under the lock. */
  int planUpkeep(long now) {
    if (paused || retired) {
      return 0;
    }
    if (!outage.lasts()) {
      return slots.planAhead(options, now);
    }
    boolean wanted = now - lastUsed < WATCHED_NANOS;
    return wanted && outage.retryDue(options, now) ? slots.planProbe(now) : 0;
  }
}
