package dev.trunkline.admin;

import static dev.trunkline.admin.Column.int4;
import static dev.trunkline.admin.Column.int8;
import static dev.trunkline.admin.Column.nullableInt4;
import static dev.trunkline.admin.Column.text;
import static dev.trunkline.admin.Column.yesNo;

import dev.trunkline.admin.Row.GroupRow;
import dev.trunkline.admin.Row.HostRow;
import dev.trunkline.admin.Row.MapRow;
import dev.trunkline.admin.Row.RouteRow;
import dev.trunkline.admin.Row.ShardRow;
import dev.trunkline.admin.Row.WorkspaceRow;
import java.util.Comparator;
import java.util.List;

/** The views PgBouncer does not have: hosts, groups, shards, the map and the workspaces. */
final class TrunklineViews {
  private TrunklineViews() {}

  static List<View<?>> all() {
    return List.of(hosts(), groups(), shards(), map(), route(), workspaces());
  }

  private static View<HostRow> hosts() {
    return View.of(
        "hosts",
        Inspector::hosts,
        List.of(
            text("name", HostRow::name),
            text("group", HostRow::group),
            text("region", HostRow::region),
            text("host", HostRow::host),
            int4("port", HostRow::port),
            text("database", HostRow::database),
            text("state", HostRow::state),
            int4("max_connections", HostRow::maxConnections),
            int4("current_connections", HostRow::currentConnections),
            int4("sv_active", HostRow::svActive),
            int4("sv_idle", HostRow::svIdle),
            int4("cl_waiting", HostRow::clWaiting),
            text("last_error", HostRow::lastError)));
  }

  private static View<GroupRow> groups() {
    return View.of(
        "groups",
        Inspector::groups,
        List.of(
            text("name", GroupRow::name),
            text("hosts", row -> String.join(",", row.hosts())),
            text("listen", GroupRow::listen),
            yesNo("served", GroupRow::served),
            int4("cl_connections", GroupRow::clConnections),
            int4("max_client_conn", GroupRow::maxClientConn),
            int4("current_connections", GroupRow::currentConnections),
            int4("max_connections", GroupRow::maxConnections),
            int4("cl_waiting", GroupRow::clWaiting)));
  }

  private static View<ShardRow> shards() {
    return View.of(
        "shards",
        inspector ->
            inspector.shards().stream().sorted(Comparator.comparing(ShardRow::name)).toList(),
        List.of(
            text("name", ShardRow::name),
            text("host", ShardRow::host),
            text("group", ShardRow::group),
            text("region", ShardRow::region),
            nullableInt4("workspaces_cached", ShardRow::workspacesCached)));
  }

  private static View<MapRow> map() {
    return View.of(
        "map", Inspector::map, List.of(text("key", MapRow::key), text("value", MapRow::value)));
  }

  private static View<RouteRow> route() {
    return new View<>(
        "route",
        "'<workspace>'",
        List.of(
            text("workspace", RouteRow::workspace),
            text("shard", RouteRow::shard),
            text("host", RouteRow::host),
            text("group", RouteRow::group),
            text("region", RouteRow::region),
            int8("map_version", RouteRow::mapVersion),
            text("source", RouteRow::source)),
        (inspector, workspace) -> List.of(inspector.route(workspace)));
  }

  private static View<WorkspaceRow> workspaces() {
    Comparator<WorkspaceRow> mostActiveFirst =
        Comparator.comparingLong(WorkspaceRow::xactCount)
            .thenComparingLong(WorkspaceRow::queryCount)
            .reversed()
            .thenComparing(WorkspaceRow::workspace);
    return View.of(
        "workspaces",
        inspector -> inspector.workspaces().stream().sorted(mostActiveFirst).toList(),
        List.of(
            text("workspace", WorkspaceRow::workspace),
            text("shard", WorkspaceRow::shard),
            text("host", WorkspaceRow::host),
            int8("xact_count", WorkspaceRow::xactCount),
            int8("query_count", WorkspaceRow::queryCount),
            int8("bytes_received", WorkspaceRow::bytesReceived),
            int8("bytes_sent", WorkspaceRow::bytesSent)));
  }
}
