package dev.trunkline.proxy.console;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.Row.MapRow;
import dev.trunkline.admin.Row.RouteRow;
import dev.trunkline.admin.Row.ShardRow;
import dev.trunkline.admin.Row.WorkspaceRow;
import dev.trunkline.proxy.metrics.WorkspaceActivity;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.Lookup;
import dev.trunkline.shard.MapStore;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.WorkspaceId;
import dev.trunkline.wire.ErrorFields;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The views of the shard map and of the workspaces in it. */
final class MapViews {
  private static final long LOOKUP_SECONDS = 5;

  private final ProxyControl control;

  MapViews(ProxyControl control) {
    this.control = control;
  }

  List<ShardRow> shards() {
    List<ShardRow> rows = new ArrayList<>();
    Router router = control.router();
    if (router != null) {
      for (Placement at : router.store().shards()) {
        rows.add(new ShardRow(at.shard(), at.host(), at.group(), at.region(), null));
      }
    }
    return rows;
  }

  List<MapRow> map() {
    List<MapRow> rows = new ArrayList<>();
    Router router = control.router();
    if (router != null) {
      router
          .store()
          .status()
          .forEach((key, value) -> rows.add(new MapRow(key, String.valueOf(value))));
    }
    return rows;
  }

  RouteRow route(String workspace) throws CommandFailed {
    Router router = control.router();
    if (router == null) {
      throw new CommandFailed(
          ErrorFields.error("55000", "there is no shard map")
              .withDetail("No database of the configuration is sharded."));
    }
    String id = canonical(workspace);
    Lookup known = router.store().peek(id);
    Lookup answer = known == null ? load(router.store(), id) : known;
    return switch (answer) {
      case Lookup.Found(Placement at) -> row(id, at, source(router.store(), known != null));
      case Lookup.Unknown(long version) ->
          throw new CommandFailed(RouteErrors.unknownWorkspace(id, version));
      case Lookup.Unavailable(String reason) ->
          throw new CommandFailed(RouteErrors.mapUnavailable(reason));
    };
  }

  private static String canonical(String workspace) throws CommandFailed {
    try {
      return WorkspaceId.canonical(workspace);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(
          ErrorFields.error("22023", "invalid workspace id").withDetail(e.getMessage()));
    }
  }

  private static RouteRow row(String id, Placement at, String source) {
    return new RouteRow(id, at.shard(), at.host(), at.group(), at.region(), at.version(), source);
  }

  private static String source(MapStore store, boolean atHand) {
    boolean file = "file".equals(store.status().get("type"));
    return file ? "file" : atHand ? "cache" : "catalog";
  }

  private static Lookup load(MapStore store, String id) {
    CompletableFuture<Lookup> answer = new CompletableFuture<>();
    store.load(id, answer::complete);
    try {
      return answer.get(LOOKUP_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      return new Lookup.Unavailable("The catalog gave no answer in " + LOOKUP_SECONDS + " s.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Lookup.Unavailable("The question was interrupted.");
    } catch (ExecutionException e) {
      return new Lookup.Unavailable("The catalog could not be asked: " + e.getCause());
    }
  }

  List<WorkspaceRow> workspaces() {
    List<WorkspaceRow> rows = new ArrayList<>();
    control.activity().view().forEach((id, entry) -> rows.add(workspace(id, entry)));
    return rows;
  }

  private WorkspaceRow workspace(String id, WorkspaceActivity.Entry entry) {
    Router router = control.router();
    Lookup known = router == null ? null : router.store().peek(id);
    Placement at = known instanceof Lookup.Found(Placement placement) ? placement : null;
    return new WorkspaceRow(
        id,
        at == null ? null : at.shard(),
        at == null ? null : at.host(),
        entry.transactions.sum(),
        entry.queries.sum(),
        entry.bytesReceived.sum(),
        entry.bytesSent.sum());
  }
}
