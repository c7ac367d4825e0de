package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateErrors;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Pools;
import java.time.Duration;
import java.util.SortedSet;
import java.util.function.Predicate;

/** Begins pauses and waits until they have drained. Blocks; safe from any thread. */
public final class Pauses {
  /** For those who were cancelled to be told, and for a stuck one to be asked again. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private static final int ATTEMPTS = 4;

  private static final Duration FOREVER = Duration.ofDays(1_000);

  private static final Duration POLL = Duration.ofMillis(1);

  private final SwapSite site;

  public Pauses(SwapSite site) {
    this.site = site;
  }

  /**
   * Holds new transactions from now on.
   *
   * @return null when exactly that scope is paused already
   */
  public Barrier begin(GateScope scope) {
    Barrier barrier = site.gate().close(scope);
    if (barrier == null) {
      return null;
    }
    for (LoopContext context : site.contexts()) {
      barrier.drain().expect();
      context.loop().execute(() -> context.drain(barrier));
    }
    barrier.drain().asked();
    return barrier;
  }

  /** Ends the pause by itself when {@code trunkline.gate_hold} is over. */
  public void limit(Barrier barrier) {
    Duration hold = site.config().settings().get(Keys.GATE_HOLD);
    site.gate().limit(barrier, hold, () -> endOfHold(barrier));
  }

  private void endOfHold(Barrier barrier) {
    Log.warning("pause of " + barrier.scope() + " has reached trunkline.gate_hold, ending it");
    if (site.config().settings().get(Keys.GATE_HOLD_END) == Settings.HoldEnd.FAIL) {
      site.gate().fail(barrier, GateErrors.holdOver(barrier.scope()));
    } else {
      site.gate().open(barrier);
    }
  }

  /**
   * Waits until nothing of the scope runs.
   *
   * @param deadline after which what runs is cancelled; null for not at all
   * @throws SwapFailed naming the clients that keep it, or that the pause has ended meanwhile
   */
  public void drained(Barrier barrier, Duration deadline) throws SwapFailed, InterruptedException {
    if (deadline == null) {
      while (!barrier.drain().await(GRACE)) {
        if (!barrier.holds()) {
          throw stuck(barrier, "The pause ended before its scope had drained");
        }
      }
    } else if (!barrier.drain().await(deadline)) {
      cancel(barrier);
    }
    if (barrier.scope().wholeHosts()) {
      empty(barrier, deadline == null ? FOREVER : GRACE);
    }
  }

  /**
   * Nobody has a transaction there any more: its pools let their connections go, those on the way
   * back included, and open none until the pause ends.
   */
  private void empty(Barrier barrier, Duration limit) throws SwapFailed, InterruptedException {
    long began = System.nanoTime();
    Pools pools = site.directory().pools();
    Predicate<Pool> which = pool -> of(barrier.scope(), pool);
    pools.pause(barrier, which);
    barrier.atEnd(() -> pools.resume(barrier));
    while (!pools.drained(which)) {
      if (!barrier.holds() || System.nanoTime() - began > limit.toNanos()) {
        throw new SwapFailed("Server connections of the scope were not closed in time.");
      }
      Thread.sleep(POLL);
    }
  }

  private void cancel(Barrier barrier) throws SwapFailed, InterruptedException {
    for (int i = 0; i < ATTEMPTS; i++) {
      barrier.drain().press(true);
      if (barrier.drain().await(GRACE.dividedBy(ATTEMPTS))) {
        return;
      }
    }
    throw stuck(barrier, "Transactions did not end in time");
  }

  /** Waits without cancelling anything. */
  void drainedWithin(Barrier barrier, Duration limit) throws SwapFailed, InterruptedException {
    if (!barrier.drain().await(limit)) {
      throw stuck(barrier, "Transactions did not end in time");
    }
  }

  private static SwapFailed stuck(Barrier barrier, String what) throws InterruptedException {
    barrier.drain().press(false);
    // Their loops answer within microseconds, unless they are what is stuck.
    barrier.drain().await(Duration.ofMillis(50));
    SortedSet<String> left = barrier.drain().left();
    return new SwapFailed(what + ": " + String.join("; ", left) + ".");
  }

  private boolean of(GateScope scope, Pool pool) {
    ProxyConfig config = site.config();
    DatabaseConfig database = config.databases().get(pool.key().database());
    boolean sharded = database != null && database.sharded();
    String host = sharded ? pool.key().host() : null;
    String group =
        sharded && config.hosts().containsKey(host) ? config.hosts().get(host).group() : null;
    return scope.covers(new GateScope.Place(pool.key().database(), group, host, null, null));
  }
}
