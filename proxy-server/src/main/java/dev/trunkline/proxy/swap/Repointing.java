package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.swap.SwapRequest.Depth;
import dev.trunkline.shard.MapChange;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapVersion;
import java.time.Duration;

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

  /** A new version in which everything is as before the newest; everything has to be paused. */
  public long back() throws SwapFailed, MapChangeException {
    MapChanges changes = changes();
    MapVersion now = changes.version();
    Barrier pause = needsPause(new GateScope.Everything());
    return change(new MapChange.Back(now.number() - 1), changes, now, pause);
  }

  private long change(MapChange change, MapChanges changes, MapVersion expected, Barrier pause)
      throws SwapFailed, MapChangeException {
    SwapRequest request =
        new SwapRequest(change, Depth.SWAP, Duration.ZERO, null, null, null, 0, who, why);
    long version = Change.apply(site, changes, request, expected, pause);
    site.followHomes();
    site.welcomes().forget();
    return version;
  }

  /** A pause of exactly that scope, or of everything. */
  private Barrier needsPause(GateScope scope) throws SwapFailed {
    Barrier own = site.gate().find(scope);
    Barrier all = site.gate().find(new GateScope.Everything());
    Barrier barrier = own == null ? all : own;
    if (barrier == null || !barrier.holds() || barrier.drain().running() > 0) {
      throw new SwapFailed(
          "Pause " + scope + " first, and let it drain; or use SWAP, which does all of it.");
    }
    return barrier;
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
