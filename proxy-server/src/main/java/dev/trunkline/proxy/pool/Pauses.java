package dev.trunkline.proxy.pool;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What operators have paused: everything, single databases, or both. Safe from any thread. */
final class Pauses {
  private final Set<String> databases = ConcurrentHashMap.newKeySet();
  private boolean everything;

  /**
   * Pauses.
   *
   * @param database null for everything
   * @return false when it was paused already
   */
  synchronized boolean begin(String database) {
    if (database != null) {
      return databases.add(database);
    }
    boolean news = !everything;
    everything = true;
    return news;
  }

  /** The reverse; false when it was not paused. */
  synchronized boolean end(String database) {
    if (database != null) {
      return databases.remove(database);
    }
    boolean news = everything;
    everything = false;
    return news;
  }

  /** Whether exactly that was paused; null for everything. */
  synchronized boolean has(String database) {
    return database == null ? everything : databases.contains(database);
  }

  /** Whether pools of that database are to stand still. */
  synchronized boolean cover(String database) {
    return everything || databases.contains(database);
  }
}
