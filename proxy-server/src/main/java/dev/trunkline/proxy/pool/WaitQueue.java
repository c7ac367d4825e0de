package dev.trunkline.proxy.pool;

import io.netty.channel.EventLoop;

/** The clients that wait for a server connection of one pool, oldest first. Under its lock. */
final class WaitQueue {
  /** How much longer a client of another loop has to have waited to be served first. */
  private static final long FAIRNESS_NANOS = 5_000_000;

  private Waiter first;
  private Waiter last;
  private int size;

  void add(Waiter waiter, Pool pool, long now) {
    waiter.queuedIn = pool;
    waiter.sinceNanos = now;
    waiter.previous = last;
    waiter.next = null;
    if (last == null) {
      first = waiter;
    } else {
      last.next = waiter;
    }
    last = waiter;
    size++;
  }

  /** Puts one back that had been chosen already; it keeps the time since which it waits. */
  void addFirst(Waiter waiter, Pool pool) {
    waiter.queuedIn = pool;
    waiter.previous = null;
    waiter.next = first;
    if (first == null) {
      last = waiter;
    } else {
      first.previous = waiter;
    }
    first = waiter;
    size++;
  }

  void remove(Waiter waiter) {
    if (waiter.previous == null) {
      first = waiter.next;
    } else {
      waiter.previous.next = waiter.next;
    }
    if (waiter.next == null) {
      last = waiter.previous;
    } else {
      waiter.next.previous = waiter.previous;
    }
    waiter.previous = null;
    waiter.next = null;
    waiter.queuedIn = null;
    size--;
  }

  Waiter first() {
    return first;
  }

  int size() {
    return size;
  }

  /**
   * Takes the client to be served by a connection of that loop: the oldest of the loop, unless
   * another has waited clearly longer. Null when nobody waits.
   */
  Waiter poll(EventLoop loop) {
    Waiter chosen = first;
    for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
      if (waiter.sinceNanos - first.sinceNanos > FAIRNESS_NANOS) {
        break;
      }
      if (waiter.loop().equals(loop)) {
        chosen = waiter;
        break;
      }
    }
    if (chosen != null) {
      remove(chosen);
    }
    return chosen;
  }
}
