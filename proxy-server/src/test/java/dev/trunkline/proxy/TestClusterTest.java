package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way from a client through the proxy to each shard and back. */
@Timeout(60)
class TestClusterTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aWorkspaceLeadsToItsShard(int number) throws SQLException {
    try (Connection connection = TestCluster.shared().workspace("w" + number);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name FROM shard_name")) {
      rows.next();
      assertThat(rows.getString(1)).isEqualTo(TestHosts.schema(number));
    }
  }

  @Test
  void aPlainDatabaseLeadsToItsServer() throws SQLException {
    try (Connection connection = TestCluster.shared().connect("plain2");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SHOW port")) {
      rows.next();
      assertThat(rows.getInt(1)).isEqualTo(TestCluster.hostPort(1));
    }
  }
}
