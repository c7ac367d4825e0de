package dev.trunkline.proxy.storm;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the clients of a storm know: the fate of each row they sent, and how often what happened.
 */
final class Tally {
  /** Row numbers of one client are below this. */
  static final long SPAN = 1L << 32;

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final BitSet[] kept;
  private final BitSet[] unknown;

  Tally(int clients) {
    kept = new BitSet[clients];
    unknown = new BitSet[clients];
    for (int i = 0; i < clients; i++) {
      kept[i] = new BitSet();
      unknown[i] = new BitSet();
    }
  }

  void count(String what) {
    counts.computeIfAbsent(what, _ -> new LongAdder()).increment();
  }

  /** The server has said that the row is committed. On the client's thread. */
  void kept(long number) {
    kept[client(number)].set(within(number));
  }

  /** The client did not wait for the answer. On the client's thread. */
  void unknown(long number) {
    unknown[client(number)].set(within(number));
  }

  boolean mayExist(long number) {
    int client = client(number);
    int within = within(number);
    return kept[client].get(within) || unknown[client].get(within);
  }

  /** To be called once for each row found. */
  void found(long number) {
    kept[client(number)].clear(within(number));
  }

  /** Rows that were acknowledged; after all {@link #found}: those that are lost. */
  long keptRows() {
    long sum = 0;
    for (BitSet each : kept) {
      sum += each.cardinality();
    }
    return sum;
  }

  private static int client(long number) {
    return (int) (number / SPAN);
  }

  private static int within(long number) {
    return (int) (number % SPAN);
  }

  @Override
  public String toString() {
    return new TreeMap<>(counts).toString();
  }
}
