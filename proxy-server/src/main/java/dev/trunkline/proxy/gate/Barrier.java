package dev.trunkline.proxy.gate;

import dev.trunkline.wire.ErrorFields;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

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
  private Phase phase = Phase.HOLDING;
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

  /** From now on they are let through; false when that was so already. */
  synchronized boolean beginEmptying() {
    boolean first = phase == Phase.HOLDING;
    phase = first ? Phase.EMPTYING : phase;
    return first;
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
