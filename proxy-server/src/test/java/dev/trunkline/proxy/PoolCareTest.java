package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.ServerState;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How pools care for their connections, against a real server that tells what it was sent. */
@Timeout(60)
class PoolCareTest {
  private static final String PID = "SELECT pg_backend_pid()";

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private TestCluster cluster;

  private void start(String overrides) {
    cluster = TestCluster.start(overrides);
  }

  @AfterEach
  void stop() {
    cluster.close();
    threads.shutdownNow();
  }

  private Connection console() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=admin&password=secret&preferQueryMode=simple"
            .formatted(cluster.port()));
  }

  private void reload(String more) throws Exception {
    Files.writeString(cluster.file(), Files.readString(cluster.file()) + more + "\n");
    cluster.proxy().reload();
  }

  private Pool pool(String database) {
    return cluster.proxy().directory().pools().all().stream()
        .filter(pool -> pool.key().database().equals(database))
        .findFirst()
        .orElseThrow();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  /** A column of a row of the console. */
  private static String shown(Connection console, String query, String column) throws SQLException {
    try (Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getString(column) : null;
    }
  }

  private static final String POOLS_OF_PLAIN = "SELECT * FROM pools WHERE database = 'plain'";
  private static final String SERVERS_OF_PLAIN = "SELECT * FROM servers WHERE database = 'plain'";

  @Test
  void aConnectionThatLayIdleIsCheckedAndUsed() throws Exception {
    start("pgbouncer { server_check_delay = 1, server_check_query = \"SELECT 'checked'\" }");
    try (Connection client = cluster.connect("plain");
        Connection console = console();
        Connection direct = TestCluster.direct(0)) {
      String pid = Sql.value(client, PID);
      assertThat(shown(console, POOLS_OF_PLAIN, "sv_idle")).isEqualTo("1");
      Thread.sleep(1_100);
      assertThat(shown(console, POOLS_OF_PLAIN, "sv_used")).isEqualTo("1");
      assertThat(shown(console, POOLS_OF_PLAIN, "sv_idle")).isEqualTo("0");
      assertThat(shown(console, SERVERS_OF_PLAIN, "state")).isEqualTo("used");
      assertThat(Sql.value(client, PID)).isEqualTo(pid);
      assertThat(pool("plain").connections()).isEqualTo(1);
      Thread.sleep(1_100);
      Sql.value(direct, "SELECT pg_terminate_backend(" + pid + ")");
      assertThat(Sql.value(client, PID)).isNotEqualTo(pid);
    }
  }

  @Test
  void theCheckQueryIsWhatTheServerIsSent() throws Exception {
    start(
        "pgbouncer { server_check_delay = 0.1, server_check_query = \"SELECT count(*) FROM checks\""
            + " }");
    try (Connection direct = TestCluster.direct(0);
        Connection client = cluster.connect("plain")) {
      Sql.run(direct, "CREATE TABLE checks (a int)", "GRANT SELECT ON checks TO app");
      String pid = Sql.value(client, PID);
      Thread.sleep(200);
      assertThat(Sql.value(client, PID)).isEqualTo(pid);
      Sql.run(direct, "DROP TABLE checks");
      Thread.sleep(200);
      // The check fails: that connection goes, and the client gets another.
      assertThat(Sql.value(client, PID)).isNotEqualTo(pid);
    }
  }

  @Test
  void aCheckThatHangsHoldsNobodyUpForLong() throws Exception {
    start("pgbouncer { server_check_delay = 0.1, server_check_query = \"SELECT pg_sleep(20)\" }");
    try (Connection client = cluster.connect("plain")) {
      String pid = Sql.value(client, PID);
      Thread.sleep(200);
      long began = System.nanoTime();
      assertThat(Sql.value(client, PID)).isNotEqualTo(pid);
      assertThat(System.nanoTime() - began).isBetween(900_000_000L, 5_000_000_000L);
    }
  }

  @Test
  void retiredPoolsAreSeenUntilTheyAreEmpty() throws Exception {
    start("");
    try (Connection client = cluster.connect("plain");
        Connection console = console();
        Connection second = console();
        Connection third = console()) {
      client.setAutoCommit(false);
      Sql.value(client, "SELECT 1");
      reload("databases.plain.port = " + TestCluster.hostPort(1));
      assertThat(shown(console, POOLS_OF_PLAIN, "sv_active")).isEqualTo("1");
      assertThat(shown(console, SERVERS_OF_PLAIN, "close_needed")).isEqualTo("1");
      try (Connection next = cluster.connect("plain")) {
        assertThat(Sql.value(next, "SHOW port")).isEqualTo("" + TestCluster.hostPort(1));
      }
      assertThat(shown(console, POOLS_OF_PLAIN, "sv_active")).isEqualTo("1");
      assertThat(new ProxyFigures(cluster.proxy(), "nio").pools())
          .filteredOn(pool -> pool.database().equals("plain"))
          .singleElement()
          .satisfies(pool -> assertThat(pool.svActive()).isEqualTo(1));
      Future<?> waitClose = threads.submit(() -> run(second, "WAIT_CLOSE plain"));
      Future<?> pause = threads.submit(() -> run(third, "PAUSE plain"));
      Thread.sleep(200);
      assertThat(waitClose.isDone()).isFalse();
      assertThat(pause.isDone()).isFalse();
      client.commit();
      waitClose.get(5, TimeUnit.SECONDS);
      pause.get(5, TimeUnit.SECONDS);
      Sql.run(console, "RESUME plain");
      assertThat(Sql.value(client, "SHOW port")).isEqualTo("" + TestCluster.hostPort(1));
    }
  }

  private static Void run(Connection console, String command) throws SQLException {
    Sql.run(console, command);
    return null;
  }

  @Test
  void whatARetiredPoolCountsIsKept() throws Exception {
    start("");
    try (Connection client = cluster.connect("plain");
        Connection console = console()) {
      client.setAutoCommit(false);
      Sql.value(client, "SELECT 1");
      String queries = "SELECT total_query_count FROM stats WHERE database = 'plain'";
      int before = Integer.parseInt(Sql.value(console, queries));
      reload("databases.plain.port = " + TestCluster.hostPort(1));
      Sql.value(client, "SELECT 2");
      client.commit();
      await(() -> cluster.proxy().directory().pools().all().stream().noneMatch(Pool::retired));
      assertThat(Integer.parseInt(Sql.value(console, queries))).isEqualTo(before + 2);
    }
  }

  @Test
  void anAutomaticDatabaseIsForgottenAsAWhole() throws Exception {
    start(
        """
        pgbouncer.autodb_idle_timeout = 0.3
        pgbouncer.server_idle_timeout = 0.3
        databases."*" { host = "127.0.0.1", port = %d }
        """
            .formatted(TestCluster.hostPort(0)));
    var directory = cluster.proxy().directory();
    int before = directory.budgets().size();
    try (Connection client = cluster.connect("postgres")) {
      Sql.value(client, "SELECT 1");
      assertThat(directory.budgets()).anyMatch(name -> name.equals("database postgres"));
    }
    await(() -> directory.pools().all().isEmpty());
    await(() -> directory.budgets().size() == before && directory.pools().gone().isEmpty());
  }

  @Test
  void aPoolMadeDuringAReloadHasTheNewEndpoint() throws Exception {
    start("");
    var directory = cluster.proxy().directory();
    var config = cluster.proxy().config();
    reload("databases.plain.port = " + TestCluster.hostPort(1));
    var other = cluster.proxy().config();
    List<Future<?>> makers = new ArrayList<>();
    for (int round = 0; round < 300; round++) {
      makers.clear();
      for (int i = 0; i < 8; i++) {
        String user = "u" + round + "_" + i;
        makers.add(
            threads.submit(
                () ->
                    directory.pool(
                        config.databases().get("plain"),
                        user,
                        null,
                        dev.trunkline.proxy.pool.Directory.Proof.NONE)));
      }
      var next = round % 2 == 0 ? config : other;
      directory.reload(next);
      for (Future<?> maker : makers) {
        maker.get(5, TimeUnit.SECONDS);
      }
      int port = next.databases().get("plain").port();
      assertThat(directory.pools().all())
          .filteredOn(pool -> !pool.retired() && pool.key().database().equals("plain"))
          .allMatch(pool -> pool.endpoint().port() == port);
    }
  }

  @Test
  void theMinimumIsKeptWhileThereAreClients() throws Exception {
    start("databases.plain { min_pool_size = 3 }");
    try (Connection client = cluster.connect("plain")) {
      Sql.value(client, "SELECT 1");
      await(() -> pool("plain").connections() == 3);
    }
    await(() -> cluster.proxy().admission().clients() == 0);
    cluster.proxy().directory().pools().reconnect(pool -> true);
    await(() -> pool("plain").connections() == 0);
    Thread.sleep(700);
    assertThat(pool("plain").connections()).isZero();
  }

  @Test
  void theMinimumOfAUserOfTheConfigurationIsKeptBeforeAnybodyComes() throws Exception {
    start("databases.plain { min_pool_size = 2, user = app, password = secret }");
    await(() -> pool("plain").connections() == 2);
  }

  /** Which of two open connections a client comes to use. */
  private String used(String roundRobin) throws Exception {
    start("pgbouncer { pool_mode = transaction, server_round_robin = %s }".formatted(roundRobin));
    try (Connection one = cluster.connect("plain");
        Connection two = cluster.connect("plain")) {
      one.setAutoCommit(false);
      String first = Sql.value(one, PID);
      String second = Sql.value(two, PID);
      assertThat(second).isNotEqualTo(first);
      one.commit();
      one.setAutoCommit(true);
      List<String> pids = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        pids.add(Sql.value(one, PID).equals(first) ? "first" : "second");
      }
      return String.join(" ", pids);
    }
  }

  @Test
  void theLastUsedConnectionIsUsedNext() throws Exception {
    assertThat(used("0")).isEqualTo("first first first first");
  }

  @Test
  void roundRobinUsesAllInTurn() throws Exception {
    assertThat(used("1")).isEqualTo("second first second first");
  }

  @Test
  void theConnectQueryIsSentOnceToEachNewConnection() throws Exception {
    start("databases.plain { connect_query = \"SET work_mem = '7MB'\", pool_size = 1 }");
    try (Connection client = cluster.connect("plain")) {
      assertThat(Sql.value(client, "SHOW work_mem")).isEqualTo("7MB");
      Sql.run(client, "SET work_mem = '8MB'");
      assertThat(Sql.value(client, "SHOW work_mem")).isEqualTo("8MB");
    }
  }

  @Test
  void theResetQueryRunsAfterASessionAndNotBetweenTransactions() throws Exception {
    start("pgbouncer { server_reset_query = \"SET statement_timeout = '77s'\" }");
    String timeout = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'";
    try (Connection session = cluster.connect("sess")) {
      assertThat(Sql.value(session, timeout)).isEqualTo("0");
    }
    await(() -> pool("sess").count(ServerState.IDLE) == 1);
    try (Connection session = cluster.connect("sess");
        Connection plain = cluster.connect("plain")) {
      assertThat(Sql.value(session, timeout)).isEqualTo("77000");
      Sql.value(plain, timeout);
      assertThat(Sql.value(plain, timeout)).isEqualTo("0");
    }
  }

  @Test
  void theResetQueryMayRunAlways() throws Exception {
    start(
        """
        pgbouncer {
          pool_mode = transaction, server_reset_query_always = 1
          server_reset_query = "SET statement_timeout = '77s'"
        }
        """);
    try (Connection client = cluster.connect("plain")) {
      String timeout = "SELECT setting FROM pg_settings WHERE name = 'statement_timeout'";
      Sql.value(client, timeout);
      assertThat(Sql.value(client, timeout)).isEqualTo("77000");
    }
  }
}
