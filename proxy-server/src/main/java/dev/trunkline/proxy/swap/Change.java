package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapEntry;
import dev.trunkline.shard.MapOutcome;
import dev.trunkline.shard.MapStore;
import dev.trunkline.shard.MapVersion;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Makes a new version of the map, and waits until this process routes by it. Blocks. */
final class Change {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long POLL_MILLIS = 1;

  private final MapStore store;
  private final MapChanges changes;

  private Change(MapStore store, MapChanges changes) {
    this.store = store;
    this.changes = changes;
  }

  /** As {@link #apply}, on a thread that nobody interrupts. */
  static long uninterrupted(
      MapStore store, MapChanges changes, SwapRequest request, MapVersion expected)
      throws SwapFailed, MapChangeException {
    Change change = new Change(store, changes);
    FutureTask<Long> work = new FutureTask<>(() -> change.apply(request, expected));
    Thread.ofVirtual().name("repoint").start(work);
    return result(work);
  }

  /** From here on ^C comes too late: it would leave open which version is in force. */
  private static long result(FutureTask<Long> work) throws SwapFailed, MapChangeException {
    while (true) {
      try {
        return work.get();
      } catch (InterruptedException late) {
        Log.log("a swap cannot be cancelled while the map is being changed");
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case MapChangeException failed -> throw failed;
          case SwapFailed failed -> throw failed;
          default -> throw new SwapFailed("The map was not changed: " + e.getCause(), e);
        }
      }
    }
  }

  /**
   * Applies a request's change.
   *
   * @return the new version
   * @throws SwapFailed when somebody else has changed the map first
   */
  private long apply(SwapRequest request, MapVersion expected)
      throws SwapFailed, MapChangeException, InterruptedException {
    long version = applied(request, expected);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (store.version() < version && System.nanoTime() - deadline < 0) {
      Thread.sleep(POLL_MILLIS);
    }
    return version;
  }

  private long applied(SwapRequest request, MapVersion expected)
      throws SwapFailed, MapChangeException, InterruptedException {
    try {
      return switch (changes.apply(request.change(), expected, request.who(), request.why())) {
        case MapOutcome.Applied(MapVersion version) -> version.number();
        case MapOutcome.MovedOn moved -> throw new SwapFailed(moved.message());
      };
    } catch (MapChangeException e) {
      if (e.fate() == MapChangeException.Fate.REFUSED) {
        throw e;
      }
      return lookedUp(request, expected, e);
    }
  }

  /** The connection broke around the commit: the catalog says which of the two versions it has. */
  private long lookedUp(SwapRequest request, MapVersion expected, MapChangeException unknown)
      throws MapChangeException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        long now = changes.version().number();
        if (now > expected.number() && ours(request, expected.number() + 1)) {
          return expected.number() + 1;
        }
        throw unknown;
      } catch (MapChangeException e) {
        if (e == unknown || System.nanoTime() - deadline > 0) {
          throw e;
        }
        Thread.sleep(PATIENCE.toMillis() / 50);
      }
    }
  }

  private boolean ours(SwapRequest request, long version) throws MapChangeException {
    List<MapEntry> newest = changes.history(100);
    return newest.stream()
        .anyMatch(
            entry ->
                entry.version() == version
                    && entry.who().equals(request.who())
                    && entry.why().equals(request.why()));
  }
}
