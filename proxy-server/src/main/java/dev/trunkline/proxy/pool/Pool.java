package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The server connections of one host, database and user. Shared by all event loops: one short lock,
 * under which is decided what to do; it is done after the lock is released.
 *
 * <p>A client gets an idle connection of its own loop, one that already sits on its search_path if
 * there is one, most recently used first; else a new one is opened while the sizes allow; else an
 * idle one of another loop; else it queues. A freed connection goes to the client that has waited
 * longest.
 */
public final class Pool implements ServerConnection.Home {
  /** How long after its last use a pool still looks whether its server is back. */
  private static final long WATCHED_NANOS = 600_000_000_000L;

  private final PoolKey key;
  private final Pools pools;
  private final Endpoint endpoint;
  private final List<Budget> budgets;
  private final Counters[] counters;
  private final Map<ServerState, AtomicInteger> states = new EnumMap<>(ServerState.class);
  private final ReentrantLock lock = new ReentrantLock();
  private final Delivery delivery = new Delivery(this);

  // Under the lock.
  private final IdleServers idle = new IdleServers();
  private final WaitQueue waiters = new WaitQueue();
  private final Outage outage = new Outage();
  private final Slots slots;
  private PoolOptions options;
  private Credential credential;
  private long credentialSeen = Long.MIN_VALUE;
  private String connectQuery;
  private int generation;
  private boolean paused;
  private ErrorFields refusal;
  private long lastUsed = System.nanoTime();

  // Written under the lock.
  private volatile boolean retired;

  Pool(PoolKey key, Pools pools, PoolSpec spec, int loops) {
    this.key = key;
    this.pools = pools;
    this.endpoint = spec.endpoint();
    this.budgets = spec.budgets();
    this.slots = new Slots(budgets);
    this.options = spec.options();
    this.credential = spec.credential();
    this.connectQuery = spec.connectQuery();
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
    lock.lock();
    try {
      lastUsed = now;
      if (retired) {
        refused = refusal;
        gone = refused == null;
        waiter.moving = gone;
      } else if (!paused && waiters.first() == null) {
        mine = idle.takeOf(waiter.loop(), waiter.searchPath(), options, now);
      }
      if (!retired && mine == null) {
        refused = outage.refusal(options, slots, now);
      }
      if (!retired && mine == null && refused == null) {
        waiters.add(waiter, this, now);
        open = planOpening(now);
        foreign = open == 0 && !paused ? takeForeign(now) : null;
        if (foreign != null) {
          waiters.remove(waiter);
        }
      }
    } finally {
      lock.unlock();
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
    open(waiter.loop(), open);
    return null;
  }

  /**
   * The client does not wait any more.
   *
   * @return false when a connection is already on its way to it, and has to be released on arrival
   */
  public boolean cancel(Waiter waiter) {
    lock.lock();
    try {
      if (waiter.queuedIn != this) {
        return false;
      }
      waiters.remove(waiter);
      return true;
    } finally {
      lock.unlock();
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
    } else if (!Chore.clean(server, this, rollback, reset, currentOptions().resetQuery())) {
      release(server);
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
    boolean unleased = false;
    lock.lock();
    try {
      close = closeReason(server, server.state() != ServerState.LOGIN, now);
      waiter = close == null && !paused ? waiters.poll(server.loop()) : null;
      if (close == null && waiter == null) {
        idle.add(server);
        unleased = unleased();
      }
    } finally {
      lock.unlock();
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
    } else if (unleased) {
      pools.unleased();
    }
  }

  /** Those who wait for a new connection that does not come get idle ones of any loop. */
  private void serveIdle() {
    while (true) {
      ServerConnection server;
      Waiter waiter;
      lock.lock();
      try {
        server = paused || waiters.first() == null ? null : takeForeign(System.nanoTime());
        waiter = server == null ? null : waiters.poll(server.loop());
      } finally {
        lock.unlock();
      }
      if (waiter == null) {
        return;
      }
      delivery.deliver(server, waiter);
    }
  }

  /** The connection ended on its way to a client, which goes back to the head of the queue. */
  void deliveryFailed(ServerConnection server, Waiter waiter) {
    boolean gone;
    lock.lock();
    try {
      gone = retired;
      waiter.moving = gone && refusal == null;
      if (!gone) {
        waiters.addFirst(waiter, this);
      }
    } finally {
      lock.unlock();
    }
    if (gone) {
      sendAway(List.of(waiter));
    }
    closed(server);
    pump(server.loop());
  }

  /** An idle connection of any loop; starts the check of one that needs it. Under the lock. */
  private ServerConnection takeForeign(long now) {
    ServerConnection server = idle.takeAny(options, now);
    ServerConnection unchecked = server == null ? idle.takeUnchecked(options, now) : null;
    if (unchecked != null) {
      String query = options.checkQuery();
      unchecked.loop().execute(() -> Chore.check(unchecked, this, query));
    }
    return server;
  }

  /** Why a connection that is free has to go, or null. Under the lock. */
  private String closeReason(ServerConnection server, boolean used, long now) {
    if (retired || server.generation() != generation) {
      return "database configuration changed";
    }
    if (paused) {
      return "pause";
    }
    if (!slots.all().contains(server)) {
      return "unknown to its pool";
    }
    return slots.lifetimeOver(server, used, options, now) ? "server lifetime over" : null;
  }

  // ---- opening ----

  /** How many connections to open now for those who wait. Under the lock. */
  private int planOpening(long now) {
    if (paused || retired) {
      return 0;
    }
    int planned = slots.planForWaiters(waiters, options, now);
    pools.planned(this, slots.takeSpent(), slots.takeReserveTaken());
    return planned;
  }

  private void open(EventLoop loop, int count) {
    for (int i = 0; i < count; i++) {
      pools.connector().open(loop, target(), new Opened());
    }
  }

  private Connector.Target target() {
    lock.lock();
    try {
      return new Connector.Target(endpoint, key.user(), credential, connectQuery, this, generation);
    } finally {
      lock.unlock();
    }
  }

  private final class Opened implements Connector.Callback {
    @Override
    public void connected(ServerConnection server) {
      server.home(new Idle(Pool.this, server));
      lock.lock();
      try {
        slots.opened(server);
        outage.over();
      } finally {
        lock.unlock();
      }
      pools.events().connected(Pool.this, server);
      release(server);
    }

    @Override
    public void failed(ConnectFailure cause) {
      openFailed(cause);
    }
  }

  private void openFailed(ConnectFailure cause) {
    List<Waiter> failed = List.of();
    lock.lock();
    try {
      slots.openFailed();
      outage.began(cause, System.nanoTime());
      boolean wait = cause.answered() && cause.passing();
      if (slots.all().isEmpty() && !wait) {
        failed = waiters.drain();
      }
    } finally {
      lock.unlock();
    }
    giveBudgetsBack();
    pools.events().connectFailed(this, cause);
    Delivery.refuse(failed, cause.error());
    serveIdle();
  }

  /** Opens connections for those who wait, if there is room now. */
  void pump(EventLoop loop) {
    int open;
    EventLoop on = loop;
    lock.lock();
    try {
      long now = System.nanoTime();
      open = outage.fresh(now) ? 0 : planOpening(now);
      if (waiters.first() != null) {
        on = waiters.first().loop();
      }
    } finally {
      lock.unlock();
    }
    open(on, open);
  }

  // ---- ends ----

  /** A connection is gone. On its owner's loop. */
  public void closed(ServerConnection server) {
    boolean known;
    boolean unleased;
    lock.lock();
    try {
      known = slots.all().remove(server);
      idle.remove(server);
      unleased = unleased();
    } finally {
      lock.unlock();
    }
    if (known) {
      giveBudgetsBack();
      pools.events().disconnected(this, server);
      pump(server.loop());
    }
    if (known && unleased) {
      pools.unleased();
    }
  }

  private void giveBudgetsBack() {
    budgets.forEach(Budget::giveBack);
    pools.budgetFreed(this);
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

  // ---- maintenance ----

  /** Every quarter of a second, from any one thread. */
  void tick(EventLoop anyLoop) {
    long now = System.nanoTime();
    List<Waiter> late;
    List<ServerConnection> expired;
    List<ServerConnection> old = new ArrayList<>();
    int extra;
    lock.lock();
    try {
      late = waiters.takeLate(now);
      int surplus = slots.all().size() - options.minSize();
      expired = idle.takeExpired(options, surplus, now);
      for (ServerConnection server : idle.all()) {
        if (closeReason(server, true, now) != null) {
          idle.remove(server);
          old.add(server);
        }
      }
      extra = planUpkeep(now);
    } finally {
      lock.unlock();
    }
    Delivery.refuse(late, PoolErrors.waitTimeout());
    expired.forEach(server -> server.close("server idle timeout"));
    old.forEach(server -> server.close("server lifetime over"));
    open(anyLoop, extra);
    serveIdle();
    pump(anyLoop);
  }

  /** min_pool_size, and one attempt a second while the server is down. Under the lock. */
  private int planUpkeep(long now) {
    if (paused || retired) {
      return 0;
    }
    if (!outage.lasts()) {
      return slots.planAhead(options, now);
    }
    boolean wanted = now - lastUsed < WATCHED_NANOS;
    return wanted && outage.retryDue(options, now) ? slots.planProbe(now) : 0;
  }

  /** Whether nobody has used it for its {@code idlePoolNanos}. */
  boolean forgotten(long now) {
    lock.lock();
    try {
      return options.forgetNanos() > 0
          && now - lastUsed > options.forgetNanos()
          && waiters.first() == null
          && slots.opening() == 0
          && slots.all().size() == (options.forgetIdle() ? idle.size() : 0)
          && !paused;
    } finally {
      lock.unlock();
    }
  }

  // ---- operations ----

  /** No new leases; idle connections go. */
  void pause() {
    lock.lock();
    try {
      paused = true;
    } finally {
      lock.unlock();
    }
    closeIdle("pause");
  }

  void resume(EventLoop loop) {
    lock.lock();
    try {
      paused = false;
    } finally {
      lock.unlock();
    }
    pump(loop);
  }

  /** Closes the connections that no client holds now. */
  void closeIdle(String reason) {
    List<ServerConnection> closing;
    lock.lock();
    try {
      closing = idle.drain();
    } finally {
      lock.unlock();
    }
    closing.forEach(server -> server.close(reason));
  }

  /** Connections opened before now are closed when they are released: RECONNECT. */
  void reconnect() {
    lock.lock();
    try {
      generation++;
    } finally {
      lock.unlock();
    }
    closeIdle("database configuration changed");
  }

  /** Opens connections ahead of clients, up to that many in all, within all bounds. */
  void warm(int connections, EventLoop loop) {
    int open;
    lock.lock();
    try {
      slots.warm(connections);
      open = planUpkeep(System.nanoTime());
    } finally {
      lock.unlock();
    }
    open(loop, open);
  }

  /**
   * The pool is not to be used any more: its waiters go, its connections as soon as they are free.
   *
   * @param because what clients are told; null when there is another pool for them, which they ask
   */
  void retire(ErrorFields because) {
    List<Waiter> leaving;
    lock.lock();
    try {
      retired = true;
      refusal = because;
      leaving = waiters.drain();
      leaving.forEach(waiter -> waiter.moving = because == null);
    } finally {
      lock.unlock();
    }
    reconnect();
    sendAway(leaving);
  }

  private void sendAway(List<Waiter> leaving) {
    if (refusal != null) {
      Delivery.refuse(leaving, refusal);
    } else {
      Delivery.move(leaving);
    }
  }

  /** Whether another pool has to be looked up. Any thread. */
  public boolean retired() {
    return retired;
  }

  /** New sizes and credentials after RELOAD; endpoints never change in a pool. */
  void update(PoolSpec spec) {
    boolean changed;
    lock.lock();
    try {
      // What a client's login has proved stays good when the configuration has nothing better.
      Credential next =
          spec.credential() instanceof Credential.None ? credential : spec.credential();
      changed = !Objects.equals(connectQuery, spec.connectQuery()) || !credential.equals(next);
      options = spec.options();
      credential = next;
      connectQuery = spec.connectQuery();
    } finally {
      lock.unlock();
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
  void proved(Credential credential, long seen) {
    lock.lock();
    try {
      if (credential instanceof Credential.None || seen < credentialSeen) {
        return;
      }
      credentialSeen = seen;
      if (!credential.equals(this.credential)) {
        this.credential = credential;
        outage.over();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Since when its longest idle connection is free; null when it has none to spare. */
  Long idleSince() {
    lock.lock();
    try {
      boolean spare = idle.size() > 0 && waiters.first() == null;
      return spare ? idle.oldest().freeSinceNanos() : null;
    } finally {
      lock.unlock();
    }
  }

  /** Closes its longest idle connection to make room within a budget; whether there was one. */
  boolean evictOldest() {
    ServerConnection oldest;
    lock.lock();
    try {
      oldest = waiters.first() == null ? idle.oldest() : null;
      idle.remove(oldest);
    } finally {
      lock.unlock();
    }
    if (oldest != null) {
      oldest.close("evicted");
    }
    return oldest != null;
  }

  // ---- views ----

  private PoolOptions currentOptions() {
    lock.lock();
    try {
      return options;
    } finally {
      lock.unlock();
    }
  }

  /** Whether none of its connections is in anybody's hands. Under the lock. */
  private boolean unleased() {
    return slots.all().size() == idle.size();
  }

  boolean hasLeases() {
    lock.lock();
    try {
      return !unleased();
    } finally {
      lock.unlock();
    }
  }

  /** A consistent copy of what the pool holds, for the console and the metrics. */
  public PoolSnapshot snapshot() {
    lock.lock();
    try {
      Waiter oldest = waiters.first();
      long waited = oldest == null ? 0 : System.nanoTime() - oldest.sinceNanos;
      return new PoolSnapshot(
          key,
          options,
          List.copyOf(slots.all()),
          waiters.size(),
          waited / 1_000,
          slots.opening(),
          paused,
          outage.error());
    } finally {
      lock.unlock();
    }
  }

  /** Number of connections in a state. */
  public int count(ServerState state) {
    return states.get(state).get();
  }

  /** Whether a connection is to be closed as soon as it is free: RECONNECT, RELOAD. */
  public boolean outdated(ServerConnection server) {
    lock.lock();
    try {
      return retired || server.generation() != generation;
    } finally {
      lock.unlock();
    }
  }

  /** Connections open or being opened. */
  public int connections() {
    lock.lock();
    try {
      return slots.total();
    } finally {
      lock.unlock();
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
