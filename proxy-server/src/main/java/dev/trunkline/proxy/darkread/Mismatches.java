package dev.trunkline.proxy.darkread;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.IntSupplier;

/** The last mismatches of the process. Safe from any thread. */
final class Mismatches {
  private final IntSupplier limit;
  private final Deque<Mismatch> kept = new ArrayDeque<>();

  Mismatches(IntSupplier limit) {
    this.limit = limit;
  }

  synchronized void add(Mismatch mismatch) {
    kept.addFirst(mismatch);
    while (kept.size() > limit.getAsInt()) {
      kept.removeLast();
    }
  }

  /** Newest first; a copy. */
  synchronized List<Mismatch> all() {
    return List.copyOf(kept);
  }
}
