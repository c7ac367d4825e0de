package dev.trunkline.proxy.console;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.Comparer;
import dev.trunkline.admin.Mover;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.swap.Pauses;
import dev.trunkline.proxy.swap.Repointing;
import dev.trunkline.proxy.swap.SwapFailed;
import dev.trunkline.proxy.swap.SwapReport;
import dev.trunkline.proxy.swap.SwapRequest;
import dev.trunkline.proxy.swap.Swaps;
import dev.trunkline.shard.CatchUp;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.MapChange;
import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapEntry;
import dev.trunkline.shard.MapView;
import dev.trunkline.shard.WorkspaceId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What one user of the console does to the gate and to the map. */
final class ProxyMover implements Mover {
  private static final int HISTORY = 1_000;

  private static final String BEHIND_THE_MAP =
      "Its part of the map is being changed, and this process does not route by the outcome yet. It"
          + " goes on by itself as soon as it does: see that the catalog can be reached. SHOW MAP"
          + " tells the version this process routes by, SHOW MAP HISTORY the one in force.";

  private final ProxyControl control;
  private final Swaps swaps;
  private final String user;
  private final Pauses pauses;

  ProxyMover(ProxyControl control, Swaps swaps, String user) {
    this.control = control;
    this.swaps = swaps;
    this.user = user;
    this.pauses = new Pauses(control);
  }

  // ---- pauses ----

  @Override
  public String pause(Scope scope, Duration drain) throws CommandFailed, InterruptedException {
    GateScope what = known(scope);
    Barrier barrier = pauses.begin(what);
    if (barrier == null) {
      throw refused("55000", what + " is paused already", "RESUME lets it go on.");
    }
    Log.log("PAUSE of " + what + " by " + user);
    pauses.limit(barrier);
    try {
      pauses.drained(barrier, drain);
    } catch (SwapFailed e) {
      control.gate().open(barrier);
      throw refused("55006", what + " could not be paused: " + e.getMessage(), "It goes on.");
    } catch (InterruptedException e) {
      control.gate().open(barrier);
      throw e;
    }
    int cancelled = barrier.drain().cancelledCount();
    return cancelled == 0 ? "" : cancelled + " transactions were cancelled";
  }

  @Override
  public void resume(Scope scope) throws CommandFailed {
    GateScope what = known(scope);
    Barrier barrier = control.gate().find(what);
    if (barrier == null) {
      throw refused("55000", what + " is not paused", "SHOW PAUSES lists what is.");
    }
    Log.log("RESUME of " + what + " by " + user);
    if (!control.gate().open(barrier)) {
      throw refused("55006", what + " stays paused for now", BEHIND_THE_MAP);
    }
  }

  GateScope known(Scope scope) throws CommandFailed {
    return switch (scope) {
      case Scope.Everything() -> new GateScope.Everything();
      case Scope.Group(String name) -> {
        named("group", name, control.config().groups().containsKey(name));
        yield new GateScope.Group(name);
      }
      case Scope.Host(String name) -> {
        named("host", name, control.config().hosts().containsKey(name));
        yield new GateScope.Host(name);
      }
      case Scope.Database(String name) -> {
        named("database", name, Entries.databases(control).contains(name));
        yield new GateScope.Database(name);
      }
      case Scope.Shard(String name) -> {
        boolean there = control.router() != null && control.router().shard(name) != null;
        named("logical shard", name, there);
        yield new GateScope.Shard(name);
      }
      case Scope.Workspace(String id) -> new GateScope.Workspace(canonical(id));
    };
  }

  private static void named(String kind, String name, boolean there) throws CommandFailed {
    if (!there) {
      throw refused("42704", "no such " + kind + ": " + name, "SHOW lists what there is.");
    }
  }

  private static String canonical(String workspace) throws CommandFailed {
    try {
      return WorkspaceId.canonical(workspace);
    } catch (IllegalArgumentException e) {
      throw refused("22023", "invalid workspace id", e.getMessage());
    }
  }

  private static CommandFailed refused(String sqlstate, String message, String hint) {
    return CommandFailed.of(sqlstate, message, hint);
  }

  // ---- changes ----

  @Override
  public String repoint(Repoint change, String why) throws CommandFailed, InterruptedException {
    Log.log("REPOINT by " + user + ": " + change);
    try {
      Repointing repointing = new Repointing(control, user, why);
      long version =
          change instanceof Repoint.Back(Duration within)
              ? swaps.back(repointing, within)
              : repointing.apply(mapChange(change));
      return "version " + version + " of the map is in force";
    } catch (Swaps.Busy e) {
      throw refused(e);
    } catch (SwapFailed e) {
      throw e.fate() == SwapFailed.Fate.UNCHANGED
          ? CommandFailed.of("55000", "the map was not changed: " + e.getMessage())
          : refused("55006", "what is paused stays so for now: " + e.getMessage(), BEHIND_THE_MAP);
    } catch (MapChangeException e) {
      throw CommandFailed.of("55000", "the map was not changed: " + e.getMessage());
    }
  }

  private MapChange mapChange(Repoint change) throws CommandFailed {
    return switch (change) {
      case Repoint.Host(String name, String home) -> new MapChange.RepointHost(name, home(home));
      case Repoint.Shard(String name, String host) -> new MapChange.RepointShard(name, host);
      case Repoint.Workspace(String id, String shard) ->
          new MapChange.RepointWorkspace(canonical(id), shard);
      case Repoint.Back back ->
          throw refused("0A000", "BACK cannot be a swap", "Use REPOINT BACK.");
    };
  }

  private static Home home(String text) throws CommandFailed {
    try {
      return Home.parse(text);
    } catch (IllegalArgumentException e) {
      throw refused("22023", "invalid endpoint", e.getMessage());
    }
  }

  @Override
  public List<StepRow> swap(Swap swap) throws CommandFailed, InterruptedException {
    try {
      SwapReport report = swaps.run(request(swap));
      if (report.failure() != null) {
        throw failed(report);
      }
      return report.steps().stream().map(ProxyMover::row).toList();
    } catch (Swaps.Busy e) {
      throw refused(e);
    }
  }

  private static CommandFailed refused(Swaps.Busy e) {
    return refused("55006", e.getMessage(), "Wait until it has ended.");
  }

  private static CommandFailed failed(SwapReport report) {
    String why = report.failure();
    return switch (report.outcome()) {
      case REPOINTED -> refused("55006", "the swap is made, not in force: " + why, BEHIND_THE_MAP);
      case UNDECIDED ->
          refused("55006", "the swap is undecided: " + why, BEHIND_THE_MAP + fence(report));
      default ->
          refused(
              "55000",
              "the swap was undone: " + why,
              "Clients go on at the old home."
                  + (report.durations().isEmpty()
                      ? " They have noticed nothing."
                      : " SHOW SWAPS has its steps: " + report.durations()));
    };
  }

  private static String fence(SwapReport report) {
    SwapRequest.Fence fence = report.request().fence();
    return fence == null
        ? ""
        : " If the map comes out unchanged, the fence is yours to take back: " + fence.undo();
  }

  private SwapRequest request(Swap swap) throws CommandFailed {
    return new SwapRequest(
        mapChange(swap.change()),
        SwapRequest.Depth.valueOf(swap.depth().name()),
        swap.within(),
        swap.verify(),
        swap.fence() == null ? null : new SwapRequest.Fence(swap.fence(), swap.undo()),
        swap.subscription() == null ? null : new CatchUp(swap.subscription(), swap.marker()),
        swap.darkReads(),
        user,
        swap.why());
  }

  private static StepRow row(SwapReport.Step step) {
    String result = step.result().name().toLowerCase(Locale.ROOT);
    return new StepRow(step.name(), result, step.micros(), step.detail());
  }

  // ---- views ----

  @Override
  public Comparer comparer() {
    return new ProxyComparer(control.darkReads(), this, user);
  }

  @Override
  public List<PauseRow> pauses() {
    List<Barrier> closed = control.gate().closed();
    List<PauseRow> rows = new ArrayList<>();
    for (Barrier barrier : closed == null ? List.<Barrier>of() : closed) {
      rows.add(
          new PauseRow(
              barrier.scope().toString(),
              barrier.waiting(),
              barrier.heldNanos() / 1_000,
              barrier.drain().running()));
    }
    return rows;
  }

  @Override
  public List<SwapRow> swaps() {
    return swaps.reports().stream().map(ProxyMover::row).toList();
  }

  private static SwapRow row(SwapReport report) {
    return new SwapRow(
        report.id(),
        report.at(),
        report.request().who(),
        report.request().depth() + " " + report.request().change(),
        report.ending(),
        report.waited(),
        report.longestMicros(),
        report.p50Micros(),
        report.p99Micros(),
        report.errors(),
        report.cancelled(),
        report.durations(),
        report.detail());
  }

  @Override
  public List<HistoryRow> history() throws CommandFailed {
    try {
      return changes().history(HISTORY).stream().map(ProxyMover::row).toList();
    } catch (MapChangeException e) {
      throw CommandFailed.of("57P03", "the journal cannot be read: " + e.getMessage());
    }
  }

  private static HistoryRow row(MapEntry entry) {
    return new HistoryRow(
        entry.version(),
        entry.at(),
        entry.who(),
        entry.kind().name().toLowerCase(Locale.ROOT),
        entry.subject(),
        entry.before(),
        entry.after(),
        entry.why());
  }

  @Override
  public List<MapEntryRow> mapAsOf(long version) throws CommandFailed {
    try {
      MapView view = changes().asOf(version);
      List<MapEntryRow> rows = new ArrayList<>();
      add(rows, "host", view.homes());
      add(rows, "shard", view.shards());
      add(rows, "workspace", view.workspaces());
      return rows;
    } catch (MapChangeException e) {
      throw CommandFailed.of("57P03", "that version cannot be shown: " + e.getMessage());
    }
  }

  private static void add(List<MapEntryRow> rows, String kind, Map<String, String> values) {
    new TreeMap<>(values)
        .forEach((subject, value) -> rows.add(new MapEntryRow(kind, subject, value)));
  }

  private MapChanges changes() throws CommandFailed {
    MapChanges changes = control.router() == null ? null : control.router().store().changes();
    if (changes == null) {
      throw refused(
          "55000", "there is no shard map that could be changed", "See map in the manual.");
    }
    return changes;
  }
}
