package dev.trunkline.proxy.pool;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Which pools are to stand still, and on whose account: a PAUSE of everything, of a database, or a
 * pause of the gate. Safe from any thread.
 */
final class Pauses {
  private final Map<Object, Predicate<Pool>> accounts = new HashMap<>();

  /** Pauses; false when that account has done so already. */
  synchronized boolean begin(Object account, Predicate<Pool> which) {
    return accounts.putIfAbsent(account, which) == null;
  }

  /** The reverse; false when it had not. */
  synchronized boolean end(Object account) {
    return accounts.remove(account) != null;
  }

  /** Whether that very account has paused anything. */
  synchronized boolean has(Object account) {
    return accounts.containsKey(account);
  }

  /** Whether a pool is to stand still. */
  synchronized boolean cover(Pool pool) {
    return accounts.values().stream().anyMatch(which -> which.test(pool));
  }
}
