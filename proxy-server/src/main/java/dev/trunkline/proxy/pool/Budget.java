package dev.trunkline.proxy.pool;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bound on server connections over several pools: of a host, a group, a database or a user. Safe
 * from any thread.
 */
public final class Budget {
  private final String name;
  private final AtomicInteger used = new AtomicInteger();
  private volatile int max;

  /**
   * @param name for messages, as in {@code max_db_connections}
   * @param max 0 = unlimited
   */
  public Budget(String name, int max) {
    this.name = name;
    this.max = max;
  }

  String name() {
    return name;
  }

  public void max(int connections) {
    max = connections;
  }

  public int max() {
    return max;
  }

  public int used() {
    return used.get();
  }

  /** Whether that many more would be within it. */
  boolean hasRoom(int connections) {
    return max == 0 || used.get() + connections <= max;
  }

  /** Takes one connection's share, if there is one. */
  boolean tryTake() {
    while (true) {
      int now = used.get();
      if (max > 0 && now >= max) {
        return false;
      }
      if (used.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void giveBack() {
    used.decrementAndGet();
  }

  @Override
  public String toString() {
    return name + " " + used.get() + "/" + max;
  }
}
