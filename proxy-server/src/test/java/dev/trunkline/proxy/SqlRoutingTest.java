package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/** Statements that no workspace is declared for go where the key in them says, or nowhere. */
@Timeout(60)
class SqlRoutingTest {
  private static final int SHARDS = TestHosts.COUNT * TestHosts.SHARDS_PER_HOST;
  private static final String U5 = "0190b1f2-0000-7000-8000-000000000005";
  private static final String BY_CATALOG =
      "map.sharded_tables { key = workspace_id, user = postgres, reference = [country] }\n";
  private static final String SIMPLE = "preferQueryMode=simple";
  private static final String NAMED = "prepareThreshold=1";
  private static final String BINARY = "prepareThreshold=-1";

  private static TestCluster cluster;

  @BeforeAll
  static void start() throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      onShard(
          shard,
          """
          CREATE TABLE %1$s.task (
            workspace_id text NOT NULL, id int NOT NULL, title text, PRIMARY KEY (workspace_id, id));
          CREATE TABLE %1$s.note (workspace_id text NOT NULL, task int, body text);
          CREATE TABLE %1$s.doc (workspace_id uuid NOT NULL, id int);
          CREATE TABLE %1$s.ledger (workspace_id bigint NOT NULL, id int);
          CREATE TABLE %1$s.country (code text);
          INSERT INTO %1$s.country VALUES ('CH');
          ALTER TABLE %1$s.task OWNER TO app; ALTER TABLE %1$s.note OWNER TO app;
          ALTER TABLE %1$s.doc OWNER TO app; ALTER TABLE %1$s.ledger OWNER TO app;
          ALTER TABLE %1$s.country OWNER TO app;
          """);
    }
    cluster =
        TestCluster.start(
            """
            map.sharded_tables { key = workspace_id, user = postgres, reference = [country] }
            map.workspaces."%s" = schema_005
            map.workspaces."42" = schema_002
            users.app.may_set_shard = true
            """
                .formatted(U5));
  }

  @AfterAll
  static void stop() throws SQLException {
    cluster.close();
    for (int shard = 1; shard <= SHARDS; shard++) {
      onShard(shard, "DROP TABLE %1$s.task, %1$s.note, %1$s.doc, %1$s.ledger, %1$s.country");
    }
  }

  @BeforeEach
  void empty() throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      onShard(shard, "TRUNCATE %1$s.task, %1$s.note, %1$s.doc, %1$s.ledger");
    }
  }

  private static void onShard(int shard, String sql) throws SQLException {
    try (Connection direct = TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST)) {
      Sql.run(direct, sql.formatted(TestHosts.schema(shard)));
    }
  }

  /** What a table of a shard holds, past the proxy. */
  private static List<String> rows(int shard, String table) throws SQLException {
    try (Connection direct = TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST)) {
      return Sql.column(
          direct,
          "SELECT workspace_id FROM " + TestHosts.schema(shard) + "." + table + " ORDER BY 1");
    }
  }

  private static ServerErrorMessage refused(String sqlstate, ThrowingCallable work) {
    ServerErrorMessage[] seen = new ServerErrorMessage[1];
    assertThatExceptionOfType(PSQLException.class)
        .isThrownBy(work)
        .satisfies(e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(sqlstate))
        .satisfies(e -> seen[0] = e.getServerErrorMessage());
    assertThat(seen[0].getDetail()).isNotBlank();
    assertThat(seen[0].getHint()).isNotBlank();
    return seen[0];
  }

  // ---- by the key ----

  @ParameterizedTest
  @ValueSource(strings = {"preferQueryMode=extended", SIMPLE, NAMED, BINARY})
  void rowsLandInTheShardOfTheirKey(String mode) throws SQLException {
    try (Connection connection = cluster.connect("app", mode);
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO task (workspace_id, id, title) VALUES (?, ?, ?)");
        PreparedStatement select =
            connection.prepareStatement("SELECT title FROM task WHERE workspace_id = ?")) {
      for (int i = 1; i <= SHARDS; i++) {
        insert.setString(1, "w" + i);
        insert.setInt(2, i);
        insert.setString(3, "of w" + i);
        assertThat(insert.executeUpdate()).isEqualTo(1);
        select.setString(1, "w" + i);
        assertThat(Sql.column(select)).containsExactly("of w" + i);
      }
    }
    for (int shard = 1; shard <= SHARDS; shard++) {
      assertThat(rows(shard, "task")).containsExactly("w" + shard);
    }
  }

  @Test
  void literalsAreKeysToo() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      Sql.run(
          connection,
          "INSERT INTO task (workspace_id, id) VALUES ('w4', 1), ('w4', 2)",
          "UPDATE task SET title = 'x' WHERE workspace_id = 'w4' AND id = 2",
          "DELETE FROM task WHERE id = 1 AND workspace_id = 'w4'");
      assertThat(Sql.column(connection, "EXPLAIN SELECT * FROM task WHERE workspace_id = 'w4'"))
          .isNotEmpty();
    }
    assertThat(rows(4, "task")).containsExactly("w4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"preferQueryMode=extended", SIMPLE, BINARY})
  void uuidsAndIntegersAreKeys(String mode) throws SQLException {
    try (Connection connection = cluster.connect("app", mode);
        PreparedStatement doc =
            connection.prepareStatement("INSERT INTO doc (workspace_id, id) VALUES (?, 1)");
        PreparedStatement ledger =
            connection.prepareStatement("INSERT INTO ledger (workspace_id, id) VALUES (?, 1)")) {
      for (int i = 0; i < 3; i++) {
        doc.setObject(1, UUID.fromString(U5));
        assertThat(doc.executeUpdate()).isEqualTo(1);
        ledger.setLong(1, 42);
        assertThat(ledger.executeUpdate()).isEqualTo(1);
      }
    }
    assertThat(rows(5, "doc")).hasSize(3);
    assertThat(rows(2, "ledger")).hasSize(3);
  }

  /** As asyncpg and pgx do: the types are asked for, the values are binary. */
  @Test
  void binaryIntegersOfTypesLeftOpenAreKeys() throws SQLException {
    byte[] key = ByteBuffer.allocate(8).putLong(42).array();
    byte[] id = ByteBuffer.allocate(4).putInt(1).array();
    short[] binary = {1};
    try (FakeClient client = cluster.client("app")) {
      for (String name : List.of("", "named")) {
        client.send(
            out -> {
              Frontend.parse(out, name, "INSERT INTO ledger (workspace_id, id) VALUES ($1, $2)");
              Frontend.describe(out, Frontend.STATEMENT, name);
              Frontend.sync(out);
            });
        assertThat(Wire.tags(Wire.ready(client))).isEqualTo("1tnZ");
        client.send(
            out -> {
              Frontend.bind(out, "", name, binary, List.of(key, id), new short[0]);
              Frontend.execute(out, "", 0);
              Frontend.sync(out);
            });
        assertThat(Wire.tags(Wire.ready(client))).isEqualTo("2CZ");
      }
    }
    assertThat(rows(2, "ledger")).containsExactly("42", "42");
  }

  @Test
  void anyOfOneElementIsAKey() throws SQLException {
    try (Connection connection = cluster.connect("app");
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO task (workspace_id, id) VALUES ('w2', 7)");
        PreparedStatement any =
            connection.prepareStatement("SELECT id FROM task WHERE workspace_id = ANY(?)")) {
      insert.execute();
      any.setArray(1, connection.createArrayOf("text", new String[] {"w2"}));
      assertThat(Sql.column(any)).containsExactly("7");
      any.setArray(1, connection.createArrayOf("text", new String[] {"w2", "w5"}));
      refused("TL001", any::executeQuery);
    }
  }

  @Test
  void longValuesDoNotHideTheKeyBehindThem() throws SQLException {
    try (Connection connection = cluster.connect("app");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO task (title, id, workspace_id) VALUES (?, 1, ?)")) {
      insert.setString(1, "x".repeat(3_000_000));
      insert.setString(2, "w6");
      assertThat(insert.executeUpdate()).isEqualTo(1);
    }
    assertThat(rows(6, "task")).containsExactly("w6");
  }

  /** Such shapes are in no cache: the message that waits for one keeps it. */
  @ParameterizedTest
  @ValueSource(strings = {"preferQueryMode=extended", SIMPLE})
  void statementsWithManyLiteralsAreReadEachTime(String mode) throws SQLException {
    StringJoiner rows = new StringJoiner(", ");
    for (int i = 0; i < 200; i++) {
      rows.add("('w3', " + i + ")");
    }
    try (Connection connection = cluster.connect("app", mode)) {
      Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES " + rows);
      connection.setAutoCommit(false);
      Sql.run(connection, "DELETE FROM task WHERE workspace_id = 'w3'");
      Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES " + rows);
      refused(
          "TL001",
          () ->
              Sql.run(
                  connection,
                  "INSERT INTO task (workspace_id, id) VALUES " + rows + ", ('w1', 1)"));
      connection.rollback();
    }
    assertThat(rows(3, "task")).hasSize(200);
  }

  @Test
  void referenceTablesAreReadAnywhere() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertThat(Sql.value(connection, "SELECT code FROM country")).isEqualTo("CH");
    }
  }

  // ---- without one ----

  @ParameterizedTest
  @ValueSource(strings = {"preferQueryMode=extended", SIMPLE})
  void withoutKeyTheErrorNamesTheTable(String mode) throws SQLException {
    try (Connection connection = cluster.connect("app", mode)) {
      ServerErrorMessage error =
          refused("TL001", () -> Sql.value(connection, "SELECT title FROM task WHERE id = 1"));
      assertThat(error.getDetail()).contains("task.workspace_id", "WHERE of task");
      assertThat(error.getHint()).contains("task.workspace_id");
      refused("TL001", () -> Sql.run(connection, "INSERT INTO task VALUES ('w1', 1)"));
      refused("TL001", () -> Sql.run(connection, "SELECT * FROM shard_name"));
      refused(
          "TL001",
          () -> Sql.run(connection, "SELECT * FROM task WHERE workspace_id IN ('w1', 'w2')"));
      Sql.run(connection, "SELECT 1 FROM task WHERE workspace_id = 'w1'");
    }
  }

  @Test
  void ddlNeedsAShard() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      ServerErrorMessage error =
          refused("TL001", () -> Sql.run(connection, "CREATE TABLE made (i int)"));
      assertThat(error.getHint()).contains("trunkline.shard");
      refused("TL001", () -> Sql.run(connection, "TRUNCATE task"));
      Sql.run(connection, "SET trunkline.shard = 'schema_003'", "CREATE TABLE made (i int)");
      Sql.run(connection, "DROP TABLE made");
    }
  }

  // ---- transactions ----

  @ParameterizedTest
  @ValueSource(strings = {"preferQueryMode=extended", SIMPLE, NAMED})
  void aTransactionLearnsItsWorkspace(String mode) throws SQLException {
    try (Connection connection = cluster.connect("app", mode)) {
      connection.setAutoCommit(false);
      Sql.run(connection, "INSERT INTO task (workspace_id, id, title) VALUES ('w5', 1, 'a')");
      assertThat(Sql.value(connection, "SELECT title FROM task WHERE id = 1")).isEqualTo("a");
      Sql.run(connection, "UPDATE task SET title = 'b' WHERE id = 1");
      refused(
          "TL001", () -> Sql.run(connection, "UPDATE task SET workspace_id = 'w1' WHERE id = 1"));
      connection.rollback();
      Sql.run(connection, "INSERT INTO task (workspace_id, id, title) VALUES ('w5', 1, 'a')");
      refused(
          "TL005",
          () -> Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES ('w1', 1)"));
      connection.rollback();
      refused("TL001", () -> Sql.value(connection, "SELECT title FROM task WHERE id = 1"));
      connection.rollback();
    }
    for (int shard = 1; shard <= SHARDS; shard++) {
      assertThat(rows(shard, "task")).isEmpty();
    }
  }

  @Test
  void whatIsLearnedEndsWithTheTransaction() throws SQLException {
    try (Connection connection = cluster.connect("app", SIMPLE)) {
      Sql.run(connection, "BEGIN", "SELECT 1 FROM task WHERE workspace_id = 'w1'", "COMMIT");
      refused("TL001", () -> Sql.run(connection, "SELECT * FROM task"));
      refused(
          "TL001",
          () ->
              Sql.run(
                  connection,
                  "BEGIN; SELECT 1 FROM task WHERE workspace_id = 'w1'; COMMIT; SELECT * FROM"
                      + " task"));
      Sql.run(connection, "ROLLBACK");
      // One Query is one transaction, but what has no key has to follow something that has.
      refused(
          "TL001",
          () ->
              Sql.run(
                  connection, "SELECT 1 FROM task WHERE workspace_id = 'w1'; SELECT * FROM task"));
      refused(
          "TL001",
          () ->
              Sql.run(
                  connection,
                  "SELECT 1 FROM task WHERE workspace_id = 'w1';"
                      + " SELECT 1 FROM task WHERE workspace_id = 'w2'"));
    }
  }

  @Test
  void aDelayedTransactionGoesWhereItsFirstKeySays() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      connection.setAutoCommit(false);
      Sql.run(connection, "SET LOCAL work_mem = '5MB'", "SAVEPOINT a", "SELECT 1");
      assertThat(Sql.value(connection, "SELECT code FROM country")).isEqualTo("CH");
      Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES ('w6', 1)");
      assertThat(Sql.value(connection, "SHOW work_mem")).isEqualTo("5MB");
      Sql.run(connection, "ROLLBACK TO SAVEPOINT a");
      assertThat(Sql.value(connection, "SELECT count(*) FROM task")).isEqualTo("0");
      Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES ('w6', 2)");
      connection.commit();
    }
    assertThat(rows(6, "task")).containsExactly("w6");
  }

  @Test
  void cursorsAndExecuteFollowTheirTransaction() throws SQLException {
    try (Connection connection = cluster.connect("app", SIMPLE)) {
      Sql.run(
          connection,
          "INSERT INTO task (workspace_id, id) VALUES ('w3', 1)",
          "BEGIN",
          "DECLARE c CURSOR FOR SELECT id FROM task WHERE workspace_id = 'w3'");
      assertThat(Sql.value(connection, "FETCH 1 FROM c")).isEqualTo("1");
      Sql.run(connection, "CLOSE c");
      Sql.run(connection, "PREPARE p(text) AS SELECT id FROM task WHERE workspace_id = $1");
      assertThat(Sql.value(connection, "EXECUTE p('w3')")).isEqualTo("1");
      refused("TL005", () -> Sql.run(connection, "EXECUTE p('w1')"));
      Sql.run(connection, "ROLLBACK", "DEALLOCATE ALL");
    }
  }

  @Test
  void batchesOfOneWorkspaceAreOneTransaction() throws SQLException {
    try (Connection connection = cluster.connect("app");
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO task (workspace_id, id) VALUES (?, ?)")) {
      for (int i = 0; i < 20; i++) {
        insert.setString(1, "w2");
        insert.setInt(2, i);
        insert.addBatch();
      }
      assertThat(insert.executeBatch()).hasSize(20);
      insert.setString(1, "w2");
      insert.setInt(2, 100);
      insert.addBatch();
      insert.setString(1, "w5");
      insert.setInt(2, 101);
      insert.addBatch();
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(insert::executeBatch)
          .satisfies(e -> assertThat(e.getSQLState()).isEqualTo("TL005"));
    }
    assertThat(rows(2, "task")).hasSize(20);
    assertThat(rows(5, "task")).isEmpty();
  }

  // ---- authority ----

  @Test
  void aDeclaredWorkspaceGoesBeforeTheTextAndTheFirewallComparesThem() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES ('w1', 1)");
      assertThat(Sql.value(connection, "SELECT count(*) FROM task")).isEqualTo("1");
      refused(
          "TL005",
          () -> Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES ('w2', 1)"));
      refused(
          "TL005",
          () ->
              Sql.run(
                  connection,
                  "SELECT 1 FROM task WHERE workspace_id = 'w2' /*workspace_id='w1'*/"));
      Sql.run(connection, "SET trunkline.shard = 'schema_002'");
      Sql.run(connection, "INSERT INTO task (workspace_id, id) VALUES ('w9', 1)");
    }
    assertThat(rows(1, "task")).containsExactly("w1");
    assertThat(rows(2, "task")).containsExactly("w9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB"})
  void encodingsThatHideQuotesAreNotRead(String encoding) throws SQLException {
    try (Connection connection = cluster.connect("app", SIMPLE + "&allowEncodingChanges=true")) {
      Sql.run(connection, "SET client_encoding = '" + encoding + "'");
      ServerErrorMessage error =
          refused(
              "TL001", () -> Sql.run(connection, "SELECT 1 FROM task WHERE workspace_id = 'w1'"));
      assertThat(error.getDetail()).contains("client_encoding");
      Sql.run(connection, "SET client_encoding = 'LATIN1'");
      Sql.run(connection, "SELECT 1 FROM task WHERE workspace_id = 'w1'");
    }
  }

  @Test
  void backslashesInPlainStringsAreNotRead() throws SQLException {
    try (Connection connection = cluster.connect("app", SIMPLE)) {
      Sql.run(connection, "SET standard_conforming_strings = off");
      refused("TL001", () -> Sql.run(connection, "SELECT 1 FROM task WHERE workspace_id = 'w1'"));
    }
  }

  // ---- what is shown of it ----

  private static List<String> console(String command) throws SQLException {
    return console(cluster, command);
  }

  private static List<String> console(TestCluster cluster, String command) throws SQLException {
    String url =
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=admin&password=secret&preferQueryMode=simple";
    try (Connection console = DriverManager.getConnection(url.formatted(cluster.port()));
        Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery(command)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        StringJoiner line = new StringJoiner("|");
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          line.add(rows.getString(i));
        }
        lines.add(line.toString());
      }
      return lines;
    }
  }

  @Test
  void theConsoleShowsTablesShapesMissesAndTheFirewall() throws SQLException {
    try (Connection connection = cluster.connect("app", SIMPLE)) {
      Sql.run(connection, "SELECT 4711 FROM task WHERE workspace_id = 'w1'");
      refused("TL001", () -> Sql.run(connection, "SELECT body FROM note WHERE task = 1"));
      Sql.run(connection, "SET trunkline.workspace = 'w1'");
      refused("TL005", () -> Sql.run(connection, "DELETE FROM note WHERE workspace_id = 'w2'"));
    }
    assertThat(console("SHOW SHARDED TABLES"))
        .contains(
            "doc|sharded|workspace_id|uuid",
            "ledger|sharded|workspace_id|integer",
            "task|sharded|workspace_id|text",
            "country|reference|null|null");
    assertThat(console("SHOW SHAPES"))
        .anyMatch(line -> line.startsWith("SELECT 0 FROM task WHERE workspace_id = ''|KEYED"));
    assertThat(console("SHOW ROUTE MISSES"))
        .anyMatch(line -> line.startsWith("SELECT body FROM note WHERE task = 0|1|"));
    assertThat(console("SHOW FIREWALL")).contains("DELETE FROM note WHERE workspace_id = ''|1|0");
  }

  @Test
  void explainRouteTellsWhereAStatementWouldGo() throws SQLException {
    assertThat(console("EXPLAIN ROUTE SELECT * FROM task WHERE workspace_id = 'w5'"))
        .containsExactly("w5|schema_005|h2|literal 1|null");
    assertThat(console("EXPLAIN ROUTE SELECT * FROM task WHERE workspace_id = $1").getFirst())
        .contains("$1");
    assertThat(console("EXPLAIN ROUTE SELECT * FROM task WHERE id = 1").getFirst())
        .contains("Nothing in WHERE of task");
  }

  @ParameterizedTest
  @ValueSource(strings = {"preferQueryMode=extended", SIMPLE})
  void aSessionIsToldWhereItsStatementsGo(String mode) throws SQLException {
    try (Connection connection = cluster.connect("app", mode);
        Statement statement = connection.createStatement()) {
      statement.execute("SET trunkline.explain_route = on");
      assertThat(Sql.value(connection, "SHOW trunkline.explain_route")).isEqualTo("on");
      statement.execute("SELECT 1 FROM task WHERE workspace_id = 'w5'");
      PSQLWarning warning = (PSQLWarning) statement.getWarnings();
      assertThat(warning.getServerErrorMessage().getMessage())
          .isEqualTo("route: workspace \"w5\", shard schema_005, host h2");
      assertThat(warning.getServerErrorMessage().getDetail()).contains("literal 2");
      statement.execute("RESET trunkline.explain_route");
    }
  }

  @Test
  void withTheFirewallReportingStatementsGoThrough() throws Exception {
    String file = Files.readString(cluster.file());
    try (Connection connection = cluster.workspace("w1")) {
      Files.writeString(cluster.file(), file + "trunkline.sql_firewall = report\n");
      cluster.proxy().reload();
      for (int i = 0; i < 3; i++) {
        Sql.run(connection, "UPDATE note SET body = 'r' WHERE workspace_id = 'w2'");
      }
      assertThat(console("SHOW FIREWALL"))
          .contains("UPDATE note SET body = '' WHERE workspace_id = ''|0|3");
    } finally {
      Files.writeString(cluster.file(), file);
      cluster.proxy().reload();
    }
  }

  @Test
  void knownStatementsAreLearnedAtStart() throws Exception {
    Path file = Files.createTempFile("shapes", ".sql");
    Files.writeString(
        file,
        "SELECT 17 FROM task WHERE workspace_id = 'x'; SELECT 18 FROM task WHERE id = $1;"
            + " SELECT ';' FROM task");
    String settings = "trunkline.shapes_file = \"" + file + "\"\n" + BY_CATALOG;
    try (TestCluster warm = TestCluster.start(settings)) {
      assertThat(console(warm, "SHOW SHAPES"))
          .anyMatch(line -> line.startsWith("SELECT 0 FROM task WHERE workspace_id = ''|KEYED"))
          .anyMatch(line -> line.startsWith("SELECT 0 FROM task WHERE id = $1|UNKEYED"))
          .anyMatch(line -> line.startsWith("SELECT '' FROM task|UNKEYED"));
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void theCatalogIsReadAgainNowAndThen() throws Exception {
    String settings = BY_CATALOG + "map.sharded_tables.refresh = 100ms\n";
    try (TestCluster refreshing = TestCluster.start(settings)) {
      onShard(1, "CREATE TABLE %1$s.soon (workspace_id text, id int)");
      onShard(4, "CREATE TABLE %1$s.soon (workspace_id text, id int)");
      awaitTable(refreshing, "soon", true);
      onShard(1, "DROP TABLE %1$s.soon");
      onShard(4, "DROP TABLE %1$s.soon");
      awaitTable(refreshing, "soon", false);
    }
  }

  /** Until the proxy knows, or has forgotten, the table; the test's timeout ends it. */
  private static void awaitTable(TestCluster cluster, String table, boolean known)
      throws SQLException {
    String line = table + "|sharded|workspace_id|text";
    while (console(cluster, "SHOW SHARDED TABLES").contains(line) != known) {
      LockSupport.parkNanos(20_000_000);
    }
  }

  @Test
  void aTableThatComesAndGoesIsKnownAfterReload() throws Exception {
    try (Connection connection = cluster.connect("app");
        PreparedStatement select =
            connection.prepareStatement("SELECT id FROM late WHERE workspace_id = ?")) {
      select.setString(1, "w1");
      refused("TL001", select::executeQuery);
      onShard(1, "CREATE TABLE %1$s.late (workspace_id text, id int)");
      onShard(1, "ALTER TABLE %1$s.late OWNER TO app");
      onShard(4, "CREATE TABLE %1$s.late (workspace_id text, id int)");
      cluster.proxy().reload();
      assertThat(Sql.column(select)).isEmpty();
      onShard(1, "DROP TABLE %1$s.late");
      onShard(4, "DROP TABLE %1$s.late");
      cluster.proxy().reload();
      refused("TL001", select::executeQuery);
    }
  }
}
