package dev.trunkline.proxy.gate;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The transactions that ran when a scope was paused, and when the last of them has ended. A loop
 * that is asked for its own after the gate has been closed can have none that are not counted: its
 * next one finds the gate closed. Safe from any thread.
 */
public final class Drain {
  /** A client with a lease. Its methods may be called from any thread. */
  public interface Holder {
    /**
     * Says of the client what keeps it, with {@link Drain#note}.
     *
     * @param cancel ends its transaction as well, if one runs
     */
    void press(Drain drain, boolean cancel);
  }

  private final GateScope scope;

  /** Loops to be asked and holders to end; one more until all loops have been named. */
  private final AtomicInteger open = new AtomicInteger(1);

  private final CountDownLatch done = new CountDownLatch(1);
  private final Map<Holder, String> holders = new ConcurrentHashMap<>();

  /** Those whose transactions were cancelled: who is asked again is not another one. */
  private final Set<Holder> cancelled = ConcurrentHashMap.newKeySet();

  private final AtomicInteger found = new AtomicInteger();

  Drain(GateScope scope) {
    this.scope = scope;
  }

  public GateScope scope() {
    return scope;
  }

  /** One more loop will be asked. */
  public void expect() {
    open.incrementAndGet();
  }

  /** A loop has named its holders, or all loops have been expected. */
  public void asked() {
    close();
  }

  /** A lease of the scope that runs. */
  public void add(Holder holder) {
    holders.put(holder, "");
    found.incrementAndGet();
    open.incrementAndGet();
  }

  /** Its lease has ended. */
  public void remove(Holder holder) {
    if (holders.remove(holder) != null) {
      close();
    }
  }

  private void close() {
    if (open.decrementAndGet() == 0) {
      done.countDown();
    }
  }

  /** Waits; whether nothing of the scope runs any more. */
  public boolean await(Duration limit) throws InterruptedException {
    return done.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Asks all that are left what keeps them, and cancels what runs if wished. */
  public void press(boolean cancel) {
    holders.keySet().forEach(holder -> holder.press(this, cancel));
  }

  /** What keeps a holder, for people. */
  public void note(Holder holder, String text) {
    holders.computeIfPresent(holder, (same, before) -> text);
  }

  /** A holder's transaction has been cancelled. */
  public void cancelled(Holder holder) {
    cancelled.add(holder);
  }

  /** How many transactions were cancelled. */
  public int cancelledCount() {
    return cancelled.size();
  }

  /** How many leases there were when it began. */
  public int foundCount() {
    return found.get();
  }

  /** How many leases of the scope still run, or one when not all loops have answered. */
  public int running() {
    return done.getCount() == 0 ? 0 : Math.max(1, holders.size());
  }

  /** Who is left, as {@link #note} has it, sorted. */
  public SortedSet<String> left() {
    SortedSet<String> names = new TreeSet<>(holders.values());
    names.remove("");
    return names;
  }
}
