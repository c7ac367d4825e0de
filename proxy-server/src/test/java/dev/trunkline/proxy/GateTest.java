package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pauses of single scopes, with clients and servers that are real. */
@Timeout(60)
class GateTest {
  private static final int PAUSES = 200;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private TestCluster cluster;
  private Connection console;

  @BeforeEach
  void start() throws SQLException {
    begin("");
  }

  private void begin(String overrides) throws SQLException {
    cluster = TestCluster.start(overrides);
    console = cluster.console();
  }

  @AfterEach
  void stop() throws SQLException {
    console.close();
    cluster.close();
    threads.shutdownNow();
  }

  private void restart(String overrides) throws SQLException {
    console.close();
    cluster.close();
    begin(overrides);
  }

  private void run(String command) throws SQLException {
    Sql.run(console, command);
  }

  /** A query in the background. */
  private Future<String> later(Connection client, String query) {
    return threads.submit(() -> Sql.value(client, query));
  }

  private static void waits(Future<String> answer) throws Exception {
    assertThatExceptionOfType(TimeoutException.class)
        .isThrownBy(() -> answer.get(150, TimeUnit.MILLISECONDS));
  }

  @Test
  void newTransactionsOfTheShardWaitAndOthersDoNot() throws Exception {
    try (Connection first = cluster.workspace("w1");
        Connection second = cluster.workspace("w2")) {
      Sql.value(first, "SELECT 1");
      run("PAUSE SHARD schema_001");
      Future<String> held = later(first, "SELECT name FROM shard_name");
      waits(held);
      assertThat(Sql.value(second, "SELECT name FROM shard_name")).isEqualTo("schema_002");
      assertThat(Sql.value(console, "SHOW PAUSES")).isEqualTo("shard schema_001");
      run("RESUME SHARD schema_001");
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo("schema_001");
    }
  }

  @Test
  void aWorkspaceIsPausedAloneInItsShard() throws Exception {
    try (Connection paused = cluster.workspace("w1");
        Connection neighbour = cluster.workspace("w11")) {
      run("PAUSE WORKSPACE 'w1'");
      Future<String> held = later(paused, "SELECT 1");
      waits(held);
      assertThat(Sql.value(neighbour, "SELECT 2")).isEqualTo("2");
      run("RESUME WORKSPACE 'w1'");
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo("1");
    }
  }

  @Test
  void everyScopeHoldsItsOwn() throws Exception {
    for (String scope : new String[] {"HOST h1", "GROUP g1", "DATABASE app", "WORKSPACE w1"}) {
      try (Connection client = cluster.workspace("w1");
          Connection plain = cluster.connect("plain")) {
        run("PAUSE " + scope);
        Future<String> held = later(client, "SELECT 1");
        waits(held);
        assertThat(Sql.value(plain, "SELECT 2")).isEqualTo("2");
        run("RESUME " + scope);
        assertThat(held.get(5, TimeUnit.SECONDS)).as(scope).isEqualTo("1");
      }
    }
  }

  @Test
  void runningTransactionsFinishAndThePauseAnswersThen() throws Exception {
    try (Connection client = cluster.workspace("w1")) {
      client.setAutoCommit(false);
      Sql.value(client, "SELECT 1");
      Future<?> pause = threads.submit(() -> paused("HOST h1"));
      Thread.sleep(100);
      assertThat(pause.isDone()).isFalse();
      assertThat(Sql.value(client, "SELECT 2")).isEqualTo("2");
      client.commit();
      pause.get(5, TimeUnit.SECONDS);
      assertThat(idleServers()).isZero();
      run("RESUME HOST h1");
    }
  }

  /** With min_pool_size, which must not open what the pause has closed. */
  @Test
  void aPauseOfAHostLeavesNoConnectionToIt() throws Exception {
    restart("pgbouncer.min_pool_size = 3");
    try (Connection client = cluster.workspace("w1")) {
      client.setAutoCommit(false);
      for (int i = 0; i < PAUSES; i++) {
        Sql.value(client, "SELECT 1");
        Future<?> pause = threads.submit(() -> paused("HOST h1"));
        client.commit();
        pause.get(5, TimeUnit.SECONDS);
        assertThat(idleServers()).as("pause " + i).isZero();
        if (i % 50 == 0) {
          Thread.sleep(600);
          assertThat(idleServers()).as("pause " + i + ", later").isZero();
        }
        run("RESUME HOST h1");
      }
    }
  }

  private Void paused(String scope) throws SQLException {
    run("PAUSE " + scope);
    return null;
  }

  private int idleServers() {
    return cluster.proxy().directory().pools().all().stream()
        .filter(pool -> pool.key().host().equals("h1"))
        .mapToInt(pool -> pool.connections())
        .sum();
  }

  @Test
  void aDeadlineCancelsWhatRuns() throws Exception {
    try (Connection busy = cluster.workspace("w1");
        Connection idle = cluster.workspace("w1");
        Statement command = console.createStatement()) {
      idle.setAutoCommit(false);
      Sql.value(idle, "SELECT 1");
      Future<String> sleep = later(busy, "SELECT pg_sleep(60)");
      Thread.sleep(100);
      command.execute("PAUSE SHARD schema_001 DRAIN 100ms");
      assertThat(command.getWarnings().getMessage()).contains("2 transactions were cancelled");
      assertThat(sleep)
          .failsWithin(5, TimeUnit.SECONDS)
          .withThrowableThat()
          .withMessageContaining("cancel");
      run("RESUME SHARD schema_001");
    }
  }

  @Test
  void pinnedClientsAreNamed() throws Exception {
    try (Connection client = cluster.workspace("w1")) {
      Sql.run(client, "LISTEN news");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> run("PAUSE HOST h1 DRAIN 100ms"))
          .withMessageContaining("holds listen")
          .withMessageContaining("app at app");
      assertThat(Sql.value(client, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void theConsolesCancelTakesThePauseBack() throws Exception {
    try (Connection client = cluster.workspace("w1");
        Statement command = console.createStatement()) {
      client.setAutoCommit(false);
      Sql.value(client, "SELECT 1");
      Future<?> pause = threads.submit(() -> command.execute("PAUSE HOST h1"));
      Thread.sleep(200);
      command.cancel();
      assertThat(pause).failsWithin(5, TimeUnit.SECONDS);
      assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
    }
  }

  @Test
  void aWaitingClientCanBeCancelledAndCanLeave() throws Exception {
    try (Connection client = cluster.workspace("w1");
        Connection leaving = cluster.workspace("w1");
        Statement query = client.createStatement()) {
      run("PAUSE SHARD schema_001");
      Future<?> held = threads.submit(() -> query.execute("SELECT 1"));
      assertThat(later(leaving, "SELECT 1")).isNotDone();
      while (cluster.proxy().gate().waiting() < 2) {
        Thread.sleep(5);
      }
      leaving.abort(Runnable::run);
      query.cancel();
      assertThat(held)
          .failsWithin(5, TimeUnit.SECONDS)
          .withThrowableThat()
          .withMessageContaining("canceling");
      while (cluster.proxy().gate().waiting() > 0) {
        Thread.sleep(5);
      }
      run("RESUME SHARD schema_001");
      assertThat(Sql.value(client, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void theRoomIsBoundedAndSaysSo() throws Exception {
    restart("trunkline.gate_clients = 1");
    try (Connection one = cluster.workspace("w1");
        Connection two = cluster.workspace("w1")) {
      run("PAUSE SHARD schema_001");
      Future<String> held = later(one, "SELECT 1");
      waits(held);
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.value(two, "SELECT 1"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("53300"));
      run("RESUME SHARD schema_001");
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo("1");
      assertThat(Sql.value(two, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void whatClientsHaveSentAheadIsBounded() throws Exception {
    restart("trunkline.gate_bytes = 1000");
    String query = "SELECT " + "1 + ".repeat(200) + "1";
    try (Connection one = cluster.workspace("w1");
        Connection two = cluster.workspace("w1")) {
      run("PAUSE SHARD schema_001");
      Future<String> held = later(one, query);
      waits(held);
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.value(two, query))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("53300"));
      run("RESUME SHARD schema_001");
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo("201");
      assertThat(Sql.value(two, query)).isEqualTo("201");
    }
  }

  @Test
  void theRoomEmptiesAtTheRateGiven() throws Exception {
    restart("trunkline.gate_release_rate = 50");
    List<Connection> clients = new ArrayList<>();
    List<Future<String>> held = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        clients.add(cluster.workspace("w1"));
      }
      run("PAUSE SHARD schema_001");
      for (Connection client : clients) {
        held.add(later(client, "SELECT 1"));
      }
      while (cluster.proxy().gate().waiting() < 20) {
        Thread.sleep(5);
      }
      long began = System.nanoTime();
      run("RESUME SHARD schema_001");
      for (Future<String> each : held) {
        assertThat(each.get(5, TimeUnit.SECONDS)).isEqualTo("1");
      }
      assertThat(System.nanoTime() - began).isBetween(360_000_000L, 3_000_000_000L);
    } finally {
      for (Connection client : clients) {
        client.close();
      }
    }
  }

  @Test
  void waitingTooLongIsRefused() throws Exception {
    restart("trunkline.gate_wait_timeout = 200ms");
    try (Connection client = cluster.workspace("w1")) {
      run("PAUSE SHARD schema_001");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.value(client, "SELECT 1"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("57P03"));
      run("RESUME SHARD schema_001");
    }
  }

  @Test
  void everyPauseEnds() throws Exception {
    restart("trunkline.gate_hold = 300ms");
    try (Connection client = cluster.workspace("w1")) {
      run("PAUSE SHARD schema_001");
      assertThat(Sql.value(client, "SELECT 1")).isEqualTo("1");
      // It ends a moment after the last who waited has been let through.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (Sql.value(console, "SHOW PAUSES") != null && System.nanoTime() < end) {
        Thread.sleep(5);
      }
      assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
    }
  }

  @Test
  void aPauseMayEndWithAnError() throws Exception {
    restart("trunkline { gate_hold = 300ms, gate_hold_end = fail }");
    try (Connection client = cluster.workspace("w1")) {
      run("PAUSE SHARD schema_001");
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.value(client, "SELECT 1"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("57P03"));
      assertThat(Sql.value(client, "SELECT 1")).isEqualTo("1");
    }
  }
}
