package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What happens to a pool beside its clients: time, operators, RELOAD, and neighbours in need. */
final class Upkeep {
  static final String PAUSED = "pause mode";
  static final String CHANGED = "database configuration changed";

  /**
   * Idle connections of a pool whose clients go elsewhere are closed that far apart, and all within
   * that: so many ends of sessions at once are felt by clients whose new home is on the same
   * machine.
   */
  private static final long GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long SPREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Pool pool;
  private final PoolState state;

  Upkeep(Pool pool, PoolState state) {
    this.pool = pool;
    this.state = state;
  }

  /**
   * Every quarter of a second, from any one thread.
   *
   * @param minimum whether to open connections for {@code min_pool_size}
   */
  void tick(EventLoop anyLoop, boolean minimum) {
    long now = System.nanoTime();
    List<Waiter> late;
    List<ServerConnection> expired;
    Map<ServerConnection, String> closing = new HashMap<>();
    int extra;
    state.lock.lock();
    try {
      late = state.waiters.takeLate(now);
      late.addAll(state.dedicated.takeLate(now));
      int surplus = state.slots.all().size() - state.options.minSize();
      expired = state.idle.takeExpired(state.options, surplus, now);
      for (ServerConnection server : state.idle.all()) {
        String reason = state.closeReason(server, false, now);
        if (reason != null) {
          state.goes(reason, now);
          state.idle.remove(server);
          closing.put(server, reason);
        }
      }
      extra = state.planUpkeep(minimum, now);
    } finally {
      state.lock.unlock();
    }
    Delivery.refuse(late, PoolErrors.waitTimeout());
    expired.forEach(server -> server.close("server idle timeout"));
    closing.forEach(ServerConnection::close);
    pool.opening().open(anyLoop, extra);
    pool.serveIdle();
    pool.opening().pump(anyLoop);
  }

  /** Whether nobody has used it for its {@link PoolOptions#forgetNanos}. */
  boolean forgotten(long now) {
    state.lock.lock();
    try {
      return state.forgotten(now);
    } finally {
      state.lock.unlock();
    }
  }

  /** Whether it was forgotten with its database, one of the {@code *} entry. */
  boolean databaseForgotten(long now) {
    state.lock.lock();
    try {
      return state.options.automatic() && state.forgotten(now);
    } finally {
      state.lock.unlock();
    }
  }

  // ---- operations ----

  /** No new leases; idle connections go. */
  void pause() {
    state.lock.lock();
    try {
      state.paused = true;
    } finally {
      state.lock.unlock();
    }
    closeIdle(PAUSED);
  }

  void resume(EventLoop loop) {
    state.lock.lock();
    try {
      state.paused = false;
    } finally {
      state.lock.unlock();
    }
    pool.opening().pump(loop);
  }

  /** Closes the connections that no client holds now. */
  void closeIdle(String reason) {
    takeIdle().forEach(server -> server.close(reason));
  }

  /** Connections opened before now are closed when they are released: RECONNECT. */
  void reconnect() {
    state.lock.lock();
    try {
      state.generation++;
    } finally {
      state.lock.unlock();
    }
    closeIdle(CHANGED);
  }

  /** Closes them one after the other, unless others need their places. */
  private void letIdleGo() {
    List<ServerConnection> closing = takeIdle();
    boolean room = pool.budgets().stream().allMatch(budget -> budget.hasRoom(closing.size()));
    long gap = !room ? 0 : Math.min(GAP_NANOS, SPREAD_NANOS / Math.max(1, closing.size()));
    for (int i = 0; i < closing.size(); i++) {
      ServerConnection server = closing.get(i);
      server.loop().schedule(() -> server.close(CHANGED), i * gap, TimeUnit.NANOSECONDS);
    }
  }

  /** Those that no client holds now; nobody gets them any more. */
  private List<ServerConnection> takeIdle() {
    state.lock.lock();
    try {
      return state.idle.drain();
    } finally {
      state.lock.unlock();
    }
  }

  /** Opens connections ahead of clients, spread over the loops; see {@link Pools#warm}. */
  void warm(int connections, String query, EventLoopGroup loops) {
    int open;
    state.lock.lock();
    try {
      state.slots.warm(connections, query, state.options);
      open = state.planUpkeep(false, System.nanoTime());
    } finally {
      state.lock.unlock();
    }
    for (int i = 0; i < open; i++) {
      pool.opening().open(loops.next(), 1);
    }
  }

  /**
   * The pool is not to be used any more: its waiters go, its connections as soon as they are free.
   *
   * @param because what clients are told; null when there is another pool for them, which they ask
   */
  void retire(ErrorFields because) {
    List<Waiter> leaving;
    List<ServerConnection> held;
    state.lock.lock();
    try {
      state.retired = true;
      state.refusal = because;
      leaving = state.waiters.drain();
      leaving.addAll(state.dedicated.drain());
      held = List.copyOf(state.held);
      leaving.forEach(waiter -> waiter.moving = because == null);
    } finally {
      state.lock.unlock();
    }
    if (because == null) {
      letIdleGo();
    } else {
      closeIdle(CHANGED);
    }
    // They would stream for ever from where nothing is written any more.
    held.forEach(server -> server.close(CHANGED));
    sendAway(leaving);
  }

  void sendAway(List<Waiter> leaving) {
    if (state.refusal != null) {
      Delivery.refuse(leaving, state.refusal);
    } else {
      Delivery.move(leaving);
    }
  }

  /** New sizes and credentials after RELOAD; endpoints never change in a pool. */
  void update(PoolSpec spec) {
    boolean changed;
    state.lock.lock();
    try {
      // What a client's login has proved stays good when the configuration has nothing better.
      Credential next =
          spec.credential() instanceof Credential.None ? state.credential : spec.credential();
      changed =
          !Objects.equals(state.connectQuery, spec.connectQuery())
              || !state.startup.equals(spec.startup())
              || state.turn.order() != spec.order()
              || !state.credential.equals(next);
      state.options = spec.options();
      state.credential = next;
      state.startup = spec.startup();
      state.connectQuery = spec.connectQuery();
      if (state.turn.order() != spec.order()) {
        state.turn = new HostTurn(spec.endpoint(), spec.order());
      }
    } finally {
      state.lock.unlock();
    }
    if (changed) {
      reconnect();
    }
  }

  /**
   * A client has logged in: new connections use what it has proved, as the password may have been
   * changed. Those that are open stay good.
   *
   * @param seen when it logged in; what was proved later counts
   */
  void proved(Credential newest, long seen) {
    state.lock.lock();
    try {
      if (newest instanceof Credential.None || seen < state.credentialSeen) {
        return;
      }
      state.credentialSeen = seen;
      if (!newest.equals(state.credential)) {
        state.credential = newest;
        state.outage.over();
      }
    } finally {
      state.lock.unlock();
    }
  }

  /** Since when its longest idle connection is free; null when it has none to spare. */
  Long idleSince() {
    state.lock.lock();
    try {
      boolean spare = state.idle.size() > 0 && state.waiters.first() == null;
      return spare ? state.idle.oldest().freeSinceNanos() : null;
    } finally {
      state.lock.unlock();
    }
  }

  /** Closes its longest idle connection to make room within a budget; whether there was one. */
  boolean evictOldest() {
    ServerConnection oldest;
    state.lock.lock();
    try {
      oldest = state.waiters.first() == null ? state.idle.oldest() : null;
      state.idle.remove(oldest);
    } finally {
      state.lock.unlock();
    }
    if (oldest != null) {
      oldest.close("evicted");
    }
    return oldest != null;
  }
}
