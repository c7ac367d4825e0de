package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.ServerConnection;
import io.netty.channel.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Opens a pool's connections, and says what becomes of those who wait for them. */
final class Opening {
  private final Pool pool;
  private final Pools pools;
  private final PoolState state;

  Opening(Pool pool, Pools pools, PoolState state) {
    this.pool = pool;
    this.pools = pools;
    this.state = state;
  }

  /** How many connections to open now for those who wait. Under the lock. */
  int plan(long now) {
    if (state.paused || state.retired) {
      return 0;
    }
    check(now);
    int tested = state.idle.tested(now);
    int planned = state.slots.planForWaiters(state.waiters, tested, state.options, now);
    pools.planned(pool, state.slots.takeSpent(), state.slots.takeReserveTaken());
    return planned;
  }

  /**
   * Has idle connections that have lain for too long checked for those who wait. Under the lock.
   */
  void check(long now) {
    int wanted = state.waiters.size() - state.slots.opening() - state.idle.tested(now);
    for (int i = 0; i < wanted; i++) {
      EventLoop loop = state.waiters.first().loop();
      ServerConnection stale = state.idle.takeStale(loop, state.options, now);
      if (stale == null) {
        return;
      }
      String query = state.options.checkQuery();
      stale.loop().execute(() -> Chore.check(stale, pool, query));
    }
  }

  void open(EventLoop loop, int count) {
    for (int i = 0; i < count; i++) {
      Connector.Target target = target(Map.of());
      pools.connector().open(loop, target, new Opened(loop, target.endpoint()));
    }
  }

  /**
   * What the next connection is.
   *
   * @param more startup parameters of the client it is for
   */
  Connector.Target target(Map<String, String> more) {
    Map<String, String> startup = new LinkedHashMap<>(more);
    state.lock.lock();
    try {
      state.startup.forEach(startup::putIfAbsent);
      return new Connector.Target(
          state.turn.take(),
          pool.key().user(),
          state.credential,
          startup,
          state.connectQuery,
          pool,
          state.generation);
    } finally {
      state.lock.unlock();
    }
  }

  private final class Opened implements Connector.Callback {
    private final EventLoop loop;
    private final Endpoint tried;

    Opened(EventLoop loop, Endpoint tried) {
      this.loop = loop;
      this.tried = tried;
    }

    @Override
    public void connected(ServerConnection server) {
      server.home(new Idle(pool, server));
      String first;
      state.lock.lock();
      try {
        first = state.slots.opened(server);
        state.outage.over();
        state.turn.worked();
      } finally {
        state.lock.unlock();
      }
      pools.events().connected(pool, server);
      if (first == null) {
        pool.release(server);
      } else {
        pool.warmUp(server, first);
      }
    }

    @Override
    public void failed(ConnectFailure cause) {
      openFailed(loop, tried, cause);
    }
  }

  private void openFailed(EventLoop loop, Endpoint tried, ConnectFailure cause) {
    List<Waiter> failed = List.of();
    boolean others;
    // What nobody waits for is tried time and again, and told once.
    boolean tell;
    state.lock.lock();
    try {
      state.slots.openFailed();
      others = state.turn.failed(tried);
      tell = state.waiters.first() != null || !state.outage.lasts();
      if (!others) {
        tell |= state.outage.began(cause, System.nanoTime());
        failed = hopeless(cause);
      }
    } finally {
      state.lock.unlock();
    }
    pool.giveBudgetsBack();
    if (tell) {
      pools.events().connectFailed(pool, cause);
    }
    pools.ended(pool);
    Delivery.refuse(failed, cause.error());
    pool.serveIdle();
    if (others) {
      pump(loop);
    }
  }

  /** No server of the pool can be had: who is told so. Under the lock. */
  private List<Waiter> hopeless(ConnectFailure cause) {
    boolean wait = cause.answered() && cause.passing();
    return state.slots.all().isEmpty() && !wait ? state.waiters.drain() : List.of();
  }

  /** Opens connections for those who wait, if there is room now. */
  void pump(EventLoop loop) {
    int open;
    EventLoop on = loop;
    state.lock.lock();
    try {
      long now = System.nanoTime();
      open = state.outage.fresh(now) ? 0 : plan(now);
      if (state.waiters.first() != null) {
        on = state.waiters.first().loop();
      }
    } finally {
      state.lock.unlock();
    }
    open(on, open);
    pool.dedicated().pump();
  }
}
