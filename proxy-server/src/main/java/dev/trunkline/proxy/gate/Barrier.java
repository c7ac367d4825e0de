package dev.trunkline.proxy.gate;

import dev.trunkline.wire.ErrorFields;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * One pause: its scope, who waits, and what still runs. Safe from any thread; one short lock, under
 * which is decided and nothing is done.
 */
public final class Barrier {
  /** What becomes of those who come. */
  private enum Phase {
    /** They wait. */
    HOLDING,
    /** They wait behind those who are being let through, oldest first. */
    EMPTYING,
    /** They pass. */
    OPEN
  }

  /** What a client that comes is to do. */
  public enum Entry {
    PASSES,
    WAITS,
    /** The waiting room is full. */
    REFUSED
  }

  private final GateScope scope;
  private final Gate gate;
  private final Drain drain;
  private final LinkedHashSet<Turn> turns = new LinkedHashSet<>();
  private final Waits waits = new Waits();
  private final List<Runnable> atEnd = new ArrayList<>();
  private Phase phase = Phase.HOLDING;
  private BooleanSupplier mayOpen = () -> true;
  private int refused;
  private final long sinceNanos = System.nanoTime();

  Barrier(GateScope scope, Gate gate) {
    this.scope = scope;
    this.gate = gate;
    this.drain = new Drain(scope);
  }

  public GateScope scope() {
    return scope;
  }

  /** What ran when the pause began. */
  public Drain drain() {
    return drain;
  }

  /** How long those who were let through had waited. */
  public Waits waits() {
    return waits;
  }

  /** Whether new transactions are held, and nobody has begun to let them through. */
  public synchronized boolean holds() {
    return phase == Phase.HOLDING;
  }

  /** How long it has been in force. */
  public long heldNanos() {
    return System.nanoTime() - sinceNanos;
  }

  public synchronized int waiting() {
    return turns.size();
  }

  /** A client's new transaction has come. */
  public synchronized Entry enter(Turn turn) {
    if (phase == Phase.OPEN) {
      return Entry.PASSES;
    }
    if (!gate.room().enter(turn, gate.limits())) {
      refused++;
      return Entry.REFUSED;
    }
    turns.add(turn);
    return Entry.WAITS;
  }

  synchronized boolean forget(Turn turn) {
    boolean there = turns.remove(turn);
    if (there) {
      gate.room().leave(turn);
    }
    return there;
  }

  /**
   * Stays closed, whoever opens it, until that holds; and until what was asked for before does.
   *
   * @param condition is asked from any thread, does not block, and holds for ever once it has held
   */
  public synchronized void closedUntil(BooleanSupplier condition) {
    BooleanSupplier before = mayOpen;
    mayOpen = () -> before.getAsBoolean() && condition.getAsBoolean();
  }

  /** Whether nothing keeps it closed but its being paused. */
  public boolean mayOpen() {
    BooleanSupplier condition;
    synchronized (this) {
      condition = mayOpen;
    }
    return condition.getAsBoolean();
  }

  /** Done once, before anybody is let through; at once when that has begun already. */
  public void atEnd(Runnable work) {
    synchronized (this) {
      if (phase == Phase.HOLDING) {
        atEnd.add(work);
        return;
      }
    }
    work.run();
  }

  /** From now on they are let through; false when that was so already. */
  boolean beginEmptying() {
    synchronized (this) {
      if (phase != Phase.HOLDING) {
        return false;
      }
      phase = Phase.EMPTYING;
    }
    atEnd.forEach(Runnable::run);
    return true;
  }

  /** The next ones to be let through; none: everybody passes from now on. */
  private synchronized List<Turn> next(int count) {
    List<Turn> next = new ArrayList<>();
    while (next.size() < count && !turns.isEmpty()) {
      Turn turn = turns.removeFirst();
      gate.room().leave(turn);
      next.add(turn);
    }
    if (next.isEmpty()) {
      phase = Phase.OPEN;
    }
    return next;
  }

  /** Lets some through; false when nobody was left, and everybody passes. */
  boolean admit(int count) {
    List<Turn> next = next(count);
    long now = System.nanoTime();
    next.forEach(turn -> waits.add((now - turn.sinceNanos()) / 1_000));
    next.forEach(Turn::admit);
    return !next.isEmpty();
  }

  private synchronized void countRefused(int more) {
    refused += more;
  }

  /** How many were told an error instead of waiting to the end. */
  public synchronized int refused() {
    return refused;
  }

  /** Ends with an error for those who wait. */
  void fail(ErrorFields error) {
    List<Turn> next;
    do {
      next = next(Integer.MAX_VALUE);
      countRefused(next.size());
      next.forEach(turn -> turn.refuse(error));
    } while (!next.isEmpty());
  }
}
