package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.wire.ErrorFields;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server connections of one host, database and user. Shared by all event loops: one short lock,
 * under which is decided what to do; it is done after the lock is released.
 *
 * <p>A client gets an idle connection of its own loop, one that already sits on its search_path if
 * there is one, most recently used first; else one that has lain idle for too long, after a check;
 * else a new one is opened while the sizes allow; else an idle one of another loop; else it queues.
 * A freed connection goes to the client that has waited longest, or to one of about that age whose
 * loop and search_path it has: see {@link WaitQueue}.
 */
public final class Pool implements ServerConnection.Home {
  private final PoolKey key;
  private final Pools pools;
  private final Endpoint endpoint;
  private final List<Budget> budgets;
  private final Counters[] counters;
  private final Map<ServerState, AtomicInteger> states = new EnumMap<>(ServerState.class);
  private final Delivery delivery = new Delivery(this);
  private final PoolState state;
  private final Opening opening;
  private final Upkeep upkeep;
  private final Dedicated dedicated;

  Pool(PoolKey key, Pools pools, PoolSpec spec, int loops) {
    this.key = key;
    this.pools = pools;
    this.endpoint = spec.endpoint();
    this.budgets = spec.budgets();
    this.state = new PoolState(spec, pools.connector());
    this.opening = new Opening(this, pools, state);
    this.upkeep = new Upkeep(this, state);
    this.dedicated = new Dedicated(this, pools, state);
    for (ServerState state : ServerState.values()) {
      states.put(state, new AtomicInteger());
    }
    this.counters = new Counters[loops];
    for (int i = 0; i < loops; i++) {
      counters[i] = new Counters();
    }
  }

  // ---- leases ----

  /**
   * A connection for a client, at once, or null: then the waiter is told later, on its loop. Called
   * on the waiter's loop.
   */
  public ServerConnection acquire(Waiter waiter) {
    long now = System.nanoTime();
    ServerConnection mine = null;
    ServerConnection foreign = null;
    ErrorFields refused = null;
    boolean gone = false;
    int open = 0;
    state.lock.lock();
    try {
      state.lastUsed = now;
      if (state.retired) {
        refused = state.refusal;
        gone = refused == null;
        waiter.moving = gone;
      } else if (!state.paused && state.waiters.first() == null) {
        mine = state.idle.takeOf(waiter.loop(), waiter.searchPath(), state.options, now);
      }
      if (!state.retired && mine == null) {
        refused = state.outage.refusal(state.options, state.slots, now);
      }
      if (!state.retired && mine == null && refused == null) {
        state.waiters.add(waiter, this, now);
        open = opening.plan(now);
        foreign = open == 0 && !state.paused ? state.idle.takeAny(state.options, now) : null;
        if (foreign != null) {
          state.waiters.remove(waiter);
        }
      }
      if (mine != null || refused != null) {
        waiter.moving = false;
      }
    } finally {
      state.lock.unlock();
    }
    if (mine != null) {
      return Delivery.leased(mine, waiter);
    }
    if (refused != null) {
      waiter.refused(refused);
    } else if (gone) {
      Delivery.move(List.of(waiter));
    } else if (foreign != null) {
      delivery.deliver(foreign, waiter);
    }
    opening.open(waiter.loop(), open);
    return null;
  }

  /**
   * The client does not wait any more.
   *
   * @return false when a connection is already on its way to it, and has to be released on arrival
   */
  public boolean cancel(Waiter waiter) {
    state.lock.lock();
    try {
      if (waiter.queuedIn != this) {
        return false;
      }
      state.waiters.remove(waiter);
      return true;
    } finally {
      state.lock.unlock();
    }
  }

  /**
   * The client is done. On the client's loop; the connection owes nothing and is not in a
   * transaction, unless the client vanished ({@code rollback}).
   *
   * @param rollback end the transaction first
   * @param reset run the reset query whether or not something is known to be left behind
   */
  public void giveBack(ServerConnection server, boolean rollback, boolean reset) {
    if (server.loop().inEventLoop()) {
      clean(server, rollback, reset);
    } else {
      server.loop().execute(() -> clean(server, rollback, reset));
    }
  }

  private void clean(ServerConnection server, boolean rollback, boolean reset) {
    server.rest();
    if (!server.channel().isActive()) {
      // Its end may have been told to the client that does not hold it any more.
      closed(server);
    } else if (Chore.clean(server, this, rollback, reset, currentOptions().resetQuery())) {
      testing(server);
    } else {
      release(server);
    }
  }

  /** Has a new connection asked something before it is free. On its own loop. */
  void warmUp(ServerConnection server, String query) {
    testing(server);
    Chore.warmUp(server, this, query);
  }

  private void testing(ServerConnection server) {
    state.lock.lock();
    try {
      state.idle.testing(server, System.nanoTime());
    } finally {
      state.lock.unlock();
    }
  }

  /** A clean connection comes back. On its own loop. */
  void release(ServerConnection server) {
    server.rest();
    if (server.beingCanceled()) {
      server.moveTo(ServerState.BEING_CANCELED);
      return;
    }
    long now = System.nanoTime();
    server.freeSinceNanos(now);
    Waiter waiter = null;
    String close;
    state.lock.lock();
    try {
      state.idle.testEnded(server);
      close = state.closeReason(server, server.state() != ServerState.LOGIN, now);
      close = close == null && state.makesRoom() ? Dedicated.MAKING_ROOM : close;
      if (close != null) {
        state.goes(close, now);
      }
      waiter = close == null && !state.paused ? poll(server) : null;
      if (close == null && waiter == null) {
        state.idle.add(server);
      }
    } finally {
      state.lock.unlock();
    }
    if (close != null) {
      server.close(close);
      return;
    }
    boolean passedOn = waiter != null && server.state() == ServerState.ACTIVE;
    if (!passedOn && server.state() != ServerState.IDLE) {
      server.moveTo(ServerState.IDLE);
    }
    if (waiter != null) {
      delivery.deliver(server, waiter);
    }
  }

  private Waiter poll(ServerConnection server) {
    return state.waiters.poll(server.loop(), server.searchPath());
  }

  /** Those who wait for a new connection that does not come get idle ones of any loop. */
  void serveIdle() {
    while (true) {
      ServerConnection server = null;
      Waiter waiter;
      state.lock.lock();
      try {
        if (!state.paused && state.waiters.first() != null) {
          long now = System.nanoTime();
          opening.check(now);
          server = state.idle.takeAny(state.options, now);
        }
        waiter = server == null ? null : poll(server);
      } finally {
        state.lock.unlock();
      }
      if (waiter == null) {
        return;
      }
      delivery.deliver(server, waiter);
    }
  }

  /** The connection ended on its way to a client, which goes back to its place in the queue. */
  void deliveryFailed(ServerConnection server, Waiter waiter) {
    boolean gone;
    state.lock.lock();
    try {
      gone = state.retired;
      waiter.moving = gone && state.refusal == null;
      if (!gone) {
        state.waiters.putBack(waiter, this);
      }
    } finally {
      state.lock.unlock();
    }
    if (gone) {
      upkeep.sendAway(List.of(waiter));
    }
    closed(server);
    opening.pump(server.loop());
  }

  // ---- ends ----

  /** A connection is gone. On its owner's loop. */
  public void closed(ServerConnection server) {
    boolean known;
    state.lock.lock();
    try {
      known = state.slots.all().remove(server);
      state.idle.remove(server);
      state.held.remove(server);
    } finally {
      state.lock.unlock();
    }
    if (known) {
      giveBudgetsBack();
      pools.events().disconnected(this, server);
      pools.ended(this);
      opening.pump(server.loop());
    }
  }

  /** The server says why it is about to end a connection that nobody holds. */
  void idleError(ServerConnection server, ErrorFields error) {
    pools.events().idleError(this, server, error);
    server.close();
  }

  void giveBudgetsBack() {
    budgets.forEach(Budget::giveBack);
    pools.placeFreed(this);
  }

  @Override
  public void moved(ServerState from, ServerState to) {
    if (from != null) {
      states.get(from).decrementAndGet();
    }
    states.get(to).incrementAndGet();
  }

  @Override
  public void cancelsDone(ServerConnection server) {
    if (server.state() == ServerState.BEING_CANCELED) {
      release(server);
    }
  }

  Opening opening() {
    return opening;
  }

  /** Its connections that are not shared. */
  public Dedicated dedicated() {
    return dedicated;
  }

  /** What is done to it beside serving clients. */
  Upkeep upkeep() {
    return upkeep;
  }

  /** Whether another pool has to be looked up. Any thread. */
  public boolean retired() {
    return state.retired;
  }

  // ---- views ----

  /** Whether it lets nobody have a connection for now. */
  public boolean paused() {
    state.lock.lock();
    try {
      return state.paused;
    } finally {
      state.lock.unlock();
    }
  }

  private PoolOptions currentOptions() {
    state.lock.lock();
    try {
      return state.options;
    } finally {
      state.lock.unlock();
    }
  }

  /** How many connections are about to be free: they are being checked, cleaned or warmed. */
  public int tested() {
    state.lock.lock();
    try {
      return state.idle.tested(System.nanoTime());
    } finally {
      state.lock.unlock();
    }
  }

  Credential credential() {
    state.lock.lock();
    try {
      return state.credential;
    } finally {
      state.lock.unlock();
    }
  }

  /** A consistent copy of what the pool holds, for the console and the metrics. */
  public PoolSnapshot snapshot() {
    long now = System.nanoTime();
    state.lock.lock();
    try {
      Waiter oldest = state.waiters.first();
      long waited = oldest == null ? 0 : now - oldest.sinceNanos;
      return new PoolSnapshot(
          key,
          state.options,
          List.copyOf(state.slots.all()),
          state.idle.stale(state.options, now),
          state.waiters.size(),
          waited / 1_000,
          state.slots.opening(),
          state.paused,
          state.outage.error());
    } finally {
      state.lock.unlock();
    }
  }

  /** Number of connections in a state. */
  public int count(ServerState state) {
    return states.get(state).get();
  }

  /**
   * Whether a connection is to be closed as soon as it is free: RECONNECT, RELOAD, new addresses.
   */
  public boolean outdated(ServerConnection server) {
    state.lock.lock();
    try {
      return state.outdated(server);
    } finally {
      state.lock.unlock();
    }
  }

  /** Connections open or being opened. */
  public int connections() {
    state.lock.lock();
    try {
      return state.slots.total();
    } finally {
      state.lock.unlock();
    }
  }

  /** As {@link #connections}, without those of one client alone. */
  int shared() {
    state.lock.lock();
    try {
      return state.slots.total() - state.held.size();
    } finally {
      state.lock.unlock();
    }
  }

  public PoolKey key() {
    return key;
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  List<Budget> budgets() {
    return budgets;
  }

  /** The counters that loop writes. */
  public Counters counters(int loop) {
    return counters[loop];
  }

  /** The sum over all loops. */
  public Counters total() {
    Counters sum = new Counters();
    for (Counters each : counters) {
      sum.add(each);
    }
    return sum;
  }
}
