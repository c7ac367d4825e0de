package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.pool.Pool;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What RELOAD, PAUSE and new logins mean for the pools that exist. */
class PoolReloadTest {
  private static void reload(TestCluster cluster, String more) throws Exception {
    Files.writeString(cluster.file(), Files.readString(cluster.file()) + more + "\n");
    cluster.proxy().reload();
  }

  private static String port(Connection connection) throws SQLException {
    return Sql.value(connection, "SELECT current_setting('port')");
  }

  @Test
  void aClientThatWaitsIsServedByTheNewEndpoint() throws Exception {
    try (TestCluster cluster = TestCluster.start("databases.plain.pool_size = 1");
        Connection holder = cluster.connect("plain");
        Connection waiting = cluster.connect("plain")) {
      holder.setAutoCommit(false);
      Sql.run(holder, "SELECT 1");
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return port(waiting);
                } catch (SQLException e) {
                  throw new AssertionError(e);
                }
              });
      Pool pool = cluster.proxy().directory().pools().all().iterator().next();
      while (pool.snapshot().waiting() == 0) {
        Thread.sleep(5);
      }
      reload(cluster, "databases.plain.port = " + TestCluster.hostPort(1));
      assertThat(answer.get(10, TimeUnit.SECONDS))
          .isEqualTo(String.valueOf(TestCluster.hostPort(1)));
      assertThat(port(holder)).isEqualTo(String.valueOf(TestCluster.hostPort(0)));
      holder.commit();
      assertThat(port(holder)).isEqualTo(String.valueOf(TestCluster.hostPort(1)));
    }
  }

  @Test
  void aReloadThatChangesNothingLeavesThePoolsOfTheFallbackEntryAlone() throws Exception {
    try (TestCluster cluster =
            TestCluster.start(
                "databases.\"*\" { host = \"127.0.0.1\", port = %d }"
                    .formatted(TestCluster.hostPort(0)));
        Connection client = cluster.connect("postgres")) {
      String before = Sql.value(client, "SELECT pg_backend_pid()");
      List<Pool> pools = List.copyOf(cluster.proxy().directory().pools().all());
      reload(cluster, "");
      assertThat(Sql.value(client, "SELECT pg_backend_pid()")).isEqualTo(before);
      assertThat(cluster.proxy().directory().pools().all()).containsExactlyElementsOf(pools);
    }
  }

  @Test
  void aClientOfARemovedDatabaseIsTold() throws Exception {
    try (TestCluster cluster = TestCluster.start("");
        Connection client = cluster.connect("stmt")) {
      Sql.run(client, "SELECT 1");
      String text = Files.readString(cluster.file());
      Files.writeString(cluster.file(), text.replaceAll("(?m)^.*stmt \\{.*$", ""));
      cluster.proxy().reload();
      assertThatThrownBy(() -> Sql.run(client, "SELECT 1"))
          .hasMessageContaining("database removed");
    }
  }

  @Test
  void aPinnedLeaseDoesNoNewWorkOnTheOldHostOfItsShard() throws Exception {
    try (TestCluster cluster = TestCluster.start("");
        Connection pinned = cluster.workspace("w1")) {
      Sql.run(pinned, "LISTEN news");
      pinned.setAutoCommit(false);
      assertThat(port(pinned)).isEqualTo(String.valueOf(TestCluster.hostPort(0)));
      reload(cluster, "map.workspaces.w1 = schema_004");
      Sql.run(pinned, "SELECT 1 FROM shard_name");
      pinned.commit();
      pinned.setAutoCommit(true);
      assertThatThrownBy(() -> Sql.run(pinned, "SELECT 1 FROM shard_name"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("listen");
      Sql.run(pinned, "UNLISTEN *");
      assertThat(Sql.value(pinned, "SELECT name FROM shard_name")).isEqualTo("schema_004");
    }
  }

  @Test
  void aNewLoginDuringAPauseWaitsForClientLoginTimeout() throws Exception {
    try (TestCluster cluster = TestCluster.start("pgbouncer.client_login_timeout = 1")) {
      cluster.proxy().directory().pools().pause(null);
      assertThatThrownBy(() -> DriverManager.getConnection(cluster.url("plain")))
          .hasMessageContaining("client_login_timeout (server down)");
    }
  }

  @Test
  void fastCloseEndsAnIdleSessionThatHoldsAnOutdatedConnection() throws Exception {
    try (TestCluster cluster = TestCluster.start("pgbouncer.server_fast_close = 1");
        Connection session = cluster.connect("sess")) {
      Sql.run(session, "SELECT 1");
      cluster.proxy().directory().pools().reconnect(pool -> true);
      Pool pool = cluster.proxy().directory().pools().all().iterator().next();
      for (int i = 0; i < 1000 && pool.connections() > 0; i++) {
        Thread.sleep(5);
      }
      assertThat(pool.connections()).isZero();
      assertThatThrownBy(() -> Sql.run(session, "SELECT 1"))
          .hasMessageContaining("database configuration changed");
    }
  }
}
