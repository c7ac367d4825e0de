package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import java.util.List;

/**
 * The connections of a pool that are opened for one client each and close with it: replication.
 * They count in the pool's size and in all other bounds, and idle connections make room for them,
 * as in PgBouncer. Their failures are their clients' own: a server that refuses replication is not
 * down.
 */
public final class Dedicated {
  static final String MAKING_ROOM = "evicted";

  private final Pool pool;
  private final Pools pools;
  private final PoolState state;

  Dedicated(Pool pool, Pools pools, PoolState state) {
    this.pool = pool;
    this.pools = pools;
    this.state = state;
  }

  /** Opens a connection for that client as soon as there is room. On the client's loop. */
  public void open(DedicatedWaiter waiter) {
    ErrorFields refused;
    boolean gone;
    state.lock.lock();
    try {
      refused = state.retired ? state.refusal : null;
      gone = state.retired && refused == null;
      waiter.moving = gone;
      if (!state.retired) {
        state.dedicated.add(waiter, pool, System.nanoTime());
        state.lastUsed = waiter.sinceNanos;
      }
    } finally {
      state.lock.unlock();
    }
    if (refused != null) {
      waiter.refused(refused);
    } else if (gone) {
      Delivery.move(List.of(waiter));
    } else {
      pump();
    }
  }

  /** The client does not wait any more; a connection on its way to it comes nevertheless. */
  public void cancel(DedicatedWaiter waiter) {
    state.lock.lock();
    try {
      if (waiter.queuedIn == pool) {
        state.dedicated.remove(waiter);
      }
    } finally {
      state.lock.unlock();
    }
  }

  /** There may be room now, or a PAUSE has ended. */
  void pump() {
    Step step = next();
    while (step.waiter != null) {
      connect(step.waiter);
      step = next();
    }
    if (step.spent != null) {
      pools.planned(pool, step.spent, /* reserveTaken= */ false);
    } else if (step.crowded) {
      pool.upkeep().evictOldest();
    }
  }

  /**
   * What can be done now.
   *
   * @param waiter the client to connect for, null for none
   * @param crowded whether the pool is full and somebody waits
   * @param spent the bound that is used up, if it is another one
   */
  private record Step(DedicatedWaiter waiter, boolean crowded, Budget spent) {
    static final Step NONE = new Step(null, false, null);
  }

  private Step next() {
    state.lock.lock();
    try {
      Waiter first = state.dedicated.first();
      if (first == null || state.paused || state.retired) {
        return Step.NONE;
      }
      if (!state.slots.takeOne(state.options, System.nanoTime())) {
        return new Step(null, true, state.slots.takeSpent());
      }
      state.dedicated.remove(first);
      return new Step((DedicatedWaiter) first, false, null);
    } finally {
      state.lock.unlock();
    }
  }

  private void connect(DedicatedWaiter waiter) {
    Connector.Target target = pool.opening().target(waiter.startup());
    pools.connector().open(waiter.loop(), target, new Opened(waiter));
  }

  private final class Opened implements Connector.Callback {
    private final DedicatedWaiter waiter;

    Opened(DedicatedWaiter waiter) {
      this.waiter = waiter;
    }

    @Override
    public void connected(ServerConnection server) {
      server.home(new Idle(pool, server));
      state.lock.lock();
      try {
        state.slots.opened(server);
        state.held.add(server);
      } finally {
        state.lock.unlock();
      }
      pools.events().connected(pool, server);
      waiter.granted(Delivery.leased(server, waiter));
      if (pool.retired()) {
        server.close(Upkeep.CHANGED);
      }
    }

    @Override
    public void failed(ConnectFailure cause) {
      state.lock.lock();
      try {
        state.slots.openFailed();
      } finally {
        state.lock.unlock();
      }
      pool.giveBudgetsBack();
      pools.events().connectFailed(pool, cause);
      pools.ended(pool);
      waiter.refused(cause.error());
      pump();
    }
  }
}
