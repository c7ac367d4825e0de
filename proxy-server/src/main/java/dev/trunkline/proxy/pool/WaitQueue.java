package dev.trunkline.proxy.pool;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/**
 * The clients that wait for a server connection of one pool, oldest first. Under its lock.
 *
 * <p>They are served in that order but for what it saves: a hop between two loops, and a change of
 * the search_path. Nobody is overtaken for that by more than {@link #MOST_OVERTAKEN} clients, nor
 * by any that came clearly later. In a pool of one loop whose clients have no search_path nobody
 * is.
 */
final class WaitQueue {
  /** How much longer a client has to have waited than another not to be overtaken by it. */
  private static final long FAIRNESS_NANOS = 5_000_000;

  /** How many that came later may be served before a client. */
  static final int MOST_OVERTAKEN = 16;

  /** How many of the oldest are looked at. */
  static final int REACH = 32;

  private Waiter first;
  private Waiter last;
  private int size;

  /** Behind all that wait for longer: one that comes from another pool keeps its time. */
  void add(Waiter waiter, Pool pool, long now) {
    waiter.queuedIn = pool;
    waiter.wantedPath = waiter.searchPath();
    if (!waiter.moving) {
      waiter.sinceNanos = now;
      waiter.overtaken = 0;
    }
    waiter.moving = false;
    insert(waiter);
  }

  /** Puts one back that had been chosen already, where it would be by now. */
  void putBack(Waiter waiter, Pool pool) {
    waiter.queuedIn = pool;
    insert(waiter);
  }

  private void insert(Waiter waiter) {
    Waiter before = last;
    while (before != null && before.sinceNanos - waiter.sinceNanos > 0) {
      before = before.previous;
    }
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
   * Takes the client to be served by a connection of that loop on that search_path. Null when
   * nobody waits.
   *
   * @param searchPath null for one that is on none
   */
  Waiter poll(EventLoop loop, String searchPath) {
    Waiter chosen = choose(loop, searchPath);
    for (Waiter waiter = first; waiter != chosen; waiter = waiter.next) {
      waiter.overtaken++;
    }
    if (chosen != null) {
      remove(chosen);
    }
    return chosen;
  }

  /** The oldest that saves both hop and change, else the oldest that saves the hop. */
  private Waiter choose(EventLoop loop, String searchPath) {
    Waiter near = null;
    Waiter waiter = first;
    for (int looked = 0; looked < REACH && mayBeNext(waiter); looked++) {
      boolean mine = waiter.loop().equals(loop);
      if (mine && waiter.fits(searchPath)) {
        return waiter;
      }
      near = near == null && mine ? waiter : near;
      if (waiter.overtaken >= MOST_OVERTAKEN) {
        break;
      }
      waiter = waiter.next;
    }
    return near == null ? first : near;
  }

  private boolean mayBeNext(Waiter waiter) {
    return waiter != null && waiter.sinceNanos - first.sinceNanos <= FAIRNESS_NANOS;
  }
}
