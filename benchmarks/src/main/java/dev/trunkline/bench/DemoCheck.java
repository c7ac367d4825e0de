package dev.trunkline.bench;

import dev.trunkline.bench.DemoData.Workspace;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Sends real traffic through the proxy of a running demo and compares what comes back, and where
 * rows land, with connections that go past the proxy.
 */
final class DemoCheck {
  private final DemoStack stack;
  private final DemoSteps steps;
  private final PrintStream out;
  private final int port;
  private final List<Workspace> workspaces;
  private final Map<UUID, Sight> expected = new HashMap<>();
  private final List<String> failures = new ArrayList<>();

  DemoCheck(DemoStack stack, DemoSteps steps, PrintStream out) {
    this.stack = stack;
    this.steps = steps;
    this.out = out;
    this.port = stack.ports().common();
    this.workspaces = stack.data().workspaces();
  }

  /** Reads a workspace in one of the ways to name it. */
  private interface Reader {
    Sight read(UUID workspace) throws SQLException;
  }

  /** The same over one connection for all workspaces. */
  private interface SharedReader {
    Sight read(Connection connection, UUID workspace) throws SQLException;
  }

  /** Does something that must be refused. */
  private interface Attempt {
    void run() throws SQLException;
  }

  /** Runs all checks, also after one has failed; returns the reasons of those that did. */
  List<String> run() {
    out.println("Checking " + workspaces.size() + " workspaces");
    check("the servers hold what was generated", this::lookPastTheProxy);
    if (failures.isEmpty()) {
      reads();
      writes();
      refusals();
      surroundings();
    }
    return failures;
  }

  private void check(String what, DemoSteps.Work work) {
    try {
      steps.run(what, work);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failures.add(what + ": interrupted");
    } catch (Exception | AssertionError e) {
      failures.add(what + ": " + (e.getMessage() == null ? e : e.getMessage()));
    }
  }

  /** Every workspace is in its schema and in no other. */
  private void lookPastTheProxy() throws SQLException {
    for (int shard = 0; shard < DemoData.SHARDS; shard++) {
      try (Connection direct = stack.cluster().connect(DemoData.host(shard), "app")) {
        direct.setSchema(DemoData.schema(shard));
        for (Workspace workspace : workspaces) {
          Sight sight = Sight.of(direct, workspace.id());
          require((sight != null) == (workspace.shard() == shard), workspace, "misplaced");
          if (sight != null) {
            require(sight.name().equals(workspace.name()), workspace, "has the wrong name");
            expected.put(workspace.id(), sight);
          }
        }
      }
    }
  }

  private void reads() {
    check(
        "read each by startup option",
        () -> each(id -> read(DemoClient.withOption(port, id.toString()), id)));
    check(
        "read each by database suffix, spaces@…",
        () -> each(id -> read(DemoClient.connect(port, "spaces@" + id), id)));
    check(
        "read each by SET",
        () ->
            shared(
                (connection, id) -> {
                  DemoClient.execute(connection, "set trunkline.workspace = '" + id + "'");
                  return Sight.of(connection, id);
                }));
    check("read each by SET LOCAL in a transaction", () -> shared(this::readWithSetLocal));
    check(
        "read each by set_config with a bound value",
        () ->
            shared(
                (connection, id) -> {
                  setConfig(connection, id, false);
                  return Sight.of(connection, id);
                }));
    check(
        "read each by comment, /*workspace_id='…'*/",
        () ->
            shared((connection, id) -> Sight.of(connection, "/*workspace_id='" + id + "'*/ ", id)));
  }

  private static Sight read(Connection connection, UUID id) throws SQLException {
    try (connection) {
      return Sight.of(connection, id);
    }
  }

  private Sight readWithSetLocal(Connection connection, UUID id) throws SQLException {
    connection.setAutoCommit(false);
    DemoClient.execute(connection, "set local trunkline.workspace = '" + id + "'");
    Sight sight = Sight.of(connection, id);
    connection.commit();
    connection.setAutoCommit(true);
    return sight;
  }

  private static void setConfig(Connection connection, UUID id, boolean local) throws SQLException {
    try (PreparedStatement set =
        connection.prepareStatement("select set_config('trunkline.workspace', ?, " + local + ")")) {
      set.setString(1, id.toString());
      set.execute();
    }
  }

  private void each(Reader reader) throws SQLException {
    for (Workspace workspace : workspaces) {
      Sight seen = reader.read(workspace.id());
      Sight right = expected.get(workspace.id());
      require(right.equals(seen), workspace, "shows " + seen + " instead of " + right);
    }
  }

  private void shared(SharedReader reader) throws SQLException {
    try (Connection connection = DemoClient.connect(port, "spaces")) {
      each(id -> reader.read(connection, id));
    }
  }

  private void writes() {
    Map<UUID, UUID> written = new HashMap<>();
    check("write one block into each", () -> write(written));
    if (written.size() == workspaces.size()) {
      check("read the blocks back through the proxy", () -> readBack(written));
      check("they are in the right schemas and nowhere else", () -> find(written));
    }
    check("delete them again", () -> delete(written));
  }

  /** Fills {@code written}: workspace to the block made in it. */
  private void write(Map<UUID, UUID> written) throws SQLException {
    String insert = "insert into block (id, workspace_id, type) values (?, ?, 'check')";
    try (Connection connection = DemoClient.connect(port, "spaces")) {
      connection.setAutoCommit(false);
      for (Workspace workspace : workspaces) {
        UUID block = UUID.randomUUID();
        setConfig(connection, workspace.id(), true);
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
          statement.setObject(1, block);
          statement.setObject(2, workspace.id());
          require(statement.executeUpdate() == 1, workspace, "took no row");
        }
        connection.commit();
        written.put(workspace.id(), block);
      }
    }
  }

  private void readBack(Map<UUID, UUID> written) throws SQLException {
    String select = "select id from block where workspace_id = ? and type = 'check'";
    try (Connection connection = DemoClient.connect(port, "spaces")) {
      for (Workspace workspace : workspaces) {
        String comment = "/*workspace_id='" + workspace.id() + "'*/ ";
        try (PreparedStatement statement = connection.prepareStatement(comment + select)) {
          statement.setObject(1, workspace.id());
          List<UUID> found = ids(statement);
          require(found.equals(List.of(written.get(workspace.id()))), workspace, "shows " + found);
        }
      }
    }
  }

  private void find(Map<UUID, UUID> written) throws SQLException {
    for (int shard = 0; shard < DemoData.SHARDS; shard++) {
      List<UUID> right = new ArrayList<>();
      for (Workspace workspace : workspaces) {
        if (workspace.shard() == shard) {
          right.add(written.get(workspace.id()));
        }
      }
      List<UUID> found = checkBlocks(shard);
      if (found.size() != right.size() || !found.containsAll(right)) {
        throw new AssertionError(
            DemoData.schema(shard)
                + " holds "
                + found.size()
                + " new blocks, not the "
                + right.size()
                + " written for its workspaces");
      }
    }
  }

  private List<UUID> checkBlocks(int shard) throws SQLException {
    String select = "select id from " + DemoData.schema(shard) + ".block where type = 'check'";
    try (Connection direct = stack.cluster().connect(DemoData.host(shard), "app");
        PreparedStatement statement = direct.prepareStatement(select)) {
      return ids(statement);
    }
  }

  private static List<UUID> ids(PreparedStatement statement) throws SQLException {
    List<UUID> ids = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
      }
    }
    return ids;
  }

  private void delete(Map<UUID, UUID> written) throws SQLException {
    try (Connection connection = DemoClient.connect(port, "spaces")) {
      for (Map.Entry<UUID, UUID> each : written.entrySet()) {
        DemoClient.execute(connection, "set trunkline.workspace = '" + each.getKey() + "'");
        DemoClient.execute(connection, "delete from block where id = '" + each.getValue() + "'");
      }
    }
    for (int shard = 0; shard < DemoData.SHARDS; shard++) {
      int left = checkBlocks(shard).size();
      if (left > 0) {
        throw new AssertionError(left + " blocks are left in " + DemoData.schema(shard));
      }
    }
  }

  private void refusals() {
    String nobody = new UUID(0, 0).toString();
    UUID first = stack.data().workspaces().getFirst().id();
    check("without a workspace: TL001", () -> refused("TL001", () -> query("spaces", "")));
    check(
        "an unknown workspace: TL002",
        () -> {
          refused("TL002", () -> read(DemoClient.withOption(port, nobody), first));
          refused("TL002", () -> query("spaces@" + nobody, ""));
          refused("TL002", () -> query("spaces", "set trunkline.workspace = '" + nobody + "'"));
        });
    if (workspaces.size() >= DemoData.SHARDS) {
      check("two workspaces in one transaction: TL005", this::twoWorkspaces);
      check("a group's port serves its host only: TL004", this::groups);
    }
  }

  private void query(String database, String before) throws SQLException {
    try (Connection connection = DemoClient.connect(port, database)) {
      if (!before.isEmpty()) {
        DemoClient.execute(connection, before);
      }
      DemoClient.execute(connection, "select count(*) from block");
    }
  }

  private void twoWorkspaces() throws SQLException {
    try (Connection connection = DemoClient.connect(port, "spaces")) {
      connection.setAutoCommit(false);
      UUID first = stack.data().on(0).id();
      setConfig(connection, first, true);
      Sight.of(connection, first);
      refused(
          "TL005",
          () -> {
            setConfig(connection, stack.data().on(1).id(), true);
            Sight.of(connection, first);
          });
      connection.rollback();
    }
  }

  private void groups() throws SQLException {
    for (int host = 0; host < DemoCluster.HOSTS; host++) {
      int groupPort = stack.ports().group(host);
      UUID own = stack.data().on(host).id();
      UUID foreign = stack.data().on(1 - host).id();
      Sight seen = read(DemoClient.withOption(groupPort, own.toString()), own);
      if (!expected.get(own).equals(seen)) {
        throw new AssertionError("port " + groupPort + " shows " + seen);
      }
      refused("TL004", () -> read(DemoClient.withOption(groupPort, foreign.toString()), foreign));
    }
  }

  private static void refused(String code, Attempt attempt) {
    try {
      attempt.run();
    } catch (SQLException e) {
      if (code.equals(e.getSQLState())) {
        return;
      }
      throw new AssertionError("got " + e.getSQLState() + " " + e.getMessage(), e);
    }
    throw new AssertionError("was not refused");
  }

  private void surroundings() {
    check("plain databases: host1, catalog", this::plainDatabases);
    check("the console answers", this::console);
    check("the metrics answer", this::metrics);
  }

  private void plainDatabases() throws SQLException {
    try (Connection host = DemoClient.connect(port, "host1");
        PreparedStatement query = host.prepareStatement("select id from schema_001.workspace")) {
      long right = workspaces.stream().filter(each -> each.shard() == 0).count();
      int found = ids(query).size();
      if (found != right) {
        throw new AssertionError("host1 shows " + found + " workspaces, not " + right);
      }
    }
    try (Connection catalog = DemoClient.connect(port, "catalog")) {
      DemoClient.execute(catalog, "select 1");
    }
  }

  private void console() throws SQLException {
    try (Connection console = DemoClient.console(port);
        Statement statement = console.createStatement()) {
      boolean found = false;
      try (ResultSet pools = statement.executeQuery("SHOW POOLS")) {
        while (pools.next()) {
          found |= pools.getString("database").startsWith("spaces");
        }
      }
      if (!found) {
        throw new AssertionError("SHOW POOLS has no pool of the database spaces");
      }
    }
  }

  private void metrics() throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + stack.ports().metrics() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200 || !answer.body().contains("trunkline_")) {
        throw new AssertionError(uri + " answers " + answer.statusCode());
      }
    }
  }

  private static void require(boolean holds, Workspace workspace, String what) {
    if (!holds) {
      throw new AssertionError(
          "workspace " + workspace.id() + " of " + workspace.schema() + " " + what);
    }
  }
}
