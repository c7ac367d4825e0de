package dev.trunkline.proxy.gate;

import dev.trunkline.wire.ErrorFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Holds new transactions of what is paused. While nothing is, it costs one read of a field per
 * transaction. Safe from any thread.
 */
public final class Gate {
  /** Those who wait go on in handfuls, about that far apart. */
  private static final long TICK_MILLIS = 2;

  /** How often a pause that must not end yet is looked at again. */
  private static final long RETRY_MILLIS = 20;

  /**
   * What a pause may cost.
   *
   * @param clients that wait at once, over all pauses
   * @param bytes they may have sent ahead
   * @param rate transactions let through per second and pause; 0 = all at once
   */
  public record Limits(int clients, long bytes, int rate) {}

  private final Supplier<Limits> limits;
  private final ScheduledExecutorService timer;
  private final Room room = new Room();

  /** Null while nothing is paused. */
  private volatile List<Barrier> closed;

  /**
   * @param timer lets those who wait through, and ends what has been held for too long
   */
  public Gate(Supplier<Limits> limits, ScheduledExecutorService timer) {
    this.limits = limits;
    this.timer = timer;
  }

  /** What is paused; null: nothing is. */
  public List<Barrier> closed() {
    return closed;
  }

  /** How many transactions wait. */
  public int waiting() {
    return room.waiting();
  }

  Limits limits() {
    return limits.get();
  }

  Room room() {
    return room;
  }

  /** The pause of exactly that scope, or null. */
  public Barrier find(GateScope scope) {
    List<Barrier> now = closed;
    return now == null
        ? null
        : now.stream().filter(each -> each.scope().equals(scope)).findFirst().orElse(null);
  }

  /**
   * Holds the scope's new transactions from now on.
   *
   * @return the pause; null when exactly that scope is paused already
   */
  public synchronized Barrier close(GateScope scope) {
    if (find(scope) != null) {
      return null;
    }
    List<Barrier> next = closed == null ? new ArrayList<>() : new ArrayList<>(closed);
    Barrier barrier = new Barrier(scope, this);
    next.add(barrier);
    closed = List.copyOf(next);
    return barrier;
  }

  /** Ends a pause by itself after that time, unless it has ended before. */
  public void limit(Barrier barrier, Duration hold, Runnable end) {
    if (!hold.isZero()) {
      timer.schedule(() -> endOfHold(barrier, end), hold.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private static void endOfHold(Barrier barrier, Runnable end) {
    if (barrier.holds()) {
      end.run();
    }
  }

  /**
   * Lets those who wait through, oldest first; newcomers queue behind them until all have gone.
   *
   * @return false when {@link Barrier#closedUntil} forbids it: then it opens as soon as it may
   */
  public boolean open(Barrier barrier) {
    return end(barrier, () -> empty(barrier));
  }

  /**
   * Ends a pause with an error for those who wait.
   *
   * @return as {@link #open}
   */
  public boolean fail(Barrier barrier, ErrorFields error) {
    return end(
        barrier,
        () -> {
          barrier.fail(error);
          remove(barrier);
        });
  }

  private boolean end(Barrier barrier, Runnable how) {
    if (!barrier.mayOpen()) {
      timer.schedule(() -> end(barrier, how), RETRY_MILLIS, TimeUnit.MILLISECONDS);
      return false;
    }
    if (barrier.beginEmptying()) {
      how.run();
    }
    return true;
  }

  private void empty(Barrier barrier) {
    int rate = limits().rate();
    int batch = rate == 0 ? Integer.MAX_VALUE : (int) Math.max(1, rate * TICK_MILLIS / 1_000L);
    if (barrier.admit(batch)) {
      long nanos = rate == 0 ? 0 : batch * 1_000_000_000L / rate;
      timer.schedule(() -> empty(barrier), nanos, TimeUnit.NANOSECONDS);
    } else {
      remove(barrier);
    }
  }

  private synchronized void remove(Barrier barrier) {
    List<Barrier> next = new ArrayList<>(closed);
    next.remove(barrier);
    closed = next.isEmpty() ? null : List.copyOf(next);
  }
}
