package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.swap.SwapFailed.Fate;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapOutcome;
import dev.trunkline.shard.MapVersion;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes a new version of the map, and keeps the pause closed until this process routes by the map
 * that is in force, whatever becomes of the catalog meanwhile and whoever wants it open. Blocks.
 *
 * <p>A catalog that breaks off around its commit is asked again and again, with the same change and
 * the same expected version: it waits for a commit that is still under way there, and of all the
 * attempts one is applied.
 */
final class Change {
  /** How long the operator is kept waiting; the work goes on after that. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Duration RETRY = Duration.ofMillis(100);
  private static final Duration POLL = Duration.ofMillis(1);

  /** Entries of the journal in which a version is looked for: it has rarely more than one. */
  static final int HISTORY = 100;

  private final SwapSite site;
  private final MapChanges changes;
  private final SwapRequest request;
  private final MapVersion expected;
  private final FutureTask<Long> work = new FutureTask<>(this::apply);
  private volatile String trouble;

  private Change(SwapSite site, MapChanges changes, SwapRequest request, MapVersion expected) {
    this.site = site;
    this.changes = changes;
    this.request = request;
    this.expected = expected;
  }

  /**
   * Applies a request's change, on a thread that nobody interrupts.
   *
   * @param barrier holds what moves
   * @return the new version
   * @throws SwapFailed saying what has become of the map
   */
  static long apply(
      SwapSite site, MapChanges changes, SwapRequest request, MapVersion expected, Barrier barrier)
      throws SwapFailed, MapChangeException {
    Change change = new Change(site, changes, request, expected);
    barrier.closedUntil(change::settled);
    Thread.ofVirtual().name("repoint").start(change.work);
    return change.result();
  }

  /** Whether this process routes by what has become of the map. */
  private boolean settled() {
    return work.state() == Future.State.SUCCESS ? followed(work.resultNow()) : work.isDone();
  }

  private boolean followed(long version) {
    Router now = site.router();
    return now == null || now.store().version() >= version;
  }

  // ---- the operator ----

  private long result() throws SwapFailed, MapChangeException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return result(deadline);
      } catch (InterruptedException late) {
        // From here on ^C comes too late: it would leave open which version is in force.
        Log.log("a swap cannot be cancelled while the map is being changed");
      }
    }
  }

  private long result(long deadline) throws SwapFailed, MapChangeException, InterruptedException {
    long version = version(deadline);
    while (!followed(version)) {
      if (System.nanoTime() - deadline > 0) {
        throw new SwapFailed(
            Fate.CHANGED,
            "The map has version %d, but this process has not heard of it.".formatted(version),
            null);
      }
      Thread.sleep(POLL);
    }
    return version;
  }

  private long version(long deadline) throws SwapFailed, MapChangeException, InterruptedException {
    try {
      return work.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      String why = trouble == null ? "It does not answer." : trouble;
      throw new SwapFailed(
          Fate.UNKNOWN, "Whether the catalog has changed the map is not known. " + why, e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case MapChangeException failed -> throw failed;
        case SwapFailed failed -> throw failed;
        default ->
            throw new SwapFailed(
                Fate.UNCHANGED, "The map was not changed: " + e.getCause(), e.getCause());
      }
    }
  }

  // ---- the catalog ----

  private long apply() throws SwapFailed, MapChangeException, InterruptedException {
    boolean again = false;
    while (true) {
      try {
        return attempt(again);
      } catch (MapChangeException e) {
        if (!again && e.fate() == MapChangeException.Fate.REFUSED) {
          throw e;
        }
        // What an earlier attempt has done is still open, whatever this one was told.
        again = true;
        note(e.getMessage());
        Thread.sleep(RETRY);
      }
    }
  }

  private void note(String what) {
    if (!what.equals(trouble)) {
      trouble = what;
      Log.warning("the map is being changed, version " + expected.number() + ": " + what);
    }
  }

  private long attempt(boolean again) throws SwapFailed, MapChangeException {
    return switch (changes.apply(request.change(), expected, request.who(), request.why())) {
      case MapOutcome.Applied(MapVersion version) -> version.number();
      case MapOutcome.MovedOn moved -> {
        if (again && ours(expected.number() + 1)) {
          yield expected.number() + 1;
        }
        throw new SwapFailed(moved.message());
      }
    };
  }

  private boolean ours(long version) throws MapChangeException {
    return changes.history(HISTORY).stream()
        .anyMatch(
            entry ->
                entry.version() == version
                    && entry.who().equals(request.who())
                    && entry.why().equals(request.why()));
  }
}
