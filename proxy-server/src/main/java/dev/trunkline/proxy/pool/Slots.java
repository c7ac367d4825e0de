package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ServerConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The places of one pool: which connections there are, how many are being opened, and whether there
 * is room for one more by every bound. Under the pool's lock.
 */
final class Slots {
  private final Set<ServerConnection> all = new HashSet<>();
  private final List<Budget> budgets;
  private int opening;
  private long openingSince;
  private int warm;
  private String warmUp;
  private boolean reserveTaken;
  private Budget spent;
  private long lastLifetimeEnd = System.nanoTime() - (1L << 62);

  Slots(List<Budget> budgets) {
    this.budgets = budgets;
  }

  Set<ServerConnection> all() {
    return all;
  }

  int opening() {
    return opening;
  }

  /** When the first of those that are being opened began. */
  long openingSince() {
    return openingSince;
  }

  int total() {
    return all.size() + opening;
  }

  /** What it is to be asked before it has a client, or null. */
  String opened(ServerConnection server) {
    String first = warm > 0 ? warmUp : null;
    opening--;
    all.add(server);
    if (all.size() >= warm) {
      warm = 0;
    }
    return first;
  }

  void openFailed() {
    opening--;
  }

  /** Opens that many ahead of clients, within all bounds, and asks each that. */
  void warm(int connections, String query, PoolOptions options) {
    // One that may be used only once shall be used by a client.
    warmUp = options.lifetimeNanos() == 0 ? null : query;
    warm = options.size() == 0 ? connections : Math.min(connections, options.size());
  }

  /**
   * How many to open now for those who wait; reserves their places.
   *
   * @param tested how many are about to be free
   */
  int planForWaiters(WaitQueue waiters, int tested, PoolOptions options, long now) {
    int wanted = waiters.size() - opening - tested;
    int planned = 0;
    while (planned < wanted
        && opening < options.parallelLogins()
        && room(waiters.first(), options, now)
        && take(now)) {
      reserveTaken |= options.size() > 0 && total() > options.size();
      planned++;
    }
    return planned;
  }

  private boolean room(Waiter oldest, PoolOptions options, long now) {
    if (options.size() == 0 || total() < options.size()) {
      return true;
    }
    return total() < options.size() + options.reserve()
        && options.reserveAfterNanos() > 0
        && oldest != null
        && now - oldest.sinceNanos > options.reserveAfterNanos();
  }

  /**
   * How many to open for {@code min_pool_size}, one a time as PgBouncer does, or ahead of clients.
   * A place that nobody waits for drives no connection of another pool out: two pools would do so
   * to each other for ever.
   */
  int planAhead(boolean minimum, PoolOptions options, long now) {
    int planned = 0;
    int target = Math.max(warm, minimum ? Math.min(options.minSize(), total() + 1) : 0);
    while (total() < target
        && opening < options.parallelLogins()
        && (options.size() == 0 || total() < options.size())
        && take(now)) {
      planned++;
    }
    spent = null;
    return planned;
  }

  /** A place for a connection that is opened for one client alone, within all bounds. */
  boolean takeOne(PoolOptions options, long now) {
    return (options.size() == 0 || total() < options.size()) && take(now);
  }

  /** One attempt to see whether the server is back. */
  int planProbe(long now) {
    boolean taken = opening == 0 && take(now);
    spent = null;
    return taken ? 1 : 0;
  }

  private boolean take(long now) {
    for (int i = 0; i < budgets.size(); i++) {
      if (!budgets.get(i).tryTake()) {
        spent = budgets.get(i);
        budgets.subList(0, i).forEach(Budget::giveBack);
        return false;
      }
    }
    if (opening == 0) {
      openingSince = now;
    }
    opening++;
    return true;
  }

  /** The bound that stood in the way since the last call, or null. */
  Budget takeSpent() {
    Budget was = spent;
    spent = null;
    return was;
  }

  /** Whether the reserve was drawn on since the last call. */
  boolean takeReserveTaken() {
    boolean was = reserveTaken;
    reserveTaken = false;
    return was;
  }

  /** Lifetime 0 means: use once. Lifetime ends are spread: at most one per lifetime / pool_size. */
  boolean lifetimeOver(ServerConnection server, boolean used, PoolOptions options, long now) {
    if (options.lifetimeNanos() == 0) {
      return used;
    }
    if (server.ageNanos(now) < options.lifetimeNanos()) {
      return false;
    }
    long spread = options.lifetimeNanos() / Math.max(options.size(), 1);
    return now - lastLifetimeEnd >= spread;
  }

  /** One is closed for its age. */
  void lifetimeEnded(long now) {
    lastLifetimeEnd = now;
  }
}
