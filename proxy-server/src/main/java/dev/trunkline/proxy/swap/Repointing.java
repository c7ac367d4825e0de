package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.swap.SwapFailed.Fate;
import dev.trunkline.proxy.swap.SwapRequest.Depth;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.MapChange;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapEntry;
import dev.trunkline.shard.MapVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes the map where the operator has paused what moves; the way back, of which nothing has to
 * be checked, pauses by itself where nobody has. Blocks.
 */
public final class Repointing {
  private static final Duration LOOK = Duration.ofMillis(1);

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
    Journey journey = Journey.away(site.router(), change);
    needsPause(journey.scope());
    String failed = Checks.failures(new Checks(site, journey).ofHomes());
    if (!failed.isEmpty()) {
      throw new SwapFailed("The new home is not ready. " + failed);
    }
    return change(change, changes, expected, needsPause(journey.scope()));
  }

  /**
   * A new version in which everything is as before the newest. Where the operator has not paused
   * what that moves, connections to where it goes are opened, and it stands still for just as long
   * as the change takes.
   *
   * @param within how long its running transactions have to end
   */
  long back(Duration within) throws SwapFailed, MapChangeException, InterruptedException {
    MapChanges changes = changes();
    MapVersion now = changes.version();
    MapChange back = new MapChange.Back(now.number() - 1);
    List<MapEntry> newest = changedBy(changes, now);
    GateScope scope = scope(newest);
    Barrier pause = pauseInForce(scope);
    if (pause != null && pause.holds()) {
      return change(back, changes, now, needsPause(scope));
    }
    awaitLifted(pause, within);
    List<Warming> warming = new ArrayList<>();
    Fate fate = Fate.UNCHANGED;
    try (MapChanges.Readiness _ = changes.prepare()) {
      for (MapEntry entry : newest) {
        warm(entry, warming);
      }
      long version = pausedBack(scope, back, changes, now, within);
      fate = Fate.CHANGED;
      return version;
    } catch (SwapFailed e) {
      fate = e.fate();
      throw e;
    } finally {
      if (fate == Fate.UNCHANGED) {
        warming.forEach(Warming::undo);
      }
    }
  }

  /** A pause that has ended lets those who wait through one after the other. */
  private void awaitLifted(Barrier pause, Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (pause != null
        && site.gate().find(pause.scope()) == pause
        && System.nanoTime() - end < 0) {
      Thread.sleep(LOOK);
    }
  }

  private long pausedBack(
      GateScope scope, MapChange back, MapChanges changes, MapVersion now, Duration within)
      throws SwapFailed, MapChangeException, InterruptedException {
    Pauses pauses = new Pauses(site);
    Barrier own = pauses.begin(scope);
    if (own == null) {
      throw new SwapFailed("The " + scope + " has just been paused: RESUME it, or ask again.");
    }
    try {
      pauses.drainedWithin(own, within);
      return change(back, changes, now, own);
    } finally {
      site.gate().open(own);
    }
  }

  /**
   * Opens the connections that clients need once this entry is undone: none where they are there
   * already. The journal may be ahead of what this process routes by, and the configuration may
   * name the new home by now.
   */
  private void warm(MapEntry entry, List<Warming> begun) throws SwapFailed, InterruptedException {
    MapChange undoing = undoing(entry);
    if (undoing == null) {
      return;
    }
    try {
      Warming warming = new Warming(site, Journey.of(site.router(), undoing));
      begun.add(warming);
      warming.run();
    } catch (SwapFailed e) {
      throw new SwapFailed(
          e.getMessage() + " Nobody was held. It is not asked where the scope is paused already.");
    }
  }

  /**
   * Null where it goes nowhere: there was no entry, or it is of a host that the configuration
   * lacks.
   */
  private MapChange undoing(MapEntry entry) {
    String name = entry.subject();
    String before = entry.before();
    return switch (entry.kind()) {
      case HOST -> {
        HostConfig host = site.config().hosts().get(name);
        yield host == null
            ? null
            : new MapChange.RepointHost(name, before == null ? host.home() : Home.parse(before));
      }
      case SHARD -> before == null ? null : new MapChange.RepointShard(name, before);
      case WORKSPACE -> before == null ? null : new MapChange.RepointWorkspace(name, before);
    };
  }

  /** What a version has moved. */
  private static List<MapEntry> changedBy(MapChanges changes, MapVersion version)
      throws SwapFailed, MapChangeException {
    List<MapEntry> newest =
        changes.history(Change.HISTORY).stream()
            .filter(each -> each.version() == version.number())
            .toList();
    if (newest.isEmpty()) {
      throw new SwapFailed("There is no version before this one: the journal is empty.");
    }
    return newest;
  }

  /** One thing, or else everything. */
  private static GateScope scope(List<MapEntry> moved) {
    String subject = moved.getFirst().subject();
    return moved.size() > 1
        ? new GateScope.Everything()
        : switch (moved.getFirst().kind()) {
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
