package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * One question to the catalog and everybody who waits for it. Guarded by the map's lock until it
 * has its answer; from then on it belongs to the thread that answered.
 */
final class WorkspaceLoad {
  private static final int MAX_ATTEMPTS = 5;

  private final String workspace;
  private final List<Consumer<Lookup>> waiters = new ArrayList<>(1);
  private int generation;
  private long atLeast;
  private int attempts;
  private Lookup answer;

  /**
   * @param atLeast the version that the answer must have been read in, or a later one
   */
  WorkspaceLoad(String workspace, int generation, long atLeast) {
    this.workspace = workspace;
    this.generation = generation;
    this.atLeast = atLeast;
  }

  String workspace() {
    return workspace;
  }

  void await(Consumer<Lookup> waiter) {
    waiters.add(waiter);
  }

  /** The workspace changed in that version: an answer from before is too late. */
  void outdateBefore(long version) {
    atLeast = Math.max(atLeast, version);
  }

  boolean accepts(int currentGeneration, long version) {
    return generation == currentGeneration && version >= atLeast;
  }

  /** Whether the question may be put once more, now of this generation. */
  boolean mayAskAgain(int currentGeneration, long seen) {
    generation = currentGeneration;
    atLeast = seen;
    return ++attempts < MAX_ATTEMPTS;
  }

  void answer(Lookup lookup) {
    answer = lookup;
  }

  /** Tells everybody the answer, once. Outside the lock: the waiters are foreign code. */
  void deliver(Consumer<String> log) {
    List<Consumer<Lookup>> told = List.copyOf(waiters);
    waiters.clear();
    for (Consumer<Lookup> waiter : told) {
      try {
        waiter.accept(answer);
      } catch (RuntimeException e) {
        log.accept("Whoever asked for workspace " + workspace + " failed on the answer: " + e);
      }
    }
  }
}
