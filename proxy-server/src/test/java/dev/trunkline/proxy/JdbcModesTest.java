package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** pgjdbc on the sharded database, in each of the ways it can talk to a server. */
@Timeout(60)
@ParameterizedClass
@ValueSource(
    strings = {
      "preferQueryMode=simple",
      "preferQueryMode=extended",
      "preferQueryMode=extended&prepareThreshold=1",
      "preferQueryMode=extended&prepareThreshold=-1",
      "preferQueryMode=extendedForPrepared",
      "preferQueryMode=extendedCacheEverything",
    })
class JdbcModesTest {
  private final String options;

  JdbcModesTest(String options) {
    this.options = options;
  }

  private Connection connect(String workspace) throws SQLException {
    return TestCluster.shared()
        .connect("app", options + "&options=-c%20trunkline.workspace=" + workspace);
  }

  @AfterEach
  void leaveNothingBehind() throws SQLException {
    for (String workspace : new String[] {"w1", "w2", "w4"}) {
      try (Connection connection = connect(workspace)) {
        Sql.run(connection, "DELETE FROM t", "DELETE FROM item");
      }
    }
  }

  @Test
  void aPreparedStatementRunsAgainAndAgain() throws SQLException {
    try (Connection connection = connect("w4");
        PreparedStatement query =
            connection.prepareStatement("SELECT name || ? FROM shard_name WHERE name > ?")) {
      for (int i = 0; i < 12; i++) {
        query.setString(1, "/" + i);
        query.setString(2, "a");
        assertThat(Sql.column(query)).containsExactly("schema_004/" + i);
      }
    }
  }

  @Test
  void aPreparedStatementFollowsTheWorkspace() throws SQLException {
    try (Connection connection = connect("w1");
        PreparedStatement query = connection.prepareStatement("SELECT name FROM shard_name")) {
      for (int i = 0; i < 24; i++) {
        int shard = i % 6 + 1;
        Sql.run(connection, "SET trunkline.workspace = 'w" + shard + "'");
        assertThat(Sql.column(query)).containsExactly(TestHosts.schema(shard));
      }
    }
  }

  @Test
  void aBatchArrivesWhole() throws SQLException {
    try (Connection connection = connect("w1")) {
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
        for (int i = 0; i < 300; i++) {
          insert.setInt(1, i);
          insert.setString(2, "name " + i);
          insert.addBatch();
        }
        int[] counts = insert.executeBatch();
        assertThat(Arrays.stream(counts).filter(count -> count == 1).count()).isEqualTo(300);
      }
      assertThat(Sql.value(connection, "SELECT count(*) FROM item")).isEqualTo("300");
    }
  }

  @Test
  void aBatchWithAnErrorLeavesTheConnectionUsable() throws SQLException {
    try (Connection connection = connect("w1")) {
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
        for (int id : new int[] {1, 2, 2, 3}) {
          insert.setInt(1, id);
          insert.setString(2, "x");
          insert.addBatch();
        }
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(insert::executeBatch)
            .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("23505"));
      }
      assertThat(Sql.value(connection, "SELECT name FROM shard_name")).isEqualTo("schema_001");
    }
  }

  @Test
  void aRollbackUndoes() throws SQLException {
    try (Connection connection = connect("w2")) {
      connection.setAutoCommit(false);
      Sql.run(connection, "INSERT INTO t VALUES ('w2', 'gone')");
      connection.rollback();
      Sql.run(connection, "INSERT INTO t VALUES ('w2', 'kept')");
      connection.commit();
      assertThat(Sql.column(connection, "SELECT v FROM t")).containsExactly("kept");
      connection.commit();
    }
  }

  @Test
  void theWorkspaceMayBeNamedInsideTheTransaction() throws SQLException {
    try (Connection connection = TestCluster.shared().connect("app", options)) {
      connection.setAutoCommit(false);
      Sql.run(connection, "SET LOCAL trunkline.workspace = 'w2'");
      assertThat(Sql.value(connection, "SELECT name FROM shard_name")).isEqualTo("schema_002");
      connection.commit();
      Sql.run(connection, "SET LOCAL trunkline.workspace = 'w5'");
      assertThat(Sql.value(connection, "SELECT name FROM shard_name")).isEqualTo("schema_005");
      connection.rollback();
    }
  }

  @Test
  void isolationAndReadOnlyReachTheServer() throws SQLException {
    try (Connection connection = connect("w2")) {
      connection.setAutoCommit(false);
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      assertThat(Sql.value(connection, "SHOW transaction_isolation")).isEqualTo("serializable");
      assertThat(Sql.value(connection, "SHOW transaction_read_only")).isEqualTo("on");
      connection.commit();
    }
    try (Connection next = connect("w2")) {
      assertThat(Sql.value(next, "SHOW transaction_isolation")).isEqualTo("read committed");
      assertThat(Sql.value(next, "SHOW transaction_read_only")).isEqualTo("off");
    }
  }

  @Test
  void aSavepointIsReturnedTo() throws SQLException {
    try (Connection connection = connect("w1")) {
      connection.setAutoCommit(false);
      Sql.run(connection, "INSERT INTO item VALUES (1, 'one')");
      var before = connection.setSavepoint("before");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(connection, "INSERT INTO item VALUES (1, 'again')"));
      connection.rollback(before);
      Sql.run(connection, "INSERT INTO item VALUES (2, 'two')");
      connection.commit();
      assertThat(Sql.column(connection, "SELECT name FROM item ORDER BY id"))
          .containsExactly("one", "two");
      connection.rollback();
    }
  }

  @Test
  void anErrorInsideATransactionHasToBeRolledBack() throws SQLException {
    try (Connection connection = connect("w1")) {
      connection.setAutoCommit(false);
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(connection, "SELECT 1 / 0"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("22012"));
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(connection, "SELECT name FROM shard_name"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("25P02"));
      connection.rollback();
      assertThat(Sql.value(connection, "SELECT name FROM shard_name")).isEqualTo("schema_001");
      connection.rollback();
    }
  }

  @Test
  void aBoundParameterNamesTheWorkspace() throws SQLException {
    try (Connection connection = TestCluster.shared().connect("app", options);
        PreparedStatement choose =
            connection.prepareStatement("SELECT set_config('trunkline.workspace', ?, false)")) {
      for (int i = 0; i < 12; i++) {
        int shard = i % 6 + 1;
        choose.setString(1, "w" + shard);
        assertThat(Sql.column(choose)).containsExactly("w" + shard);
        assertThat(Sql.value(connection, "SELECT name FROM shard_name"))
            .isEqualTo(TestHosts.schema(shard));
      }
    }
  }
}
