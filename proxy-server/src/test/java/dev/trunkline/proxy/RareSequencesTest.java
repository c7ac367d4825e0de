package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import io.netty.buffer.ByteBuf;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences of messages that the protocol allows and drivers seldom send. */
@Timeout(60)
class RareSequencesTest {
  private static final String SHARD = "SELECT name FROM shard_name";
  private static final String ONE_CONNECTION = "pgbouncer.default_pool_size = 1\n";

  private static void run(ByteBuf out, String sql) {
    Frontend.parse(out, "", sql);
    Frontend.bind(out, "", "", List.of());
    Frontend.execute(out, "", 0);
  }

  // ---- prepared statements ----

  @ParameterizedTest
  @ValueSource(strings = {"plain", "app@w1"})
  void aStatementReadUnderSetLocalIsNobodyElses(String database) {
    String sql =
        "SELECT (timestamptz '2020-01-01 00:00' AT TIME ZONE 'UTC')::text /* %s */"
            .formatted(database);
    try (TestCluster cluster = TestCluster.start(ONE_CONNECTION);
        FakeClient one = cluster.client(database);
        FakeClient two = cluster.client(database)) {
      one.send(
          out -> {
            run(out, "BEGIN");
            run(out, "SET LOCAL TimeZone = 'Etc/GMT-9'");
            Frontend.parse(out, "s", sql);
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(one))).isEmpty();
      assertThat(Wire.column(Wire.execute(one, "s"))).containsExactly("2019-12-31 15:00:00");
      one.query("COMMIT");
      two.query("SET TimeZone = 'UTC'");
      Wire.prepare(two, "t", sql);
      assertThat(Wire.column(Wire.execute(two, "t"))).containsExactly("2020-01-01 00:00:00");
    }
  }

  @Test
  void foldedConstantsAreReadWithTheSettingsOfTheirClient() {
    String sql = "SELECT ('\\xff'::bytea)::text";
    try (TestCluster cluster = TestCluster.start(ONE_CONNECTION);
        FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      Wire.prepare(one, "s", sql);
      assertThat(Wire.column(Wire.execute(one, "s"))).containsExactly("\\xff");
      two.query("SET bytea_output = 'escape'");
      Wire.prepare(two, "s", sql);
      assertThat(Wire.column(Wire.execute(two, "s"))).containsExactly("\\377");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "app@w1"})
  void aNameWhoseParseFailedIsFreeWhenItsCloseWasSkipped(String database) {
    try (FakeClient client = TestCluster.shared().client(database)) {
      client.send(
          out -> {
            Frontend.parse(out, "x", "SELEC");
            Frontend.bind(out, "", "x", List.of());
            Frontend.execute(out, "", 0);
            Frontend.close(out, Frontend.STATEMENT, "x");
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("42601");
      assertThat(Wire.prepare(client, "x", "SELECT 1")).isEqualTo("1Z");
    }
  }

  @Test
  void whatWasSkippedIsUndoneInReverse() {
    try (TestCluster cluster =
            TestCluster.start(ONE_CONNECTION + "pgbouncer.max_prepared_statements = 1");
        FakeClient client = cluster.client("plain")) {
      Wire.prepare(client, "b", "SELECT 'b'");
      Wire.prepare(client, "a", "SELECT 1/$1::int");
      client.send(
          out -> {
            Frontend.bind(out, "", "a", Wire.values("0"));
            Frontend.execute(out, "", 0);
            Frontend.bind(out, "", "b", List.of());
            Frontend.execute(out, "", 0);
            Frontend.bind(out, "", "a", Wire.values("1"));
            Frontend.execute(out, "", 0);
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("22012");
      assertThat(Wire.column(Wire.execute(client, "b"))).containsExactly("b");
      assertThat(Wire.column(Wire.execute(client, "a", "1"))).containsExactly("1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"DISCARD ALL", "DEALLOCATE ALL"})
  void aStatementParsedBehindItsForgettingStays(String forget) {
    try (TestCluster cluster = TestCluster.start(ONE_CONNECTION);
        FakeClient client = cluster.client("plain")) {
      String sql = "SELECT 11";
      client.send(
          out -> {
            Frontend.query(out, forget);
            Frontend.parse(out, "n", sql);
            Frontend.bind(out, "", "n", List.of());
            Frontend.execute(out, "", 0);
            Frontend.sync(out);
          });
      Wire.ready(client);
      assertThat(Wire.column(Wire.ready(client))).containsExactly("11");
      assertThat(Wire.column(Wire.execute(client, "n"))).containsExactly("11");
      try (FakeClient other = cluster.client("plain")) {
        assertThat(Wire.prepare(other, "m", sql)).isEqualTo("1Z");
      }
      client.send(
          out -> {
            Frontend.query(out, forget);
            Frontend.parse(out, "x", "SELEC");
            Frontend.sync(out);
          });
      Wire.ready(client);
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("42601");
      assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
    }
  }

  // ---- the end of a batch ----

  @Test
  void aQueryInABatchIsAnsweredAndEndsTheBatchAsTheServerSays() {
    try (TestCluster cluster =
            TestCluster.start(ONE_CONNECTION + "pgbouncer.query_wait_timeout = 3");
        FakeClient client = cluster.client("plain");
        FakeClient next = cluster.client("plain")) {
      client.send(
          out -> {
            run(out, "SELECT 1");
            Frontend.query(out, "SELECT 2");
          });
      List<Message> answer = Wire.ready(client);
      assertThat(Wire.column(answer)).containsExactly("1", "2");
      if (answer.getLast().body()[0] == 'T') {
        // PostgreSQL 18 keeps the implicit transaction until a Sync, and then loses its way.
        client.send(Frontend::sync);
        Wire.ready(client);
      }
      assertThat(Wire.column(next.query("SELECT 3"))).containsExactly("3");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHOW trunkline.workspace", "", "SET trunkline.workspace = 'w1'"})
  void aQueryThatTheProxyAnswersCommitsTheBatchBeforeIt(String query) {
    try (TestCluster cluster = TestCluster.start(ONE_CONNECTION);
        FakeClient client = cluster.client("app@w1");
        FakeClient next = cluster.client("app@w1")) {
      client.send(
          out -> {
            run(out, "INSERT INTO t VALUES ('batch', 'kept')");
            Frontend.query(out, query);
          });
      List<Message> answer = Wire.ready(client);
      assertThat(Wire.errors(answer)).isEmpty();
      assertThat(answer.getLast().body()[0]).isEqualTo((byte) 'I');
      next.query("BEGIN");
      assertThat(Wire.column(next.query("SELECT v FROM t WHERE w = 'batch'")))
          .containsExactly("kept");
      next.query("ROLLBACK");
      assertThat(Wire.column(client.query("SELECT v FROM t WHERE w = 'batch'")))
          .containsExactly("kept");
      assertThat(Wire.tags(client.query("DELETE FROM t WHERE w = 'batch'"))).isEqualTo("CZ");
    }
  }

  @Test
  void aQueryThatTheProxyRefusesTakesTheBatchBeforeItBack() {
    try (TestCluster cluster = TestCluster.start(ONE_CONNECTION);
        FakeClient client = cluster.client("app@w1");
        FakeClient next = cluster.client("app@w1")) {
      client.send(
          out -> {
            run(out, "INSERT INTO t VALUES ('batch', 'lost')");
            Frontend.query(out, "SET search_path = public; SELECT 1");
          });
      List<Message> answer = Wire.ready(client);
      assertThat(Wire.errors(answer)).hasSize(1);
      assertThat(answer.getLast().body()[0]).isEqualTo((byte) 'I');
      assertThat(Wire.column(next.query("SELECT v FROM t WHERE w = 'batch'"))).isEmpty();
      assertThat(Wire.column(client.query("SELECT v FROM t WHERE w = 'batch'"))).isEmpty();
    }
  }

  @Test
  void aSecondSyncBehindAFailedPreambleIsAnswered() {
    try (TestCluster cluster =
            TestCluster.start("databases.app.workspace_setting = statement_timeout");
        FakeClient client = cluster.client("app@w1")) {
      client.send(
          out -> {
            run(out, SHARD);
            Frontend.sync(out);
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("22023");
      assertThat(Wire.tags(Wire.ready(client))).isEqualTo("Z");
    }
  }

  @Test
  void aTooLongQueryThatIsRefusedEndsWithReadyForQuery() throws Exception {
    try (TestCluster cluster = TestCluster.start("trunkline.max_statement_bytes = 64 KiB");
        FakeClient client = cluster.client("plain");
        Connection console = cluster.console()) {
      Wire.prepare(client, "", "SELECT 1");
      Sql.run(console, "PAUSE DATABASE plain");
      client.send(out -> Frontend.query(out, "SELECT length('" + "x".repeat(200_000) + "')"));
      Thread.sleep(200);
      Wire.cancel(cluster, client);
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
      Sql.run(console, "RESUME DATABASE plain");
      assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
    }
  }

  @Test
  void noTransactionIsLeftOpenWhenAStatementFollowsIntoAnotherWorkspace() throws Exception {
    try (TestCluster cluster = TestCluster.start("");
        FakeClient client = cluster.client("app");
        Connection direct = TestCluster.direct(0)) {
      client.query("BEGIN");
      client.query("/*workspace_id='w1'*/ " + SHARD);
      client.send(
          out -> {
            Frontend.query(out, "COMMIT");
            run(out, "NOTIFY rare");
            run(out, "/*workspace_id='w4'*/ " + SHARD);
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(client))).isEmpty();
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL005");
      assertThat(
              Sql.value(
                  direct,
                  "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL"
                      + " AND query LIKE '%rare%' AND pid <> pg_backend_pid()"))
          .isEqualTo("0");
    }
  }

  // ---- workspaces ----

  @Test
  void theWorkspaceSettingIsNotLeftForTheNextClient() {
    try (TestCluster cluster =
            TestCluster.start(
                ONE_CONNECTION
                    + "databases.app.workspace_setting = app.ws\nusers.app.may_set_shard = true");
        FakeClient one = cluster.client("app@w1");
        FakeClient next = cluster.client("app")) {
      one.send(
          out -> {
            run(out, "SELECT current_setting('app.ws', true), name FROM shard_name");
            run(out, "DISCARD ALL");
            Frontend.sync(out);
          });
      List<Message> answer = Wire.ready(one);
      assertThat(Wire.column(answer)).containsExactly("w1");
      assertThat(Wire.errors(answer)).containsExactly("25001");
      String ask = "SELECT current_setting('app.ws', true)";
      assertThat(Wire.column(next.query(ask))).containsExactly("");
      next.query("SET trunkline.shard = 'schema_001'");
      assertThat(Wire.column(next.query(ask + " FROM shard_name"))).containsExactly("");
    }
  }

  @Test
  void aPauseDoesNotWaitForALeaseThatHasTurnedElsewhere() throws Exception {
    try (TestCluster cluster = TestCluster.start("");
        FakeClient client = cluster.client("app@w1");
        Connection console = cluster.console()) {
      client.query("LISTEN news");
      CompletableFuture<Void> pause =
          CompletableFuture.runAsync(
              () -> {
                try {
                  Sql.run(console, "PAUSE SHARD schema_001");
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      Thread.sleep(200);
      assertThat(pause).isNotDone();
      client.query("SET trunkline.workspace = 'w2'");
      assertThat(Wire.column(client.query(SHARD))).containsExactly("schema_002");
      pause.get(5, TimeUnit.SECONDS);
      Sql.run(console, "RESUME SHARD schema_001");
    }
  }

  @Test
  void aTransactionLostInFrontOfAQueryCanBeRolledBack() throws Exception {
    try (TestCluster cluster = TestCluster.start("");
        FakeClient client = cluster.client("app@w1");
        Connection direct = TestCluster.direct(0)) {
      client.query("BEGIN");
      client.query(SHARD);
      String pid = Wire.column(client.query("SELECT pg_backend_pid()")).getFirst();
      new ProcessBuilder("kill", "-STOP", pid).start().waitFor();
      Sql.run(direct, "SELECT pg_terminate_backend(" + pid + ")");
      client.send(out -> Frontend.query(out, "SELECT 1; SHOW trunkline.workspace"));
      Thread.sleep(200);
      new ProcessBuilder("kill", "-CONT", pid).start().waitFor();
      List<Message> lost = Wire.ready(client);
      assertThat(Wire.errors(lost)).containsExactly("57P01");
      assertThat(lost.getLast().body()[0]).isEqualTo((byte) 'E');
      assertThat(Wire.errors(client.query("ROLLBACK"))).isEmpty();
      assertThat(Wire.column(client.query(SHARD))).containsExactly("schema_001");
    }
  }
}
