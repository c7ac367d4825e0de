package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.swap.SwapReport.Result;
import dev.trunkline.proxy.swap.SwapReport.Step;
import dev.trunkline.proxy.swap.SwapRequest.Depth;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapVersion;
import dev.trunkline.shard.PreflightCheck;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One swap: checks, warms, approaches, pauses, drains, fences, verifies, changes the map, and lets
 * clients go on, at the new home or, when anything fails before the map has changed, at the old
 * one. Blocks; of one thread.
 */
public final class Swap {
  /** How far it has come. */
  public enum State {
    PLANNED,
    /** The checks have passed, connections to the new home are open, and it lacks little. */
    READY,
    /** New transactions wait. */
    PAUSED,
    /** None runs any more. */
    DRAINED,
    /** Nobody else writes at the old home either. */
    FENCED,
    /** The new home has what was acknowledged. */
    VERIFIED,
    /** The map says the new home: there is no way back but another swap. */
    REPOINTED,
    /** Whether the map has changed is not known yet: the pause lasts until it is. */
    UNDECIDED,
    /** Ended without a change, as it was meant to, or because something failed. */
    UNDONE;

    /** Whether there is, or may be, no way back. */
    private boolean touchedTheMap() {
      return this == REPOINTED || this == UNDECIDED;
    }

    /** Whether somebody else may have met the fence. */
    private boolean fenced() {
      return compareTo(DRAINED) >= 0;
    }

    private boolean leadsTo(State next) {
      return switch (next) {
        case PLANNED -> false;
        case READY -> this == PLANNED;
        case PAUSED -> this == READY;
        case DRAINED -> this == PAUSED;
        case FENCED -> this == DRAINED;
        case VERIFIED -> this == FENCED;
        case REPOINTED, UNDECIDED -> this == VERIFIED;
        case UNDONE -> !touchedTheMap();
      };
    }
  }

  /** A part of it. */
  private interface Work {
    /** Says what was found. */
    String run() throws SwapFailed, InterruptedException, SQLException, MapChangeException;
  }

  /** Longer than other processes take to ask, once they have met a fence. */
  private static final Duration LINGER = Duration.ofMillis(500);

  private final SwapSite site;
  private final SwapRequest request;
  private final long id;
  private final Pauses pauses;
  private final Instant began = Instant.now();
  private final List<Step> steps = new ArrayList<>();
  private State state = State.PLANNED;
  private String failure;
  private Journey journey;
  private Barrier barrier;
  private long deadline;

  Swap(SwapSite site, SwapRequest request, long id) {
    this.site = site;
    this.request = request;
    this.id = id;
    this.pauses = new Pauses(site);
  }

  private void move(State next) {
    if (!state.leadsTo(next)) {
      throw new IllegalStateException("a swap cannot go from " + state + " to " + next);
    }
    state = next;
    Log.log("swap " + id + ": " + next);
  }

  /** Does it all. Clients are let go on, and what was begun is taken back, whatever happens. */
  SwapReport run() throws InterruptedException {
    try {
      attempt();
    } catch (SwapFailed | SQLException | MapChangeException | RuntimeException e) {
      failure = e.getMessage() == null ? e.toString() : e.getMessage();
    }
    return report();
  }

  private void attempt() throws SwapFailed, InterruptedException, SQLException, MapChangeException {
    Router router = site.router();
    MapChanges changes = router == null ? null : router.store().changes();
    if (changes == null) {
      throw new SwapFailed("There is no shard map that could be changed.");
    }
    MapVersion expected = changes.version();
    journey = Journey.away(router, request.change());
    Checks checks = new Checks(site, journey);
    check(checks);
    if (request.depth() == Depth.PLAN) {
      steps.addAll(checks.outlook(request));
      return;
    }
    Warming warming = new Warming(site, journey);
    try (OldAndNew homes = OldAndNew.of(journey, request, checks.users())) {
      step("warm", warming::run);
      try (MapChanges.Readiness _ = changes.prepare()) {
        if (request.catchUp() != null) {
          approach(homes);
        }
        move(State.READY);
        announced(homes, changes, expected);
      }
    } finally {
      if (!state.touchedTheMap()) {
        warming.undo();
      }
    }
  }

  /** Without a fence nobody is refused, and nobody has to know. */
  private void announced(OldAndNew homes, MapChanges changes, MapVersion expected)
      throws SwapFailed, InterruptedException, SQLException, MapChangeException {
    if (request.fence() == null) {
      paused(homes, changes, expected);
      return;
    }
    MapChanges.Announcement announcement = changes.announce();
    try {
      paused(homes, changes, expected);
    } finally {
      if (state == State.REPOINTED) {
        announcement.close();
      } else if (state == State.UNDECIDED) {
        barrier.atEnd(() -> Thread.ofVirtual().name("announcement").start(announcement::close));
      } else if (state.fenced()) {
        Thread.ofVirtual().name("announcement").start(() -> closeLater(announcement));
      } else {
        announcement.close();
      }
    }
  }

  /** The map does not tell of a fence that was taken back: who met it may not have asked yet. */
  private static void closeLater(MapChanges.Announcement announcement) {
    try (announcement) {
      Thread.sleep(LINGER);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  private void check(Checks checks) throws SwapFailed {
    long start = System.nanoTime();
    List<PreflightCheck> found = checks.run(request);
    for (PreflightCheck check : found) {
      steps.add(new Step("check: " + check.name(), result(check), check.micros(), check.found()));
    }
    String failed = Checks.failures(found);
    Result result = failed.isEmpty() ? Result.DONE : Result.FAILED;
    steps.add(done("checks", result, start, failed.isEmpty() ? "" : "a swap would stop here"));
    if (!failed.isEmpty() && request.depth() != Depth.PLAN) {
      throw new SwapFailed("A check of the new home failed. " + failed);
    }
  }

  private static Result result(PreflightCheck check) {
    return switch (check.result()) {
      case PASSED -> Result.DONE;
      case WARNED -> Result.WARNED;
      case FAILED -> Result.FAILED;
      case SKIPPED -> Result.SKIPPED;
    };
  }

  /** Nobody is held for a new home that would not catch up while they may be. */
  private void approach(OldAndNew homes) throws SwapFailed, InterruptedException, SQLException {
    long start = System.nanoTime();
    try {
      Approach found = Approach.towards(homes::lag, request.within(), Approach.PATIENCE);
      steps.add(done("approach", found.result(), start, found.found()));
      if (found.result() == Result.FAILED) {
        throw new SwapFailed(
            "Nobody was held: %s, and WITHIN is %d ms."
                .formatted(found.found(), request.within().toMillis()));
      }
    } catch (SQLException e) {
      steps.add(done("approach", Result.FAILED, start, e.getMessage()));
      throw e;
    }
  }

  private void paused(OldAndNew homes, MapChanges changes, MapVersion expected)
      throws SwapFailed, InterruptedException, SQLException, MapChangeException {
    deadline = System.nanoTime() + request.within().toNanos();
    barrier = pauses.begin(journey.scope());
    if (barrier == null) {
      throw new SwapFailed(
          "The " + journey.scope() + " is paused already: RESUME it, or use REPOINT.");
    }
    try {
      move(State.PAUSED);
      step("drain", this::drain);
      move(State.DRAINED);
      step("fence", () -> homes.fence(left()));
      move(State.FENCED);
      step("verify", () -> homes.verify(left()));
      move(State.VERIFIED);
      if (request.depth() == Depth.SWAP) {
        step("repoint", () -> repoint(changes, expected));
      }
    } finally {
      release(homes);
    }
  }

  private String drain() throws SwapFailed, InterruptedException {
    pauses.drainedWithin(barrier, left());
    return barrier.drain().foundCount() + " leases were running";
  }

  /** What is left of the time clients may be held; it is over when there is none. */
  private Duration left() throws SwapFailed {
    long nanos = deadline - System.nanoTime();
    if (nanos <= 0) {
      throw new SwapFailed("The time is over: WITHIN " + request.within().toMillis() + "ms.");
    }
    return Duration.ofNanos(nanos);
  }

  private String repoint(MapChanges changes, MapVersion expected)
      throws SwapFailed, MapChangeException {
    left();
    try {
      long version = Change.apply(site, changes, request, expected, barrier);
      move(State.REPOINTED);
      return "version " + version;
    } catch (SwapFailed e) {
      switch (e.fate()) {
        case UNCHANGED -> {}
        case CHANGED -> move(State.REPOINTED);
        case UNKNOWN -> move(State.UNDECIDED);
      }
      throw e;
    }
  }

  /** The end of the pause. */
  private void release(OldAndNew homes) {
    long start = System.nanoTime();
    if (!state.touchedTheMap()) {
      unfence(homes);
    }
    steps.add(
        site.gate().open(barrier)
            ? done("resume", Result.DONE, start, barrier.scope() + " goes on")
            : done("resume", Result.WARNED, start, barrier.scope() + " stays paused for now"));
    if (state == State.REPOINTED) {
      site.followHomes();
      site.welcomes().forget();
    }
  }

  private void unfence(OldAndNew homes) {
    long start = System.nanoTime();
    try {
      if (homes.unfence()) {
        steps.add(done("unfence", Result.DONE, start, ""));
      }
    } catch (SQLException e) {
      steps.add(done("unfence", Result.FAILED, start, e.getMessage()));
      Log.error("swap " + id + ": the fence could not be taken back: " + e.getMessage());
    }
  }

  private void step(String name, Work work)
      throws SwapFailed, InterruptedException, SQLException, MapChangeException {
    long start = System.nanoTime();
    try {
      steps.add(done(name, Result.DONE, start, work.run()));
    } catch (SwapFailed | SQLException | MapChangeException e) {
      steps.add(done(name, Result.FAILED, start, e.getMessage()));
      throw e;
    }
  }

  private static Step done(String name, Result result, long start, String detail) {
    return new Step(name, result, Math.max(1, (System.nanoTime() - start) / 1_000), detail);
  }

  private SwapReport report() {
    if (!state.touchedTheMap()) {
      move(State.UNDONE);
    }
    boolean held = barrier != null;
    return new SwapReport(
        id,
        began,
        request,
        state,
        failure,
        held ? barrier.waits().count() : 0,
        held ? barrier.waits().longest() : 0,
        held ? barrier.waits().quantile(0.5) : 0,
        held ? barrier.waits().quantile(0.99) : 0,
        held ? barrier.refused() : 0,
        held ? barrier.drain().cancelledCount() : 0,
        List.copyOf(steps));
  }
}
