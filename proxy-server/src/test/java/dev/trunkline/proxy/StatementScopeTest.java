package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import io.netty.buffer.ByteBuf;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/** What the proxy carries out itself is kept and undone as PostgreSQL would have done it. */
@Timeout(60)
class StatementScopeTest {
  private static final String SHARD = "SELECT name FROM shard_name";

  private final FakeClient client = TestCluster.shared().client("app@w1");

  @AfterEach
  void close() {
    client.close();
  }

  private void assertShard(String schema) {
    assertThat(Wire.column(client.query(SHARD))).containsExactly(schema);
  }

  private List<String> errors(String sql) {
    return Wire.errors(client.query(sql));
  }

  private static void statement(ByteBuf out, String sql) {
    Frontend.parse(out, "", sql);
    Frontend.bind(out, "", "", List.of());
    Frontend.execute(out, "", 0);
  }

  // ---- implicit transactions ----

  @Test
  void aWorkspaceSetInAQueryThatFailsIsUndone() {
    assertThat(errors("SET trunkline.workspace = 'w2'; SELECT 1 / 0 FROM shard_name"))
        .containsExactly("22012");
    assertShard("schema_001");
  }

  @Test
  void aWorkspaceSetInAQueryThatIsRefusedIsUndone() {
    assertThat(errors("SET trunkline.workspace = 'nobody'; " + SHARD)).containsExactly("TL002");
    assertShard("schema_001");
  }

  @Test
  void aWorkspaceSetInABatchThatFailsIsUndone() {
    client.send(
        out -> {
          statement(out, "SET trunkline.workspace = 'w2'");
          statement(out, "SELECT 1 / 0 FROM shard_name");
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("22012");
    assertShard("schema_001");
  }

  @Test
  void aWorkspaceSetByItselfOutlivesALaterFailure() {
    assertThat(errors("SET trunkline.workspace = 'w2'")).isEmpty();
    assertThat(errors("SELECT 1 / 0 FROM shard_name")).containsExactly("22012");
    assertShard("schema_002");
  }

  @Test
  void aCommitAmongTheStatementsKeepsTheWorkspaceBeforeIt() {
    assertThat(errors("SET trunkline.workspace = 'w2'; SELECT 1; COMMIT; SELECT 1 / 0"))
        .containsExactly("22012");
    assertShard("schema_002");
  }

  @Test
  void aRollbackOfTheTransactionThatASetBeganUndoesTheSet() {
    assertThat(errors("SET trunkline.workspace = 'w2'; BEGIN; " + SHARD)).isEmpty();
    client.query("ROLLBACK");
    assertShard("schema_001");
  }

  // ---- savepoints ----

  @Test
  void aWorkspaceThatASavepointMayHaveUndoneIsForgotten() {
    client.query("BEGIN");
    client.query("SAVEPOINT a");
    client.query("SET trunkline.workspace = 'w2'");
    client.query("ROLLBACK TO a");
    assertThat(errors(SHARD)).containsExactly("TL001");
    client.query("ROLLBACK");
    assertShard("schema_001");
  }

  @Test
  void aWorkspaceSetBeforeTheSavepointStays() {
    client.query("BEGIN");
    client.query("SET LOCAL trunkline.workspace = 'w2'");
    client.query("SAVEPOINT a");
    assertShard("schema_002");
    assertThat(errors("SELECT 1 / 0")).containsExactly("22012");
    client.query("ROLLBACK TO a");
    assertShard("schema_002");
    client.query("COMMIT");
    assertShard("schema_001");
  }

  // ---- a lease that a pin holds ----

  @Test
  void aPreparedSetMovesAPinnedLease() {
    client.query("CREATE TEMP TABLE pinned (x int)");
    client.send(
        out -> {
          statement(out, "SET trunkline.workspace = 'w2'");
          Frontend.sync(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("12CZ");
    assertShard("schema_002");
  }

  @Test
  void aSetBehindWorkOfTheSameBatchIsRefused() {
    client.query("CREATE TEMP TABLE pinned (x int)");
    client.send(
        out -> {
          statement(out, SHARD);
          statement(out, "SET trunkline.workspace = 'w2'");
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL005");
    assertShard("schema_001");
  }

  // ---- long texts ----

  @Test
  void aLongUnnamedBeginBeginsATransaction() {
    String comment = "/* " + "x".repeat(100_000) + " */";
    client.send(
        out -> {
          statement(out, "BEGIN " + comment);
          Frontend.sync(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("12CZ");
    client.query("INSERT INTO t VALUES ('long', 'begin')");
    client.query("ROLLBACK");
    assertThat(Wire.column(client.query("SELECT count(*) FROM t WHERE w = 'long'")))
        .containsExactly("0");
  }

  // ---- standard_conforming_strings ----

  @Test
  void textIsReadAsTheSessionReadsStrings() {
    client.query("SET standard_conforming_strings = off");
    assertThat(Wire.column(client.query("SELECT 'x\\'; SET search_path = schema_002; --'")))
        .containsExactly("x'; SET search_path = schema_002; --");
    assertThat(errors("SELECT '\\''; SET search_path = schema_002 --'")).containsExactly("0A000");
    client.query("RESET standard_conforming_strings");
    assertThat(errors("SELECT 'x\\'; SET search_path = schema_002; --'")).containsExactly("0A000");
  }

  @Test
  void textBehindAChangeOfStringsWaitsForItsReply() {
    client.send(
        out -> {
          Frontend.query(out, "SET standard_conforming_strings = off");
          Frontend.query(out, "SELECT '\\''; SET search_path = schema_002 --'");
        });
    assertThat(Wire.errors(Wire.ready(client))).isEmpty();
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("0A000");
  }

  // ---- notifications ----

  @Test
  void aNotificationWithoutAWorkspaceIsRefusedInATransaction() {
    try (FakeClient nowhere = TestCluster.shared().client("app")) {
      nowhere.query("BEGIN");
      assertThat(Wire.errors(nowhere.query("NOTIFY lost"))).containsExactly("TL001");
      nowhere.query("ROLLBACK");
      nowhere.query("BEGIN");
      nowhere.query("SELECT 1");
      List<Message> prepared = nowhere.query("ROLLBACK");
      assertThat(Wire.errors(prepared)).isEmpty();
    }
  }

  @Test
  void aNotificationOfATransactionIsSentWithItsCommit() throws SQLException {
    try (Connection direct = TestCluster.direct(0)) {
      Sql.run(direct, "LISTEN kept");
      client.query("BEGIN");
      client.query("NOTIFY kept");
      client.query("COMMIT");
      assertThat(direct.unwrap(PGConnection.class).getNotifications(10_000)).hasSize(1);
    }
  }
}
