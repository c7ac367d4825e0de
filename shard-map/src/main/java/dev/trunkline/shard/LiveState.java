package dev.trunkline.shard;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The one reference that readers take, the lock that writers hold, and how well the catalog can be
 * heard. Every method that changes something is called under {@link #locked}, or takes the lock.
 */
final class LiveState {
  /** A connection to the catalog that may be out of order; one that can ask is enough. */
  enum Part {
    FIRST_QUERIES,
    SECOND_QUERIES,
    CHANGES
  }

  private final String address;
  private final long staleForNanos;
  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Part, String> broken = new EnumMap<>(Part.class);
  private final AtomicLong changes = new AtomicLong();
  private boolean closed;
  private volatile MapState current;
  private volatile long contactAt;

  /**
   * @param epoch the first
   * @param address of the catalog, for messages
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  LiveState(long epoch, String address, long staleForNanos, LongSupplier clock) {
    this.address = address;
    this.staleForNanos = staleForNanos;
    this.clock = clock;
    this.contactAt = clock.getAsLong();
    this.current = new MapState(null, 0, null, 0, epoch, unavailable("has not been loaded"), null);
  }

  Lookup.Unavailable unavailable(String what) {
    return new Lookup.Unavailable("The shard map of the catalog at " + address + " " + what + ".");
  }

  MapState get() {
    return current;
  }

  /** One short decision at a time; no I/O and no foreign code in it. */
  <T> T locked(Supplier<T> decision) {
    lock.lock();
    try {
      return decision.get();
    } finally {
      lock.unlock();
    }
  }

  /** Moves whenever a snapshot written earlier differs from what is known now. */
  long changes() {
    return changes.get();
  }

  void changed() {
    changes.incrementAndGet();
  }

  /** Time since the catalog last confirmed what is known, or sent a change, in nanoseconds. */
  long ageNanos() {
    return clock.getAsLong() - contactAt;
  }

  /** Time until cached answers are too old to be used while the catalog is down. */
  long nanosToExpiry() {
    return staleForNanos - ageNanos();
  }

  /** The catalog told something; what was too old is not any more. */
  void heard(MapState next) {
    contactAt = clock.getAsLong();
    changed();
    current = closed || next.blocked() == null ? next : next.blocked(null);
  }

  /**
   * The catalog says what its version is.
   *
   * @return whether that is what has been seen: everything cached is confirmed
   */
  boolean confirm(Catalog.Version version) {
    return locked(
        () -> {
          MapState now = current;
          boolean stampFits = now.stamp() == null || now.stamp().equals(version.stamp());
          if (now.map() == null || version.number() != now.seen() || !stampFits) {
            return false;
          }
          if (now.stamp() == null || now.blocked() != null) {
            heard(now.stamped(version.stamp()));
          }
          contactAt = clock.getAsLong();
          return true;
        });
  }

  /** Earlier answers may no longer hold, though no version says so. */
  void nextEpoch() {
    locked(
        () -> {
          current = current.nextEpoch();
          return true;
        });
  }

  /** That part is broken until it is {@link #up}; returns whether it is news. */
  boolean down(Part part, String reason) {
    return locked(
        () -> {
          boolean news = broken.put(part, reason) == null;
          if (isOutage()) {
            current = current.outage(unavailable("cannot be read: " + reason));
          }
          return news;
        });
  }

  private boolean isOutage() {
    return broken.containsKey(Part.CHANGES)
        || (broken.containsKey(Part.FIRST_QUERIES) && broken.containsKey(Part.SECOND_QUERIES));
  }

  /** Nobody waits any longer for the first map: down until it comes, unless it just came. */
  void startWithout(String reason) {
    locked(
        () ->
            current.map() == null
                && !broken.containsKey(Part.CHANGES)
                && down(Part.CHANGES, reason));
  }

  /** That part of the connection works; returns whether this is news. */
  boolean up(Part part) {
    return locked(
        () -> {
          if (broken.remove(part) == null) {
            return false;
          }
          if (!isOutage()) {
            current = current.outage(null);
          }
          return true;
        });
  }

  /** Blocks every answer if the catalog has been silent for too long; returns whether it did. */
  boolean expire() {
    return locked(
        () -> {
          MapState now = current;
          if (now.outage() == null || now.blocked() != null || nanosToExpiry() > 0) {
            return false;
          }
          current =
              now.blocked(
                  unavailable("is too old to be used: " + broken.values().iterator().next()));
          return true;
        });
  }

  boolean closed() {
    return locked(() -> closed);
  }

  /** Blocks every answer for good; returns the answer. */
  Lookup.Unavailable close() {
    Lookup.Unavailable reason = unavailable("has been closed");
    locked(
        () -> {
          closed = true;
          current = current.blocked(reason);
          return true;
        });
    return reason;
  }
}
