package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** COPY … FROM STDIN goes where its rows belong, all of them or none. */
@Timeout(60)
class SqlCopyTest {
  private static final int SHARDS = TestHosts.COUNT * TestHosts.SHARDS_PER_HOST;
  private static final String COPY = "COPY copied (id, workspace_id) FROM STDIN";

  private static TestCluster cluster;

  @BeforeAll
  static void start() throws SQLException {
    onEach("CREATE TABLE %1$s.copied (workspace_id text, id int CHECK (id < 100000000))");
    onEach("ALTER TABLE %1$s.copied OWNER TO app");
    cluster = TestCluster.start("map.sharded_tables { key = workspace_id, user = postgres }");
  }

  @AfterAll
  static void stop() throws SQLException {
    cluster.close();
    onEach("DROP TABLE %1$s.copied");
  }

  @BeforeEach
  void empty() throws SQLException {
    onEach("TRUNCATE %1$s.copied");
  }

  private static void onEach(String sql) throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      try (Connection direct = TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST)) {
        Sql.run(direct, sql.formatted(TestHosts.schema(shard)));
      }
    }
  }

  private static void assertRows(int inShard, int expected) throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      try (Connection direct = TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST)) {
        String sql = "SELECT count(*) FROM %s.copied".formatted(TestHosts.schema(shard));
        assertThat(Sql.value(direct, sql))
            .as("shard " + shard)
            .isEqualTo(shard == inShard ? "" + expected : "0");
      }
    }
  }

  private static String rows(int count, String workspace) {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < count; i++) {
      rows.append(i).append('\t').append(workspace).append('\n');
    }
    return rows.toString();
  }

  private static long copy(Connection connection, String sql, String rows)
      throws SQLException, IOException {
    return connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql, new StringReader(rows));
  }

  private static void refused(String state, Connection connection, String sql, String rows) {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> copy(connection, sql, rows))
        .satisfies(e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(state));
  }

  @Test
  void theFirstRowDecides() throws Exception {
    try (Connection connection = cluster.connect("app")) {
      assertThat(copy(connection, COPY, rows(50_000, "w5"))).isEqualTo(50_000);
      assertThat(copy(connection, COPY + " (FORMAT csv)", "1,w5\n2,\"w5\"\n")).isEqualTo(2);
      assertThat(copy(connection, COPY, "7\tw5")).isEqualTo(1);
      assertThat(copy(connection, COPY, "")).isZero();
      Sql.run(connection, "SELECT 1 FROM copied WHERE workspace_id = 'w5'");
    }
    assertRows(5, 50_003);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 40_000})
  void oneRowOfAnotherWorkspaceFailsAll(int before) throws Exception {
    try (Connection connection = cluster.connect("app")) {
      String rows = rows(before, "w2") + "1\tw6\n" + rows(20_000, "w2");
      refused("TL005", connection, COPY, rows);
      refused("TL005", connection, COPY, rows(before, "w2") + "1\tw6");
      refused("TL001", connection, COPY, rows(before, "w2") + "1\t\\N\n");
      assertRows(0, 0);
      assertThat(copy(connection, COPY, rows(3, "w2"))).isEqualTo(3);
    }
    assertRows(2, 3);
  }

  @Test
  void aTransactionAndItsCopyAreOfOneWorkspace() throws Exception {
    try (Connection connection = cluster.connect("app")) {
      connection.setAutoCommit(false);
      assertThat(copy(connection, COPY, rows(2, "w4"))).isEqualTo(2);
      assertThat(Sql.value(connection, "SELECT count(*) FROM copied")).isEqualTo("2");
      assertThat(copy(connection, COPY, rows(2, "w4"))).isEqualTo(2);
      connection.commit();
      Sql.run(connection, "DELETE FROM copied WHERE workspace_id = 'w4'");
      refused("TL005", connection, COPY, rows(2, "w1"));
      connection.rollback();
    }
    assertRows(4, 4);
  }

  @Test
  void aDeclaredWorkspaceIsCompared() throws Exception {
    try (Connection connection = cluster.workspace("w3")) {
      assertThat(copy(connection, COPY, rows(2, "w3"))).isEqualTo(2);
      refused("TL005", connection, COPY, rows(2, "w1"));
      refused("TL005", connection, COPY, rows(20_000, "w3") + rows(1, "w1"));
      assertThat(copy(connection, "COPY copied FROM STDIN", "w3\t1\n")).isEqualTo(1);
    }
    assertRows(3, 3);
  }

  @Test
  void whatTheServerRefusesIsTold() throws Exception {
    try (Connection connection = cluster.connect("app")) {
      refused("23514", connection, COPY, rows(20_000, "w1") + "200000000\tw1\n");
      refused("22P02", connection, COPY, "x\tw1\n" + rows(20_000, "w1"));
      refused("TL001", connection, "COPY copied FROM STDIN", "w1\t1\n");
      refused("TL001", connection, COPY + " (DELIMITER ';')", "1;w1\n");
      assertThat(copy(connection, COPY, rows(3, "w1"))).isEqualTo(3);
    }
    assertRows(1, 3);
  }

  @Test
  void dataInPiecesAndCopyFailAreUnderstood() throws Exception {
    try (FakeClient client = cluster.client("app")) {
      client.send(out -> Frontend.query(out, COPY));
      client.until(Tags.Backend.COPY_IN_RESPONSE);
      for (byte each : Wire.bytes("1\tw6\n2\tw6\n")) {
        client.send(out -> Frontend.copyData(out, new byte[] {each}));
      }
      client.send(Frontend::copyDone);
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("CZ");
      client.send(
          out -> {
            Frontend.query(out, COPY);
            Frontend.copyData(out, Wire.bytes("1\tw6\n"));
            Frontend.copyFail(out, "no more");
          });
      List<Message> failed = Wire.ready(client);
      assertThat(Wire.tags(failed)).isEqualTo("GEZ");
      assertThat(Wire.errors(failed)).containsExactly("57014");
      client.send(
          out -> {
            Frontend.query(out, COPY);
            Frontend.copyFail(out, "nothing");
          });
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("GEZ");
      client.send(
          out -> {
            Frontend.query(out, COPY);
            Frontend.copyData(out, Wire.bytes("1\tw6\n1\tw1\n"));
            Frontend.copyData(out, Wire.bytes("1\tw6\n1\tw1\n"));
            Frontend.copyDone(out);
            Frontend.query(out, "SELECT 1 FROM copied WHERE workspace_id = 'w6'");
          });
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("GEZ");
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("TDDCZ");
    }
    assertRows(6, 2);
  }

  // ---- extended protocol ----

  /** When the Sync behind Execute comes; PostgreSQL ignores it during the COPY. */
  enum EarlySync {
    NONE,
    SENT
  }

  private static String portal(FakeClient client, EarlySync sync, String statement, String rows) {
    client.send(
        out -> {
          if (statement.isEmpty()) {
            Frontend.parse(out, "", COPY);
          }
          Frontend.bind(out, "", statement, List.of());
          Frontend.describe(out, Frontend.PORTAL, "");
          Frontend.execute(out, "", 0);
          if (sync == EarlySync.SENT) {
            Frontend.sync(out);
          }
          if (!rows.isEmpty()) {
            Frontend.copyData(out, Wire.bytes(rows.substring(0, rows.length() / 2)));
            Frontend.copyData(out, Wire.bytes(rows.substring(rows.length() / 2)));
          }
          Frontend.copyDone(out);
          Frontend.sync(out);
        });
    List<Message> answer = Wire.ready(client);
    return Wire.tags(answer) + Wire.errors(answer);
  }

  @ParameterizedTest
  @EnumSource
  void theFirstRowDecidesForAPortal(EarlySync sync) throws Exception {
    try (FakeClient client = cluster.client("app");
        FakeClient direct = TestCluster.directClient(1)) {
      direct.query("SET search_path = " + TestHosts.schema(5));
      for (String statement : List.of("", "s")) {
        if (!statement.isEmpty()) {
          Wire.prepare(client, statement, COPY);
          Wire.prepare(direct, statement, COPY);
        }
        for (String rows : List.of(rows(2, "w5"), "", rows(20_000, "w5"), "x\tw5\n", "7\tw5")) {
          assertThat(portal(client, sync, statement, rows))
              .as(statement + rows.length())
              .isEqualTo(portal(direct, sync, statement, rows));
        }
      }
      direct.query("TRUNCATE copied");
      assertThat(portal(client, sync, "s", rows(20_000, "w5"))).isEqualTo("2nGCZ[]");
      client.query("SELECT 1 FROM copied WHERE workspace_id = 'w5'");
    }
    assertRows(5, 20_000);
  }

  @ParameterizedTest
  @EnumSource
  void oneRowOfAnotherWorkspaceFailsAllOfAPortal(EarlySync sync) throws Exception {
    try (FakeClient client = cluster.client("app")) {
      for (int before : new int[] {1, 40_000}) {
        String mixed = rows(before, "w2") + "1\tw6\n" + rows(20_000, "w2");
        assertThat(portal(client, sync, "", mixed)).isEqualTo("12nGEZ[TL005]");
      }
      assertThat(portal(client, sync, "", "1\t\\N\n")).isEqualTo("12nGEZ[TL001]");
      assertRows(0, 0);
      assertThat(portal(client, sync, "", rows(3, "w2"))).isEqualTo("12nGCZ[]");
    }
    assertRows(2, 3);
  }

  @Test
  void aTransactionAndItsPortalAreOfOneWorkspace() throws Exception {
    try (FakeClient client = cluster.client("app")) {
      client.query("BEGIN");
      assertThat(portal(client, EarlySync.NONE, "", rows(2, "w4"))).isEqualTo("12nGCZ[]");
      assertThat(Wire.column(client.query("SELECT count(*) FROM copied"))).containsExactly("2");
      assertThat(portal(client, EarlySync.SENT, "", rows(2, "w4"))).isEqualTo("12nGCZ[]");
      client.query("COMMIT");
      client.query("BEGIN");
      client.query("DELETE FROM copied WHERE workspace_id = 'w4'");
      assertThat(portal(client, EarlySync.NONE, "", rows(2, "w1"))).isEqualTo("12nGEZ[TL005]");
      assertThat(portal(client, EarlySync.NONE, "", rows(2, "w4"))).endsWith("[25P02]");
      client.query("ROLLBACK");
    }
    assertRows(4, 4);
  }

  @Test
  void aDeclaredWorkspaceIsComparedWithThePortalsRows() throws Exception {
    try (FakeClient client = cluster.client("app@w3")) {
      assertThat(portal(client, EarlySync.NONE, "", rows(2, "w3"))).isEqualTo("12nGCZ[]");
      assertThat(portal(client, EarlySync.NONE, "", rows(2, "w1"))).isEqualTo("12nGEZ[TL005]");
      assertThat(portal(client, EarlySync.SENT, "", rows(20_000, "w3") + rows(1, "w1")))
          .isEqualTo("12nGEZ[TL005]");
    }
    assertRows(3, 2);
  }

  @Test
  void aPortalMayFailOrBeClosedBeforeItsRows() throws Exception {
    try (FakeClient client = cluster.client("app")) {
      client.send(
          out -> {
            Frontend.parse(out, "", COPY);
            Frontend.bind(out, "p", "", List.of());
            Frontend.close(out, Frontend.PORTAL, "p");
            Frontend.bind(out, "", "", List.of());
            Frontend.execute(out, "", 0);
            Frontend.flush(out);
          });
      client.until(Tags.Backend.COPY_IN_RESPONSE);
      client.send(
          out -> {
            Frontend.copyFail(out, "no more");
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
      assertThat(portal(client, EarlySync.NONE, "", rows(2, "w6"))).isEqualTo("12nGCZ[]");
    }
    assertRows(6, 2);
  }
}
