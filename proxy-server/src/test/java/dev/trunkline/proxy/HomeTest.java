package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.shard.Home;
import dev.trunkline.shard.MapChange;
import dev.trunkline.shard.MapChanges;
import dev.trunkline.shard.MapOutcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A host of the map changes its home while clients are connected. */
@Timeout(60)
class HomeTest {
  private static final String WHERE = "SELECT name FROM shard_name";

  private TestCluster cluster;

  @BeforeAll
  static void makeTheOtherHome() throws SQLException {
    try (Connection direct = TestCluster.direct(0)) {
      Sql.run(direct, "CREATE DATABASE other_home OWNER app");
    }
    try (Connection direct = TestHosts.SHARED.connect(0, "other_home")) {
      Sql.run(
          direct,
          "CREATE SCHEMA schema_001 AUTHORIZATION app",
          "CREATE TABLE schema_001.shard_name AS SELECT 'moved' AS name",
          "ALTER TABLE schema_001.shard_name OWNER TO app");
    }
  }

  @AfterAll
  static void dropIt() throws SQLException {
    try (Connection direct = TestCluster.direct(0)) {
      Sql.run(direct, "DROP DATABASE other_home WITH (FORCE)");
    }
  }

  @BeforeEach
  void start() {
    cluster = TestCluster.start("");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void move() throws Exception {
    MapChanges changes = cluster.proxy().router().store().changes();
    Home home = new Home("127.0.0.1", TestCluster.hostPort(0), "other_home");
    MapChange change = new MapChange.RepointHost("h1", home);
    assertThat(changes.apply(change, changes.version(), "test", ""))
        .isInstanceOf(MapOutcome.Applied.class);
  }

  @Test
  void newTransactionsGoToTheNewHomeAndRunningOnesEnd() throws Exception {
    try (Connection running = cluster.workspace("w1");
        Connection next = cluster.workspace("w1")) {
      running.setAutoCommit(false);
      assertThat(Sql.value(running, WHERE)).isEqualTo("schema_001");
      move();
      assertThat(Sql.value(running, WHERE)).isEqualTo("schema_001");
      assertThat(Sql.value(next, WHERE)).isEqualTo("moved");
      running.commit();
      assertThat(Sql.value(running, WHERE)).isEqualTo("moved");
    }
  }

  @Test
  void theOldPoolDrains() throws Exception {
    try (Connection client = cluster.workspace("w1")) {
      Sql.value(client, WHERE);
      move();
      Sql.value(client, WHERE);
      while (cluster.proxy().directory().pools().all().stream()
          .anyMatch(
              pool -> pool.endpoint().dbname().equals("postgres") && pool.key().home() != null)) {
        Thread.sleep(10);
      }
    }
  }

  @Test
  void pinnedStateIsNotLeftBehindInSilence() throws Exception {
    try (Connection client = cluster.workspace("w1")) {
      Sql.run(client, "CREATE TEMP TABLE mine (a int)");
      move();
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.value(client, WHERE))
          .withMessageContaining("session state ties this connection to another host");
    }
  }

  @Test
  void theMoveOutlivesTheProxy() throws Exception {
    move();
    try (Proxy again = Proxy.start(cluster.file(), Set.of())) {
      assertThat(again.router().host("h1").dbname()).isEqualTo("other_home");
    }
  }
}
