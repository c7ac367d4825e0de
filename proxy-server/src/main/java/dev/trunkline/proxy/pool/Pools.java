package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.Unexpected;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** All pools of the process. Safe from any thread. */
public final class Pools {
  private static final long TICK_MILLIS = 250;

  private final ConcurrentHashMap<PoolKey, Pool> pools = new ConcurrentHashMap<>();
  private final Connector connector;
  private final EventLoopGroup loops;
  private final int loopCount;
  private final ScheduledExecutorService upkeep;
  private final Events events;
  private final Pauses pauses = new Pauses();

  /** What retired pools have counted, by database. */
  private final ConcurrentHashMap<String, Counters> retired = new ConcurrentHashMap<>();

  /** Told about connections, for the log. Any thread. */
  public interface Events {
    void connected(Pool pool, ServerConnection server);

    void disconnected(Pool pool, ServerConnection server);

    void connectFailed(Pool pool, ConnectFailure failure);
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
    if (pauses.cover(key.database())) {
      applyPauses(pool);
    }
    return pool;
  }

  public Collection<Pool> all() {
    return pools.values();
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
    boolean news = pauses.begin(database);
    applyPauses();
    return news;
  }

  /**
   * Takes {@link #pause} back.
   *
   * @return false when there was nothing to take back
   */
  public boolean resume(String database) {
    boolean news = pauses.end(database);
    applyPauses();
    return news;
  }

  /** Whether exactly that scope is paused; null for everything. */
  public boolean paused(String database) {
    return pauses.has(database);
  }

  private void applyPauses() {
    for (Pool pool : pools.values()) {
      applyPauses(pool);
    }
  }

  private void applyPauses(Pool pool) {
    // Under one lock, so that the last of several operators at once leaves the state behind.
    synchronized (pauses) {
      if (pauses.cover(pool.key().database())) {
        pool.pause();
      } else {
        pool.resume(loops.next());
      }
    }
  }

  public void reconnect(Predicate<Pool> which) {
    pools.values().stream().filter(which).forEach(Pool::reconnect);
  }

  /** Whether no server connection of the selection is left. */
  public boolean drained(Predicate<Pool> which) {
    return pools.values().stream().filter(which).allMatch(pool -> pool.connections() == 0);
  }

  /** Gives each pool what the new configuration says; null retires it. */
  public void update(Function<Pool, PoolSpec> specs) {
    for (Pool pool : pools.values()) {
      PoolSpec spec = specs.apply(pool);
      if (spec == null || !spec.endpoint().equals(pool.endpoint())) {
        pools.remove(pool.key());
        pool.retire();
        keepFigures(pool);
      } else {
        pool.update(spec);
      }
    }
  }

  private void keepFigures(Pool pool) {
    retired.compute(pool.key().database(), (database, before) -> sum(before, pool.total()));
  }

  /** A new object each time: readers keep theirs. */
  private static Counters sum(Counters before, Counters more) {
    if (before != null) {
      more.add(before);
    }
    return more;
  }

  /** What pools that are gone had counted, by database; a live view. */
  public Map<String, Counters> retired() {
    return retired;
  }

  // ---- from the pools ----

  void connected(Pool pool, ServerConnection server) {
    events.connected(pool, server);
  }

  void disconnected(Pool pool, ServerConnection server) {
    events.disconnected(pool, server);
  }

  void connectFailed(Pool pool, ConnectFailure failure) {
    events.connectFailed(pool, failure);
  }

  /** A connection's share became free: those who wait for it elsewhere may open now. */
  void budgetFreed(Pool freed) {
    for (Pool pool : pools.values()) {
      if (pool != freed && sharesLimitedBudget(pool, freed)) {
        pool.pump(loops.next());
      }
    }
  }

  /** A pool needs a share of a spent budget: an idle connection of another pool makes room. */
  void evictLater(Pool wanting, Budget budget) {
    upkeep.execute(
        () -> {
          for (Pool pool : pools.values()) {
            if (pool != wanting && pool.budgets().contains(budget) && pool.evictOldest()) {
              return;
            }
          }
        });
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
    for (Pool pool : pools.values()) {
      try {
        pool.tick(loop);
      } catch (RuntimeException e) {
        // The executor would never call again, and no timeout of any pool would hold any more.
        Unexpected.log("pool " + pool.key(), e);
      }
    }
  }
}
