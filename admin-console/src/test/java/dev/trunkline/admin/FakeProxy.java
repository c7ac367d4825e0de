package dev.trunkline.admin;

import dev.trunkline.admin.Row.ClientRow;
import dev.trunkline.admin.Row.ConfigRow;
import dev.trunkline.admin.Row.ConnectionRow;
import dev.trunkline.admin.Row.Counters;
import dev.trunkline.admin.Row.DatabaseRow;
import dev.trunkline.admin.Row.DnsHostRow;
import dev.trunkline.admin.Row.GroupRow;
import dev.trunkline.admin.Row.HostRow;
import dev.trunkline.admin.Row.ListRow;
import dev.trunkline.admin.Row.MapRow;
import dev.trunkline.admin.Row.MemRow;
import dev.trunkline.admin.Row.PoolRow;
import dev.trunkline.admin.Row.RouteRow;
import dev.trunkline.admin.Row.ServerRow;
import dev.trunkline.admin.Row.ShardRow;
import dev.trunkline.admin.Row.StatsRow;
import dev.trunkline.admin.Row.UserRow;
import dev.trunkline.admin.Row.WorkspaceRow;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What a small proxy shows; all rows are constants. */
class FakeProxy implements Inspector {
  static final long LARGE = 3_000_000_000L;
  static final Instant TIME = Instant.parse("2026-11-21T05:25:36.999Z");

  private static final Counters TOTAL = new Counters(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
  private static final Counters AVERAGE =
      new Counters(101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112);

  @Override
  public String version() {
    return "Trunkline 0.1.0, transport epoll";
  }

  @Override
  public State state() {
    return State.ACTIVE;
  }

  @Override
  public List<PoolRow> pools() {
    return List.of(pool("q", "a"), pool("p", "v"), pool("p", "u"));
  }

  private static PoolRow pool(String database, String user) {
    Duration wait = Duration.ofSeconds(2).plusNanos(345_678_901);
    return new PoolRow(
        database, user, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, wait, "transaction", null);
  }

  @Override
  public List<ClientRow> clients() {
    return List.of(
        new ClientRow(connection(7, 0), null, null),
        new ClientRow(connection(5, 255), "0190-a", "blue"));
  }

  @Override
  public List<ServerRow> servers() {
    return List.of(new ServerRow(connection(3, 4096), "schema_001", "h1", "listen"));
  }

  private static ConnectionRow connection(long id, long link) {
    return new ConnectionRow(
        "u",
        "p",
        "none",
        "idle",
        "127.0.0.1",
        49264,
        "127.0.0.1",
        16432,
        TIME,
        null,
        Duration.ofNanos(1_000_213_000),
        true,
        0xabcL,
        link,
        8538,
        "",
        "psql",
        2,
        id,
        17);
  }

  @Override
  public List<DatabaseRow> databases() {
    return List.of(database("q"), database("p"));
  }

  private static DatabaseRow database(String name) {
    return new DatabaseRow(
        name, "h", 5432, "pg", null, 20, 0, 0, 3600, null, null, 0, 1, 0, 2, true, false);
  }

  @Override
  public List<UserRow> users() {
    return List.of(new UserRow("u", 5, null, null, 0, 1, 0, 2));
  }

  @Override
  public List<StatsRow> stats() {
    return List.of(new StatsRow("q", TOTAL, AVERAGE), new StatsRow("p", TOTAL, AVERAGE));
  }

  @Override
  public StatsRow totals() {
    return new StatsRow("", TOTAL, AVERAGE);
  }

  @Override
  public List<ListRow> lists() {
    return List.of(new ListRow("databases", 2), new ListRow("users", LARGE));
  }

  @Override
  public List<DnsHostRow> dnsHosts() {
    return List.of(new DnsHostRow("db.internal", 12, "10.0.0.1,10.0.0.2"));
  }

  @Override
  public List<ConfigRow> config() {
    return List.of(
        new ConfigRow("verbose", "0", null, true),
        new ConfigRow("listen_port", "16432", "6432", false));
  }

  @Override
  public List<MemRow> memory() {
    return List.of(new MemRow("heap", 1, 2, 3, LARGE));
  }

  @Override
  public List<HostRow> hosts() {
    return List.of(
        new HostRow("h1", "blue", "eu", "10.0.0.1", 5432, "app", "up", 40, 7, 3, 4, 0, null));
  }

  @Override
  public List<GroupRow> groups() {
    return List.of(new GroupRow("blue", List.of("h1", "h2"), null, true, 1, 2, 3, 4, 5));
  }

  @Override
  public List<ShardRow> shards() {
    return List.of(
        new ShardRow("schema_002", "h1", "blue", "eu", null),
        new ShardRow("schema_001", "h1", "blue", "eu", 12L));
  }

  @Override
  public List<MapRow> map() {
    return List.of(new MapRow("version", "42"));
  }

  @Override
  public RouteRow route(String workspace) throws CommandFailed {
    if (workspace.equals("unknown")) {
      throw CommandFailed.of("TL001", "unknown workspace: unknown");
    }
    return new RouteRow(workspace, "schema_001", "h1", "blue", "eu", LARGE, "table");
  }

  @Override
  public SqlInspector sql() {
    return new FakeSqlRoutes();
  }

  @Override
  public List<WorkspaceRow> workspaces() {
    return List.of(
        new WorkspaceRow("calm", "schema_001", "h1", 1, 1, 10, 20),
        new WorkspaceRow("busy", "schema_001", "h1", LARGE, 1, 10, 20));
  }
}
