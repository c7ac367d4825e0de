package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reads of host {@code h1} are repeated on another server, whose rows are the same but for ten.
 * {@code -Dtrunkline.dark.rows=10000} makes the long run.
 */
@Timeout(60)
class DarkReadTest {
  private static final int ROWS = Integer.getInteger("trunkline.dark.rows", 1_000);
  private static final Set<Integer> CORRUPTED =
      Set.of(7, 99, 100, 101, 250, 333, 500, 777, 998, 999);

  private static final String TABLES =
      """
      CREATE SCHEMA IF NOT EXISTS schema_001 AUTHORIZATION app;
      SET search_path = schema_001;
      CREATE TYPE mood AS ENUM ('glad', 'sad');
      CREATE TABLE note (id int PRIMARY KEY, body text, at timestamptz, amount numeric(10, 2),
        tags text[], feeling mood, weight float8);
      INSERT INTO note SELECT i, 'body ' || i, timestamptz '2026-01-01 00:00Z' + i * interval '1h',
        i / 3.0, ARRAY['a', i::text], 'glad', i / 7.0 FROM generate_series(1, %d) i %s;
      CREATE TABLE only_old (a int);
      ALTER TABLE note OWNER TO app;
      ALTER TABLE only_old OWNER TO app;
      ALTER TYPE mood OWNER TO app;
      """;

  private TestCluster cluster;
  private Connection console;

  @BeforeAll
  static void fill() throws SQLException {
    try (Connection old = TestCluster.direct(0);
        Connection other = TestCluster.direct(1)) {
      Sql.run(old, TABLES.formatted(ROWS, ""));
      Sql.run(other, "CREATE DATABASE dark_home OWNER app");
    }
    try (Connection fresh = TestHosts.SHARED.connect(1, "dark_home")) {
      // In another physical order, with other numbers of types.
      Sql.run(fresh, "CREATE TYPE public.takes_a_number AS ENUM ('x')");
      Sql.run(fresh, TABLES.formatted(ROWS, "ORDER BY i DESC"));
      Sql.run(fresh, "DROP TABLE schema_001.only_old");
      for (int id : CORRUPTED) {
        Sql.run(fresh, "UPDATE schema_001.note SET body = 'corrupt' WHERE id = " + id);
      }
    }
  }

  @AfterAll
  static void clear() throws SQLException {
    try (Connection old = TestCluster.direct(0);
        Connection other = TestCluster.direct(1)) {
      Sql.run(old, "DROP TABLE schema_001.note, schema_001.only_old", "DROP TYPE schema_001.mood");
      Sql.run(other, "DROP DATABASE dark_home WITH (FORCE)");
    }
  }

  @BeforeEach
  void start() throws SQLException {
    begin("");
  }

  private void begin(String overrides) throws SQLException {
    cluster = TestCluster.start("trunkline.swap_user = app\n" + overrides);
    console = console(cluster);
  }

  static Connection console(TestCluster cluster) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=admin&password=secret&preferQueryMode=simple"
            .formatted(cluster.port()));
  }

  @AfterEach
  void stop() throws SQLException {
    console.close();
    cluster.close();
  }

  private static String against(int port) {
    return "AGAINST 'host=127.0.0.1 port=%d dbname=dark_home user=app password=secret'"
        .formatted(port);
  }

  private void read(String sample) throws SQLException {
    String home = against(TestCluster.hostPort(1));
    Sql.run(console, "DARK READ HOST h1 " + home + " SAMPLE " + sample);
  }

  /** The first row of a view. */
  private static Map<String, String> row(Connection console, String view) throws SQLException {
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery(view)) {
      Map<String, String> row = new LinkedHashMap<>();
      if (rows.next()) {
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
          row.put(rows.getMetaData().getColumnName(i), rows.getString(i));
        }
      }
      return row;
    }
  }

  /** The comparison, once everything that was sampled has its verdict. */
  static Map<String, String> settled(Connection console) throws Exception {
    while (true) {
      Map<String, String> row = row(console, "SHOW DARK READS");
      long done = 0;
      for (String column :
          List.of(
              "skipped",
              "dropped",
              "equal",
              "lag",
              "overwritten",
              "order_only",
              "nondeterministic",
              "mismatch",
              "error",
              "timeout")) {
        done += Long.parseLong(row.get(column));
      }
      if (done == Long.parseLong(row.get("sampled"))) {
        return row;
      }
      Thread.sleep(5);
    }
  }

  private Map<String, String> settled() throws Exception {
    return settled(console);
  }

  private Connection workspace(String options) throws SQLException {
    return cluster.connect("app", "options=-c%20trunkline.workspace=w1&" + options);
  }

  // ---- what is compared ----

  @Test
  void tenCorruptedRowsAreFoundAndNoOther() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=extended");
        PreparedStatement select = client.prepareStatement("SELECT * FROM note WHERE id = ?")) {
      for (int id = 1; id <= ROWS; id++) {
        select.setInt(1, id);
        assertThat(Sql.column(select)).containsExactly(Integer.toString(id));
        if (id % 500 == 0) {
          settled();
        }
      }
    }
    Map<String, String> row = settled();
    assertThat(row)
        .containsEntry("eligible", Integer.toString(ROWS))
        .containsEntry("dropped", "0")
        .containsEntry("equal", Integer.toString(ROWS - CORRUPTED.size()))
        .containsEntry("mismatch", Integer.toString(CORRUPTED.size()));
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW DARK READ MISMATCHES")) {
      int found = 0;
      while (rows.next()) {
        found++;
        assertThat(rows.getString("workspace")).isEqualTo("w1");
        assertThat(rows.getString("statement")).isEqualTo("SELECT * FROM note WHERE id = $1");
        assertThat(rows.getString("columns")).isEqualTo("body");
        assertThat(rows.getString("old_digest")).isNotEqualTo(rows.getString("new_digest"));
        assertThat(rows.getString("old_values")).isNull();
        assertThat(CORRUPTED).contains(Integer.valueOf(rows.getString("keys")));
      }
      assertThat(found).isEqualTo(10);
    }
  }

  @Test
  void bothProtocolsAndBothFormatsAreCompared() throws Exception {
    read("100%");
    for (String options :
        List.of("preferQueryMode=simple", "prepareThreshold=0", "prepareThreshold=-1")) {
      try (Connection client = workspace(options + "&binaryTransfer=true");
          PreparedStatement select =
              client.prepareStatement(
                  "SELECT id, body, at, amount, tags, weight FROM note WHERE id = ? AND at > ?")) {
        select.setInt(1, 3);
        select.setTimestamp(2, java.sql.Timestamp.valueOf("2020-01-01 00:00:00"));
        assertThat(Sql.column(select)).containsExactly("3");
      }
    }
    assertThat(settled()).containsEntry("equal", "3").containsEntry("sampled", "3");
  }

  @Test
  void theUsersOwnTypesAreCompared() throws Exception {
    read("100%");
    try (Connection client = workspace("prepareThreshold=-1");
        PreparedStatement select =
            client.prepareStatement(
                "SELECT feeling, ARRAY[feeling] FROM note WHERE feeling = ?::mood AND id = 1")) {
      select.setString(1, "glad");
      assertThat(Sql.column(select)).containsExactly("glad");
    }
    assertThat(settled()).containsEntry("equal", "1");
  }

  @Test
  void theSettingsOfTheClientCount() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.run(client, "SET TimeZone = 'Asia/Tokyo'", "SET DateStyle = 'ISO, DMY'");
      Sql.run(client, "SET extra_float_digits = -5", "SET IntervalStyle = 'iso_8601'");
      Sql.value(client, "SELECT at::text, at - at, weight FROM note WHERE id = 5");
    }
    assertThat(settled()).containsEntry("equal", "1");
  }

  @Test
  void rowsInAnotherOrderAreEqualUnlessAnOrderWasAskedFor() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT id FROM note WHERE id IN (1, 2, 3, 4)");
      assertThat(settled()).containsEntry("equal", "1");
      Sql.value(client, "SELECT id FROM note WHERE id IN (1, 2, 3, 4) ORDER BY feeling");
    }
    assertThat(settled()).containsEntry("order_only", "1").containsEntry("mismatch", "0");
  }

  @Test
  void aLimitWithoutOrderIsNoMismatch() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT id FROM note LIMIT 3");
      Sql.value(client, "SELECT id, feeling FROM note ORDER BY feeling LIMIT 3");
    }
    assertThat(settled())
        .containsEntry("nondeterministic", "2")
        .containsEntry("mismatch", "0")
        .containsEntry("equal", "0");
  }

  // ---- what is not ----

  @Test
  void whatCannotBeComparedIsSkippedWithItsReason() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT now(), id FROM note WHERE id = 1");
      Sql.value(client, "SELECT random() FROM note WHERE id = 1");
      Sql.value(client, "SELECT id FROM note WHERE id = 1 FOR UPDATE");
      Sql.value(client, "SELECT id FROM note WHERE id < 7");
      Sql.value(client, "SELECT repeat(body, 20000) FROM note WHERE id = 1");
    }
    assertThat(settled())
        .containsEntry("skipped", "5")
        .containsEntry("skipped_by", "bytes=1 clock=1 function=1 lock=1 rows=1");
  }

  @Test
  void transactionsWritesAndPipelinesAreLeftAlone() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=extended")) {
      client.setAutoCommit(false);
      Sql.value(client, "SELECT id FROM note WHERE id = 1");
      client.commit();
      client.setAutoCommit(true);
      Sql.run(client, "UPDATE note SET body = body WHERE id = 1");
      Sql.run(client, "SELECT 1 FROM note WHERE id = 1; SELECT 2 FROM note WHERE id = 1");
    }
    Map<String, String> row = settled();
    assertThat(row).containsEntry("equal", "0").containsEntry("mismatch", "0");
    assertThat(row).containsEntry("eligible", "2").containsEntry("skipped_by", "pipeline=2");
  }

  @Test
  void aBatchOfSeveralStatementsIsSkipped() throws Exception {
    read("100%");
    try (FakeClient client = cluster.client("app@w1")) {
      client.send(
          out -> {
            for (int i = 0; i < 2; i++) {
              Frontend.parse(out, "", "SELECT body FROM note WHERE id = 1");
              Frontend.bind(out, "", "", List.of());
              Frontend.execute(out, "", 0);
            }
            Frontend.sync(out);
          });
      Wire.ready(client);
    }
    Map<String, String> row = settled();
    assertThat(row).containsEntry("equal", "0").containsEntry("skipped_by", "pipeline=2");
  }

  @Test
  void aShareIsDrawn() throws Exception {
    read("10%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      for (int i = 0; i < 1_000; i++) {
        Sql.value(client, "SELECT id FROM note WHERE id = 1");
      }
    }
    Map<String, String> row = settled();
    assertThat(row).containsEntry("eligible", "1000");
    assertThat(Integer.parseInt(row.get("sampled"))).isBetween(50, 160);
    assertThat(row.get("equal")).isEqualTo(row.get("sampled"));
  }

  // ---- when the other side does not answer ----

  @Test
  void aDeadHomeCostsClientsNothingAndIsLeftAlone() throws Exception {
    int dead;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      dead = socket.getLocalPort();
    }
    Sql.run(console, "DARK READ HOST h1 " + against(dead) + " SAMPLE 100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      for (int i = 0; i < 200; i++) {
        assertThat(Sql.value(client, "SELECT id FROM note WHERE id = 1")).isEqualTo("1");
      }
    }
    Map<String, String> row = settled();
    assertThat(Integer.parseInt(row.get("error"))).isBetween(1, 20);
    assertThat(row.get("skipped_by")).startsWith("unreachable=");
    assertThat(row.get("last_error")).contains("08001");
    assertThat(row).containsEntry("mismatch", "0");
  }

  @Test
  void aMissingTableIsAnError() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT a FROM only_old");
    }
    Map<String, String> row = settled();
    assertThat(row).containsEntry("error", "1");
    assertThat(row.get("last_error")).contains("42P01");
  }

  @Test
  void readsAreRepeatedTogetherAndJudgedEachByItself() throws Exception {
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      for (int i = 0; i < 60; i++) {
        Sql.run(client, "SET TimeZone = " + (i % 4 < 2 ? "'Asia/Tokyo'" : "'UTC'"));
        Sql.value(
            client, i % 3 == 0 ? "SELECT a FROM only_old" : "SELECT at FROM note WHERE id = 5");
      }
    }
    assertThat(settled()).containsEntry("equal", "40").containsEntry("error", "20");
  }

  @Test
  void settingsThatTheNewHomeRefusesAreTheErrorOfOneReadOnly() throws Exception {
    String configuration = "TEXT SEARCH CONFIGURATION schema_001.only_here";
    try (Connection old = TestCluster.direct(0)) {
      Sql.run(old, "CREATE " + configuration + " (COPY = pg_catalog.simple)");
      read("100%");
      try (Connection client = workspace("preferQueryMode=simple")) {
        for (int i = 0; i < 12; i++) {
          String value = i % 4 == 0 ? "schema_001.only_here" : "pg_catalog.simple";
          Sql.run(client, "SET default_text_search_config = '" + value + "'");
          Sql.value(client, "SELECT id FROM note WHERE id = 5");
        }
      }
      assertThat(settled()).containsEntry("equal", "9").containsEntry("error", "3");
      Sql.run(old, "DROP " + configuration);
    }
  }

  @Test
  void aFullQueueDrops() throws Exception {
    stop();
    begin("trunkline { dark_read_queue = 1, dark_read_connections = 1 }");
    Sql.run(
        console,
        "DARK READ HOST h1 " + against(TestCluster.hostPort(1)) + " SAMPLE 100% DELAY 300ms");
    try (Connection client = workspace("preferQueryMode=simple")) {
      for (int i = 0; i < 20; i++) {
        Sql.value(client, "SELECT id FROM note WHERE id = 1");
      }
    }
    Map<String, String> row = settled();
    assertThat(Integer.parseInt(row.get("dropped"))).isGreaterThanOrEqualTo(15);
    assertThat(row).containsEntry("skipped", "0").containsEntry("error", "0");
  }

  @Test
  void aSlowHomeIsATimeout() throws Exception {
    stop();
    begin("trunkline.dark_read_timeout = 100ms");
    read("100%");
    try (Connection fresh = TestHosts.SHARED.connect(1, "dark_home");
        Connection client = workspace("preferQueryMode=simple")) {
      fresh.setAutoCommit(false);
      Sql.run(fresh, "LOCK TABLE schema_001.note");
      Sql.value(client, "SELECT id FROM note WHERE id = 1");
      assertThat(settled()).containsEntry("timeout", "1");
      fresh.rollback();
    }
  }

  // ---- operating it ----

  @Test
  void itBeginsOnceAndEnds() throws Exception {
    read("100%");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> read("1%"))
        .withMessageContaining("is being read already");
    Sql.run(console, "STOP DARK READ HOST h1");
    assertThat(Sql.column(console, "SHOW DARK READS")).isEmpty();
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT id FROM note WHERE id = 1");
    }
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> Sql.run(console, "STOP DARK READ HOST h1"))
        .withMessageContaining("is not being read");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> Sql.run(console, "DARK READ HOST none AGAINST 'host=x' SAMPLE 1%"))
        .withMessageContaining("no such host");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> Sql.run(console, "DARK READ HOST h1 AGAINST 'host=x' SAMPLE 1%"))
        .withMessageContaining("It needs a user");
  }

  @Test
  void aReadBelongsToTheNarrowestScope() throws Exception {
    String home = against(TestCluster.hostPort(1)) + " SAMPLE 100%";
    Sql.run(console, "DARK READ GROUP g1 " + home, "DARK READ SHARD schema_001 " + home);
    try (Connection client = workspace("preferQueryMode=simple");
        Connection other = cluster.workspace("w2")) {
      Sql.value(client, "SELECT id FROM note WHERE id = 1");
      assertThat(settled()).containsEntry("scope", "shard schema_001").containsEntry("equal", "1");
      Sql.run(console, "STOP DARK READ SHARD schema_001");
      Sql.value(other, "SELECT w FROM t");
      Sql.value(client, "SELECT id FROM note WHERE id = 1");
      assertThat(settled())
          .containsEntry("scope", "group g1")
          .containsEntry("equal", "1")
          .containsEntry("error", "1");
    }
  }

  @Test
  void valuesAreKeptOnlyWhereTheyMayBe() throws Exception {
    stop();
    begin("trunkline.dark_read_values = true");
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT id, body FROM note WHERE id = 7");
    }
    assertThat(settled()).containsEntry("mismatch", "1");
    assertThat(row(console, "SHOW DARK READ MISMATCHES"))
        .containsEntry("old_values", "(7,body 7)")
        .containsEntry("new_values", "(7,corrupt)")
        .containsEntry("statement", "SELECT id , body FROM note WHERE id = 0")
        .containsEntry("keys", "7");
  }

  @Test
  void theConfigurationBeginsAndEndsThem() throws Exception {
    String entry =
        """
        trunkline.dark_reads.upgrade { shard = schema_001, sample = 100%%, max_rows = 3, delay = 10ms
          against = "host=127.0.0.1 port=%d dbname=dark_home user=app password=secret" }
        """
            .formatted(TestCluster.hostPort(1));
    String before = Files.readString(cluster.file());
    Files.writeString(cluster.file(), before + entry);
    Sql.run(console, "RELOAD");
    assertThat(row(console, "SHOW DARK READS"))
        .containsEntry("scope", "shard schema_001")
        .containsEntry("by", "config: upgrade")
        .containsEntry("mode", "delay 10ms")
        .containsEntry("max_rows", "3");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT id FROM note WHERE id = 1");
    }
    assertThat(settled()).containsEntry("equal", "1");
    Sql.run(console, "RELOAD");
    assertThat(row(console, "SHOW DARK READS")).containsEntry("equal", "1");
    Files.writeString(cluster.file(), before);
    Sql.run(console, "RELOAD");
    assertThat(Sql.column(console, "SHOW DARK READS")).isEmpty();
  }

  @Test
  void mistakesInTheConfigurationAreNamed() throws IOException {
    Files.writeString(
        cluster.file(),
        "trunkline.dark_reads { a { host = h3, sample = 1%, against = \"host=x dbname=d user=y\""
            + " }\n"
            + "b { sample = 0%, against = \"host=x\" } }\n",
        java.nio.file.StandardOpenOption.APPEND);
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> cluster.proxy().reload())
        .withMessageContaining("trunkline.dark_reads.a.host: there is no host h3")
        .withMessageContaining("trunkline.dark_reads.b: needs one of group, host and shard")
        .withMessageContaining("trunkline.dark_reads.b.sample: 0% is not a share");
  }

  @Test
  void aSwapMayRequireThem() throws Exception {
    String plan =
        "PLAN SWAP HOST h1 TO 'host=127.0.0.1 port=%d dbname=dark_home' REQUIRE DARK READS 3 EQUAL"
            .formatted(TestCluster.hostPort(1));
    assertThat(required(plan)).startsWith("failed: there is no dark read of host h1");
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      for (int i = 1; i <= 3; i++) {
        assertThat(required(plan)).startsWith("failed: " + (i - 1) + " equal of 3 required");
        Sql.value(client, "SELECT id FROM note WHERE id = 1");
        settled();
      }
      assertThat(required(plan)).isEqualTo("done: 3 equal of 3 required, 0 mismatches");
      Sql.value(client, "SELECT body FROM note WHERE id = 7");
      settled();
      assertThat(required(plan)).isEqualTo("failed: 3 equal of 3 required, 1 mismatches");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(console, plan.replace("PLAN", "REHEARSE")))
          .withMessageContaining("dark reads: 3 equal of 3 required, 1 mismatches");
    }
  }

  @Test
  void theMetricsHaveEveryFigure() throws Exception {
    stop();
    begin("trunkline.metrics_listen = \"127.0.0.1:0\"");
    read("100%");
    try (Connection client = workspace("preferQueryMode=simple")) {
      Sql.value(client, "SELECT body FROM note WHERE id = 7");
      Sql.value(client, "SELECT now() FROM note WHERE id = 7");
    }
    settled();
    String url = "http://127.0.0.1:" + cluster.proxy().metricsPort() + "/metrics";
    try (InputStream in = URI.create(url).toURL().openStream()) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains(
              "trunkline_dark_read_eligible_total{scope=\"host h1\"} 2.0",
              "trunkline_dark_read_sampled_total{scope=\"host h1\"} 2.0",
              "trunkline_dark_read_dropped_total{scope=\"host h1\"} 0.0",
              "trunkline_dark_read_skipped_total{reason=\"clock\",scope=\"host h1\"} 1.0",
              "trunkline_dark_read_results_total{class=\"mismatch\",scope=\"host h1\"} 1.0",
              "trunkline_dark_read_seconds_count{scope=\"host h1\",side=\"new\"} 1",
              "trunkline_dark_read_seconds_count{scope=\"host h1\",side=\"old\"} 1");
    }
  }

  private String required(String plan) throws SQLException {
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery(plan)) {
      while (rows.next()) {
        if (rows.getString("step").equals("check: dark reads")) {
          return rows.getString("result") + ": " + rows.getString("detail");
        }
      }
      return "not checked";
    }
  }
}
