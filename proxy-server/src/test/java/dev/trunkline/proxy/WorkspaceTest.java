package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.assertj.core.api.AbstractObjectAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The ways in which a client names its workspace, and what it hears when that does not work. */
@Timeout(60)
class WorkspaceTest {
  private static final String SHARD = "SELECT name FROM shard_name";

  private final TestCluster cluster = TestCluster.shared();

  private static AbstractObjectAssert<?, ServerErrorMessage> assertRefused(
      String sqlstate, ThrowingCallable work) {
    return assertThatExceptionOfType(PSQLException.class)
        .isThrownBy(work)
        .extracting(PSQLException::getServerErrorMessage)
        .satisfies(
            error -> {
              assertThat(error.getSQLState()).isEqualTo(sqlstate);
              assertThat(error.getDetail()).endsWith(".");
              assertThat(error.getHint()).endsWith(".");
            });
  }

  private static void assertUsable(Connection connection) throws SQLException {
    Sql.run(connection, "SET trunkline.workspace = 'w6'");
    assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_006");
  }

  // ---- naming it ----

  @Test
  void theDatabaseNameMayCarryTheWorkspace() throws SQLException {
    try (Connection connection = cluster.connect("app@w5")) {
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_005");
    }
  }

  @Test
  void aCommentNamesTheWorkspaceOfOneStatement() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertThat(Sql.value(connection, "/*workspace_id='w4'*/ " + SHARD)).isEqualTo("schema_004");
      assertThat(Sql.value(connection, SHARD + " /*workspace_id='w2'*/")).isEqualTo("schema_002");
    }
  }

  @Test
  void aCommentInAPreparedStatementCountsEachTime() throws SQLException {
    try (Connection connection = cluster.connect("app", "prepareThreshold=1");
        PreparedStatement four = connection.prepareStatement("/*workspace_id='w4'*/ " + SHARD);
        PreparedStatement two = connection.prepareStatement("/*workspace_id='w2'*/ " + SHARD)) {
      for (int i = 0; i < 5; i++) {
        assertThat(Sql.column(four)).containsExactly("schema_004");
        assertThat(Sql.column(two)).containsExactly("schema_002");
      }
    }
  }

  @Test
  void setAndTheQueryMayTravelTogether() throws SQLException {
    try (Connection connection = cluster.connect("app", "preferQueryMode=simple")) {
      try (var statement = connection.createStatement()) {
        statement.execute("SET trunkline.workspace = 'w3'; " + SHARD);
        assertThat(statement.getMoreResults()).isTrue();
        try (ResultSet rows = statement.getResultSet()) {
          rows.next();
          assertThat(rows.getString(1)).isEqualTo("schema_003");
        }
      }
    }
  }

  @Test
  void showTellsTheWorkspace() throws SQLException {
    try (Connection connection = cluster.workspace("w3")) {
      assertThat(Sql.value(connection, "SHOW trunkline.workspace")).isEqualTo("w3");
      assertThat(Sql.value(connection, "SELECT current_setting('trunkline.workspace')"))
          .isEqualTo("w3");
    }
  }

  @Test
  void setLocalEndsWithTheTransaction() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      connection.setAutoCommit(false);
      Sql.run(connection, "SET LOCAL trunkline.workspace = 'w5'");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_005");
      connection.commit();
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
      connection.commit();
    }
  }

  @Test
  void aRollbackUndoesTheChoice() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      connection.setAutoCommit(false);
      Sql.run(connection, "SET trunkline.workspace = 'w5'");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_005");
      connection.rollback();
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
      connection.rollback();
    }
  }

  @Test
  void resetReturnsToTheWorkspaceOfTheConnection() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      Sql.run(connection, "SET trunkline.workspace TO w5", "RESET trunkline.workspace");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
    }
  }

  @Test
  void discardAllReturnsToTheWorkspaceOfTheConnection() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      Sql.run(connection, "SET trunkline.workspace TO w5", "DISCARD ALL");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
    }
  }

  // ---- without one ----

  @Test
  void metadataNeedsNoWorkspace() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      DatabaseMetaData metadata = connection.getMetaData();
      assertThat(metadata.getDatabaseMajorVersion()).isEqualTo(18);
      try (ResultSet tables = metadata.getTables(null, "schema_%", "shard_name", null)) {
        assertThat(tables.next()).isTrue();
      }
      try (ResultSet columns = metadata.getColumns(null, "schema_%", "item", null)) {
        assertThat(columns.next()).isTrue();
      }
      try (ResultSet types = metadata.getTypeInfo()) {
        assertThat(types.next()).isTrue();
      }
    }
  }

  @Test
  void validationNeedsNoWorkspace() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertThat(connection.isValid(5)).isTrue();
      assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
      assertThat(Sql.value(connection, "SELECT version()")).startsWith("PostgreSQL 18");
    }
  }

  // ---- refusals ----

  @Test
  void withoutAWorkspaceNoTableIsReached() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertRefused("TL001", () -> Sql.value(connection, SHARD));
      assertUsable(connection);
    }
  }

  @Test
  void anUnknownWorkspaceIsRefused() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      Sql.run(connection, "SET trunkline.workspace = 'nobody'");
      assertRefused("TL002", () -> Sql.value(connection, SHARD))
          .satisfies(error -> assertThat(error.getMessage()).contains("\"nobody\""));
      assertUsable(connection);
    }
  }

  @Test
  void aWorkspaceOfAnotherRegionIsRefused() throws SQLException {
    try (TestCluster west =
            TestCluster.start(
                "trunkline.region = west\nhosts.h1.region = west\nhosts.h2.region = east");
        Connection connection = west.workspace("w4")) {
      assertRefused("TL003", () -> Sql.value(connection, SHARD))
          .satisfies(error -> assertThat(error.getHint()).contains("\"east\""));
      Sql.run(connection, "SET trunkline.workspace = 'w1'");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
    }
  }

  @Test
  void aWorkspaceOfAnotherGroupIsRefusedOnAGroupsListener() throws SQLException {
    try (TestCluster grouped = TestCluster.start("groups.g1.listen = \"127.0.0.1:0\"")) {
      String url =
          grouped
              .url("app@w4")
              .replace(":" + grouped.port() + "/", ":" + grouped.proxy().port("g1") + "/");
      try (Connection connection = DriverManager.getConnection(url)) {
        assertRefused("TL004", () -> Sql.value(connection, SHARD))
            .satisfies(error -> assertThat(error.getHint()).contains("\"g2\""));
      }
    }
  }

  @Test
  void oneTransactionHasOneWorkspace() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      connection.setAutoCommit(false);
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
      assertRefused("TL005", () -> Sql.run(connection, "SET trunkline.workspace = 'w4'"));
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.value(connection, SHARD))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("25P02"));
      connection.rollback();
      connection.setAutoCommit(true);
      assertUsable(connection);
    }
  }

  @Test
  void aTransactionMayNameItsWorkspaceAgain() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      connection.setAutoCommit(false);
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
      Sql.run(connection, "SET trunkline.workspace = 'w1'", "SET LOCAL trunkline.workspace = 'w1'");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_001");
      connection.commit();
    }
  }

  @Test
  void aCommentMayNotContradictTheSession() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      assertRefused("TL005", () -> Sql.value(connection, "/*workspace_id='w2'*/ " + SHARD));
      assertUsable(connection);
    }
  }

  @Test
  void twoCommentsMayNotContradictEachOther() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertRefused(
          "TL005",
          () -> Sql.value(connection, "/*workspace_id='w1'*/ " + SHARD + " /*workspace_id='w2'*/"));
      assertUsable(connection);
    }
  }

  @Test
  void aSettingThatDoesNotExistIsRefused() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertRefused("42704", () -> Sql.run(connection, "SET trunkline.worksapce = 'w1'"));
      assertUsable(connection);
    }
  }

  @Test
  void theSearchPathIsTheProxys() throws SQLException {
    try (Connection connection = cluster.workspace("w1")) {
      assertRefused("0A000", () -> Sql.run(connection, "SET search_path = schema_002"));
      assertRefused(
          "0A000", () -> Sql.run(connection, "SELECT set_config('search_path', 'x', false)"));
      assertUsable(connection);
    }
  }

  @Test
  void aShardMayBeNamedByThoseWhoMay() throws SQLException {
    try (Connection connection = cluster.connect("app")) {
      assertRefused("42501", () -> Sql.run(connection, "SET trunkline.shard = 'schema_004'"));
    }
    try (TestCluster allowed = TestCluster.start("users.app.may_set_shard = true");
        Connection connection = allowed.connect("app")) {
      Sql.run(connection, "SET trunkline.shard = 'schema_004'");
      assertThat(Sql.value(connection, SHARD)).isEqualTo("schema_004");
      Sql.run(connection, "SET trunkline.shard = 'schema_999'");
      assertRefused("TL002", () -> Sql.value(connection, SHARD));
    }
  }

  @Test
  void askingInAFailedTransactionIsRefusedAsOnAServer() {
    try (FakeClient client = TestCluster.shared().client("app@w1")) {
      client.query("BEGIN");
      client.send(
          out -> {
            Frontend.query(out, "SELECT 1/0 FROM shard_name");
            Frontend.query(out, "SELECT 1 FROM shard_name; SHOW trunkline.workspace");
          });
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("22012");
      List<Message> refused = Wire.ready(client);
      assertThat(Wire.errors(refused)).containsExactly("25P02");
      assertThat(refused.getLast().body()[0]).isEqualTo((byte) 'E');
      client.query("ROLLBACK");
      assertThat(Wire.column(client.query("SELECT 1; SHOW trunkline.workspace")))
          .containsExactly("1", "w1");
    }
  }

  @Test
  void whatIsKeptForADelayedTransactionIsBounded() {
    try (FakeClient client = TestCluster.shared().client("app")) {
      String pad = "/*" + "x".repeat(70_000) + "*/";
      assertThat(Wire.errors(client.query("BEGIN " + pad + pad))).containsExactly("53400");
      assertThat(Wire.errors(client.query("BEGIN " + pad))).isEmpty();
      assertThat(Wire.errors(client.query("SAVEPOINT a " + pad))).containsExactly("53400");
      client.query("ROLLBACK");
      client.send(
          out -> {
            Frontend.parse(out, "", "SET trunkline.workspace = 'w1'");
            for (int i = 0; i < 1_000; i++) {
              Frontend.bind(out, "portal" + i, "", List.of());
            }
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("53400");
      assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
    }
  }
}
