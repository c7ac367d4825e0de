package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.swap.SwapRequest.Depth;
import dev.trunkline.shard.MapChange;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapEntry;
import dev.trunkline.shard.MapVersion;
import java.time.Duration;
import java.util.List;

/** Changes the map where the operator has paused what moves. Blocks. */
public final class Repointing {
  private final SwapSite site;
  private final String who;
  private final String why;

  public Repointing(SwapSite site, String who, String why) {
    this.site = site;
    this.who = who;
    this.why = why;
  }

  /**
   * Applies a change whose scope is paused and drained, after the checks of a swap.
   *
   * @return the new version
   */
  public long apply(MapChange change) throws SwapFailed, MapChangeException {
    MapChanges changes = changes();
    MapVersion expected = changes.version();
    Journey journey = Journey.of(site.router(), change);
    needsPause(journey.scope());
    String failed = Checks.failures(new Checks(site, journey).ofHomes());
    if (!failed.isEmpty()) {
      throw new SwapFailed("The new home is not ready. " + failed);
    }
    return change(change, changes, expected, needsPause(journey.scope()));
  }

  /**
   * A new version in which everything is as before the newest. Where the operator has not paused
   * what that moves, it stands still for just as long.
   *
   * @param within how long its running transactions have to end
   */
  public long back(Duration within) throws SwapFailed, MapChangeException, InterruptedException {
    MapChanges changes = changes();
    MapVersion now = changes.version();
    MapChange back = new MapChange.Back(now.number() - 1);
    GateScope scope = changedBy(changes, now);
    Pauses pauses = new Pauses(site);
    Barrier own = pauseInForce(scope) == null ? pauses.begin(scope) : null;
    if (own == null) {
      return change(back, changes, now, needsPause(scope));
    }
    try {
      pauses.drainedWithin(own, within);
      return change(back, changes, now, own);
    } finally {
      site.gate().open(own);
    }
  }

  /** What a version has moved: one thing, or else everything. */
  private static GateScope changedBy(MapChanges changes, MapVersion version)
      throws SwapFailed, MapChangeException {
    List<MapEntry> newest =
        changes.history(2).stream().filter(each -> each.version() == version.number()).toList();
    if (newest.isEmpty()) {
      throw new SwapFailed("There is no version before this one: the journal is empty.");
    }
    String subject = newest.getFirst().subject();
    return newest.size() > 1
        ? new GateScope.Everything()
        : switch (newest.getFirst().kind()) {
          case HOST -> new GateScope.Host(subject);
          case SHARD -> new GateScope.Shard(subject);
          case WORKSPACE -> new GateScope.Workspace(subject);
        };
  }

  private long change(MapChange change, MapChanges changes, MapVersion expected, Barrier pause)
      throws SwapFailed, MapChangeException {
    String reason =
        why.isEmpty() && change instanceof MapChange.Back(long to) ? "back to version " + to : why;
    SwapRequest request =
        new SwapRequest(change, Depth.SWAP, Duration.ZERO, null, null, null, 0, who, reason);
    long version = Change.apply(site, changes, request, expected, pause);
    site.followHomes();
    site.welcomes().forget();
    return version;
  }

  private Barrier needsPause(GateScope scope) throws SwapFailed {
    Barrier barrier = pauseInForce(scope);
    if (barrier == null || !barrier.holds() || barrier.drain().running() > 0) {
      throw new SwapFailed(
          "Pause " + scope + " first, and let it drain; or use SWAP, which does all of it.");
    }
    return barrier;
  }

  /** A pause of exactly that scope, or of everything; null for none. */
  private Barrier pauseInForce(GateScope scope) {
    Barrier own = site.gate().find(scope);
    return own == null ? site.gate().find(new GateScope.Everything()) : own;
  }

  private MapChanges changes() throws SwapFailed {
    Router router = site.router();
    MapChanges changes = router == null ? null : router.store().changes();
    if (changes == null) {
      throw new SwapFailed("There is no shard map that could be changed.");
    }
    return changes;
  }
}
