package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.Unexpected;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** All pools of the process. Safe from any thread. */
public final class Pools {
  private static final long TICK_MILLIS = 250;

  /** On whose account a PAUSE without a name stands. */
  private static final Object EVERYTHING = new Object();

  private final ConcurrentHashMap<PoolKey, Pool> pools = new ConcurrentHashMap<>();

  /** Retired, until the last of their connections is closed. */
  private final Set<Pool> leaving = ConcurrentHashMap.newKeySet();

  private final Connector connector;
  private final EventLoopGroup loops;
  private final int loopCount;
  private final ScheduledExecutorService upkeep;
  private final Events events;
  private final Pauses pauses = new Pauses();
  private final CopyOnWriteArrayList<Draining> drainings = new CopyOnWriteArrayList<>();

  /** What pools that are gone have counted, by database. */
  private final ConcurrentHashMap<String, Counters> gone = new ConcurrentHashMap<>();

  private volatile Consumer<Pool> whenGone = pool -> {};
  private volatile Predicate<Pool> keepMinimum = pool -> true;

  /** Told about connections, for the log. Any thread. */
  public interface Events {
    void connected(Pool pool, ServerConnection server);

    void disconnected(Pool pool, ServerConnection server);

    void connectFailed(Pool pool, ConnectFailure failure);

    /** A server has ended a connection that no client held, and said why. */
    void idleError(Pool pool, ServerConnection server, ErrorFields error);

    /** A client has waited so long that a connection beyond the pool's size is opened for it. */
    void reserveTaken(Pool pool);
  }

  /**
   * @param upkeep runs the timeouts of all pools, four times a second
   */
  public Pools(
      Connector connector,
      EventLoopGroup loops,
      int loopCount,
      ScheduledExecutorService upkeep,
      Events events) {
    this.connector = connector;
    this.loops = loops;
    this.loopCount = loopCount;
    this.upkeep = upkeep;
    this.events = events;
    upkeep.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** The pool of that key, made when there is none. */
  public Pool get(PoolKey key, Supplier<PoolSpec> spec) {
    Pool pool = pools.get(key);
    return pool != null ? pool : make(key, spec);
  }

  private Pool make(PoolKey key, Supplier<PoolSpec> spec) {
    Pool pool = pools.computeIfAbsent(key, k -> new Pool(k, this, spec.get(), loopCount));
    if (pauses.cover(pool)) {
      applyPauses(pool);
    }
    return pool;
  }

  /** The pool of that key, or null. */
  Pool find(PoolKey key) {
    return pools.get(key);
  }

  /** All that have connections or may get some: retired ones until their last one is closed. */
  public Collection<Pool> all() {
    Set<Pool> all = new LinkedHashSet<>(pools.values());
    all.addAll(leaving);
    return all;
  }

  /** Which pools are to be kept at their {@code min_pool_size}. */
  void keepMinimum(Predicate<Pool> which) {
    keepMinimum = which;
  }

  /** Told of each pool that has ended, after its last connection. */
  void whenGone(Consumer<Pool> then) {
    whenGone = then;
  }

  public Connector connector() {
    return connector;
  }

  // ---- operations on a selection ----

  /**
   * PAUSE: lets nobody have a connection any more, in pools made later neither.
   *
   * @param database null for all
   * @return false when that was so already
   */
  public boolean pause(String database) {
    return database == null
        ? pause(EVERYTHING, pool -> true)
        : pause(database, pool -> pool.key().database().equals(database));
  }

  /**
   * Takes {@link #pause} back.
   *
   * @return false when there was nothing to take back
   */
  public boolean resume(String database) {
    return resume(account(database));
  }

  /** Whether exactly that scope is paused; null for everything. */
  public boolean paused(String database) {
    return pauses.has(account(database));
  }

  private static Object account(String database) {
    return database == null ? EVERYTHING : database;
  }

  /**
   * As {@link #pause(String)}, for any selection.
   *
   * @param account on which it stands until {@link #resume(Object)}
   */
  public boolean pause(Object account, Predicate<Pool> which) {
    boolean news = pauses.begin(account, which);
    applyPauses();
    return news;
  }

  /** Takes {@link #pause(Object, Predicate)} back. */
  public boolean resume(Object account) {
    boolean news = pauses.end(account);
    applyPauses();
    return news;
  }

  private void applyPauses() {
    all().forEach(this::applyPauses);
  }

  private void applyPauses(Pool pool) {
    // Under one lock, so that the last of several operators at once leaves the state behind.
    synchronized (pauses) {
      if (pauses.cover(pool)) {
        pool.upkeep().pause();
      } else {
        pool.upkeep().resume(loops.next());
      }
    }
  }

  public void reconnect(Predicate<Pool> which) {
    pools.values().stream().filter(which).forEach(pool -> pool.upkeep().reconnect());
  }

  /**
   * Is done as soon as no server connection of the selection is left: on the loop of the last one,
   * or at once. Who does not keep clients away may wait for ever, and cancels what it gives up.
   */
  public CompletableFuture<Void> drained(Predicate<Pool> which) {
    Draining draining = new Draining(which, new CompletableFuture<>());
    drainings.add(draining);
    draining.end.whenComplete((_, _) -> drainings.remove(draining));
    tellOfEnd(draining);
    return draining.end;
  }

  private record Draining(Predicate<Pool> which, CompletableFuture<Void> end) {}

  private void tellOfEnd(Draining draining) {
    if (all().stream().filter(draining.which).allMatch(pool -> pool.connections() == 0)) {
      draining.end.complete(null);
    }
  }

  /** Whether none is left but those that are one client's for good, and have no transactions. */
  public boolean drainedOfShared(Predicate<Pool> which) {
    return all().stream().filter(which).allMatch(pool -> pool.shared() == 0);
  }

  /** Closes what lies idle in the pools of the selection; leases go on. */
  public void closeIdle(Predicate<Pool> which, String reason) {
    pools.values().stream().filter(which).forEach(pool -> pool.upkeep().closeIdle(reason));
  }

  /**
   * Opens connections ahead of clients: up to that many in that pool, within all bounds.
   *
   * @param query what each is asked before it has a client, so that it has been used; that it fails
   *     does no harm
   */
  public void warm(Pool pool, int connections, String query) {
    pool.upkeep().warm(connections, query, loops);
  }

  /**
   * A pool that is none: whoever asks it is refused.
   *
   * @param error what they are told
   */
  Pool refusing(PoolKey key, PoolSpec spec, ErrorFields error) {
    Pool pool = new Pool(key, this, spec, loopCount);
    pool.upkeep().retire(error);
    return pool;
  }

  /** Gives each pool what the new configuration says; null retires it. */
  public void update(Function<Pool, PoolSpec> specs) {
    for (Pool pool : pools.values()) {
      PoolSpec spec = specs.apply(pool);
      if (spec == null || !spec.endpoint().equals(pool.endpoint())) {
        retire(pool, spec == null ? PoolErrors.databaseRemoved() : null);
      } else {
        pool.upkeep().update(spec);
      }
    }
  }

  /** Ends pools whose clients find another one when they ask again. */
  void retire(Predicate<Pool> which) {
    pools.values().stream().filter(which).forEach(pool -> retire(pool, null));
  }

  private void retire(Pool pool, ErrorFields because) {
    synchronized (leaving) {
      if (pools.get(pool.key()) != pool) {
        return; // somebody else was faster, and there may be a successor
      }
      leaving.add(pool);
      // Out of the map first: who is sent away finds the next one there.
      pools.remove(pool.key());
    }
    pool.upkeep().retire(because);
    endIfEmpty(pool);
  }

  /** The end of a retired pool, unless it still has connections. */
  private void endIfEmpty(Pool pool) {
    if (pool.retired() && pool.connections() == 0 && leaving.remove(pool)) {
      keepFigures(pool);
      whenGone.accept(pool);
    }
  }

  private void keepFigures(Pool pool) {
    String database = pool.key().database();
    gone.compute(database, (name, before) -> sum(before, pool.total()));
    boolean last = all().stream().noneMatch(other -> other.key().database().equals(database));
    if (last && pool.upkeep().databaseForgotten(System.nanoTime())) {
      gone.remove(database);
    }
  }

  /** A new object each time: readers keep theirs. */
  private static Counters sum(Counters before, Counters more) {
    if (before != null) {
      more.add(before);
    }
    return more;
  }

  /** What pools that are gone had counted, by database; a live view. */
  public Map<String, Counters> gone() {
    return gone;
  }

  // ---- from the pools ----

  Events events() {
    return events;
  }

  /** Follows up, later, what a pool's plan to open connections has met. Takes no lock. */
  void planned(Pool pool, Budget spent, boolean reserveTaken) {
    if (spent != null) {
      upkeep.execute(() -> evict(pool, spent));
    }
    if (reserveTaken) {
      upkeep.execute(() -> events.reserveTaken(pool));
    }
  }

  /** A connection of it has ended, and that is in the log: who waits for the last one is told. */
  void ended(Pool pool) {
    if (drainings.isEmpty() || pool.connections() > 0) {
      return;
    }
    for (Draining draining : drainings) {
      if (draining.which.test(pool)) {
        tellOfEnd(draining);
      }
    }
  }

  /** A connection's place became free: those who wait for its share elsewhere may open now. */
  void placeFreed(Pool freed) {
    for (Pool pool : pools.values()) {
      if (pool != freed && sharesLimitedBudget(pool, freed)) {
        pool.opening().pump(loops.next());
      }
    }
  }

  /** A pool needs a share of a spent budget: the longest idle connection of another makes room. */
  private void evict(Pool wanting, Budget budget) {
    Pool longest = null;
    long since = 0;
    for (Pool pool : pools.values()) {
      Long idle =
          pool != wanting && pool.budgets().contains(budget) ? pool.upkeep().idleSince() : null;
      if (idle != null && (longest == null || idle - since < 0)) {
        longest = pool;
        since = idle;
      }
    }
    if (longest != null) {
      longest.upkeep().evictOldest();
    }
  }

  private static boolean sharesLimitedBudget(Pool one, Pool other) {
    for (Budget budget : one.budgets()) {
      if (budget.max() > 0 && other.budgets().contains(budget)) {
        return true;
      }
    }
    return false;
  }

  private void tick() {
    EventLoop loop = loops.next();
    for (Pool pool : all()) {
      try {
        pool.endpoint().each().forEach(connector::refresh);
        pool.upkeep().tick(loop, keepMinimum.test(pool));
        if (pool.upkeep().forgotten(System.nanoTime())) {
          retire(pool, null);
        }
        endIfEmpty(pool);
      } catch (RuntimeException e) {
        // The executor would never call again, and no timeout of any pool would hold any more.
        Unexpected.log("pool " + pool.key(), e);
      }
    }
  }
}
