package dev.trunkline.proxy.pool;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** The clients that wait for a server connection of one pool, oldest first. Under its lock. */
final class WaitQueue {
  /** How much longer a client of another loop has to have waited to be served first. */
  private static final long FAIRNESS_NANOS = 5_000_000;

  private Waiter first;
  private Waiter last;
  private int size;

  /** Behind all that wait for longer: one that comes from another pool keeps its time. */
  void add(Waiter waiter, Pool pool, long now) {
    waiter.queuedIn = pool;
    if (!waiter.moving) {
      waiter.sinceNanos = now;
    }
    waiter.moving = false;
    Waiter before = last;
    while (before != null && before.sinceNanos - waiter.sinceNanos > 0) {
      before = before.previous;
    }
    insertBehind(before, waiter);
  }

  private void insertBehind(Waiter before, Waiter waiter) {
    waiter.previous = before;
    waiter.next = before == null ? first : before.next;
    if (waiter.next == null) {
      last = waiter;
    } else {
      waiter.next.previous = waiter;
    }
    if (before == null) {
      first = waiter;
    } else {
      before.next = waiter;
    }
    size++;
  }

  /** Puts one back that had been chosen already; it keeps the time since which it waits. */
  void addFirst(Waiter waiter, Pool pool) {
    waiter.queuedIn = pool;
    insertBehind(null, waiter);
  }

  /** Takes all of them. */
  List<Waiter> drain() {
    List<Waiter> all = new ArrayList<>(size);
    while (first != null) {
      all.add(first);
      remove(first);
    }
    return all;
  }

  /** Takes those that have waited too long. */
  List<Waiter> takeLate(long now) {
    List<Waiter> late = new ArrayList<>();
    Waiter waiter = first;
    while (waiter != null) {
      Waiter following = waiter.next;
      if (waiter.timeoutNanos() > 0 && now - waiter.sinceNanos > waiter.timeoutNanos()) {
        remove(waiter);
        late.add(waiter);
      }
      waiter = following;
    }
    return late;
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
