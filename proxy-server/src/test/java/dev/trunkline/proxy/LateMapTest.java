package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
 * The catalog makes a change, and this process does not hear of it, or does not hear whether: no
 * client may go on by the old map.
 */
@Timeout(90)
class LateMapTest {
  private static final String CATALOG = "catalog_late";
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
      Sql.run(
          catalog, "SELECT pg_notify('trunkline_map', version::text) FROM trunkline.map_version");
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo(port(1));
      awaitTheEndOfThePause();
    }
  }

  private void awaitTheEndOfThePause() throws SQLException, InterruptedException {
    while (Sql.value(console, "SHOW PAUSES") != null) {
      Thread.sleep(5);
    }
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
}
