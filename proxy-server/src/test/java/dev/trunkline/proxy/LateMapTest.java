package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.MapChanges;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The catalog makes a change, and this process does not hear of it, or does not hear whether, or
 * another process was faster: no client may go on by the old map.
 */
@Timeout(90)
class LateMapTest {
  private static final String CATALOG = "catalog_late";
  private static final String SESSIONS =
      "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";
  private static final String NOTIFY =
      "PERFORM pg_notify('trunkline_map', version::text) FROM trunkline.map_version;";

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private Replicas replicas;
  private Connection console;
  private Connection catalog;

  @BeforeEach
  void start() throws Exception {
    TestHosts.SHARED.createCatalog(CATALOG);
    catalog = TestHosts.SHARED.connect(0, CATALOG);
    replicas = new Replicas(TestHosts.mapOf(CATALOG, TestCluster.hostPort(0)));
    console = replicas.console();
  }

  @AfterEach
  void stop() throws Exception {
    threads.shutdownNow();
    console.close();
    replicas.close();
    catalog.close();
    TestHosts.SHARED.dropCatalog(CATALOG);
  }

  private static void waits(Future<String> answer) throws InterruptedException {
    Thread.sleep(300);
    assertThat(answer.isDone()).isFalse();
  }

  private String port(int server) {
    return Integer.toString(replicas.port(server));
  }

  private void publishSays(String what) throws SQLException {
    Sql.run(
        catalog,
        """
        CREATE OR REPLACE FUNCTION trunkline.publish(scope text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE trunkline.map_version SET version = version + 1, stamp = gen_random_uuid()
            WHERE NOT collecting;
          %s
        END $$
        """
            .formatted(what));
  }

  @Test
  void aSwapThatThisProcessHasNotHeardOfLetsNobodyThrough() throws Exception {
    publishSays("");
    try (Connection client = replicas.cluster.workspace("w1");
        Connection second = replicas.console()) {
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
      Future<Throwable> swap =
          threads.submit(() -> failure(() -> Sql.run(second, "SWAP HOST h1 " + replicas.to(1))));
      while (replicas.cluster.proxy().gate().closed() == null) {
        Thread.sleep(1);
      }
      Future<String> held = threads.submit(() -> Sql.value(client, "SHOW port"));
      assertThat(swap.get(20, TimeUnit.SECONDS))
          .hasMessageContaining("the swap is made, not in force")
          .hasMessageContaining("goes on by itself");
      assertThat(Sql.value(console, "SHOW PAUSES")).isEqualTo("host h1");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(console, "RESUME HOST h1"))
          .withMessageContaining("stays paused");
      waits(held);
      Sql.run(catalog, NOTIFY.replace("PERFORM", "SELECT"));
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo(port(1));
      awaitTheEndOfThePause();
    }
  }

  private void awaitTheEndOfThePause() throws Exception {
    Replicas.await(() -> Sql.value(console, "SHOW PAUSES") == null);
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Throwable failure(Work work) {
    try {
      work.run();
      return null;
    } catch (Exception e) {
      return e;
    }
  }

  @Test
  void aChangeOfWhichNobodyKnowsWhetherItWasMadeLetsNobodyThrough() throws Exception {
    try (Connection client = replicas.cluster.workspace("w1");
        Connection second = replicas.console();
        Connection writer = TestHosts.SHARED.connect(0, CATALOG)) {
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
      Sql.run(console, "PAUSE HOST h1");
      writer.setAutoCommit(false);
      Sql.run(writer, "SELECT version FROM trunkline.map_version FOR UPDATE");
      Future<Throwable> repoint =
          threads.submit(() -> failure(() -> Sql.run(second, "REPOINT HOST h1 " + replicas.to(1))));
      terminateTheChange();
      Future<String> held = threads.submit(() -> Sql.value(client, "SHOW port"));
      assertThat(repoint.get(20, TimeUnit.SECONDS))
          .hasMessageContaining("is not known")
          .hasMessageContaining("goes on by itself");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(console, "RESUME HOST h1"))
          .withMessageContaining("stays paused");
      waits(held);
      writer.rollback();
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo(port(1));
      awaitTheEndOfThePause();
    }
  }

  /** As an administrator, or a failover, would. */
  private void terminateTheChange() throws SQLException, InterruptedException {
    String terminate =
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = '%s' AND query LIKE '%%change_map%%' AND wait_event_type = 'Lock'
        """
            .formatted(CATALOG);
    while (Sql.value(catalog, terminate) == null) {
      Thread.sleep(5);
    }
  }

  private void movedByAnother(int to) throws SQLException {
    String change =
        """
        SELECT trunkline.change_map(version, stamp, 'host', 'h1',
          'host=127.0.0.1 port=%d dbname=postgres', 'another', '') FROM trunkline.map_version
        """;
    Sql.run(catalog, change.formatted(replicas.port(to)));
  }

  @Test
  void whatThisProcessHasNotHeardOfCanBeTakenBack() throws Exception {
    try (Connection client = replicas.cluster.workspace("w1")) {
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
      publishSays("");
      movedByAnother(1);
      publishSays(NOTIFY);
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
      Sql.run(console, "REPOINT BACK");
      assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
    }
  }

  /** It has opened what another process has by then sent clients to. */
  @Test
  void aWayBackThatAnotherHasGoneClosesNothing() throws Exception {
    movedByAnother(1);
    try (Connection client = replicas.cluster.workspace("w1");
        Connection second = replicas.console()) {
      Replicas.await(() -> Sql.value(client, "SHOW port").equals(port(1)));
      client.setAutoCommit(false);
      Sql.run(client, "UPDATE counter SET n = n WHERE client = 64");
      Future<Throwable> back =
          threads.submit(() -> failure(() -> Sql.run(second, "REPOINT BACK WITHIN 10s")));
      Replicas.await(() -> back.isDone() || replicas.cluster.proxy().gate().closed() != null);
      movedByAnother(0);
      Router router = replicas.cluster.proxy().router();
      Replicas.await(() -> router.host("h1").port() == replicas.port(0));
      client.commit();
      assertThat(back.get(20, TimeUnit.SECONDS)).hasMessageContaining("the map was not changed");
      String since = " AND backend_start > '" + changes().history(1).getFirst().at() + "'";
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
      assertThat(Sql.value(client, SESSIONS + since)).isEqualTo("0");
    }
  }

  private MapChanges changes() {
    return replicas.cluster.proxy().router().store().changes();
  }
}
