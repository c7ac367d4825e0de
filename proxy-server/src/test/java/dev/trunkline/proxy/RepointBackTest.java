package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.shard.MapChangeException;
import dev.trunkline.shard.MapChanges;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** {@code REPOINT BACK} pauses by itself: what it opens before that, and what it leaves behind. */
@Timeout(90)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RepointBackTest {
  private static final String BEGIN = "UPDATE counter SET n = n WHERE client = 64";
  private static final String SESSIONS =
      "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'";
  private static final String WARMED = " AND query LIKE '%EXPLAIN SELECT%'";
  private static final String BUSY = "Another SWAP or REPOINT BACK is running";
  private static final int ROUNDS = 10;

  private static Replicas replicas;
  private static Connection console;

  private final ExecutorService operators = Executors.newVirtualThreadPerTaskExecutor();
  private Connection client;
  private int home;
  private Connection other;

  @BeforeAll
  static void start() throws Exception {
    replicas = new Replicas("");
    console = replicas.console();
    Sql.run(console, "SWAP HOST h1 " + replicas.to(1));
  }

  @AfterAll
  static void stop() throws Exception {
    console.close();
    replicas.close();
  }

  @BeforeEach
  void connect() throws Exception {
    client = replicas.cluster.workspace("w1");
    home = Sql.value(client, "SHOW port").equals(port(0)) ? 0 : 1;
    other = replicas.connect(1 - home);
    Replicas.await(() -> !sessionsAtOther());
  }

  @AfterEach
  void disconnect() throws Exception {
    operators.shutdownNow();
    client.close();
    other.close();
  }

  private static String port(int server) {
    return Integer.toString(replicas.port(server));
  }

  private boolean sessionsAtOther() throws SQLException {
    return !Sql.value(other, SESSIONS).equals("0");
  }

  /** Checks of a swap log in, too. */
  private boolean warmedAtOther() throws SQLException {
    return !Sql.value(other, SESSIONS + WARMED).equals("0");
  }

  /** Of another operator, each time. */
  private static Void goBack(String within) throws SQLException {
    return command("REPOINT BACK " + within);
  }

  private static Void command(String sql) throws SQLException {
    try (Connection operator = replicas.console()) {
      Sql.run(operator, sql);
    }
    return null;
  }

  /**
   * The map has no entry for the host, the file says where it has gone: to undo that is to stay.
   */
  @Test
  @Order(1)
  void aHomeThatTheConfigurationHasTakenOverStays() throws Exception {
    assertThat(home).isEqualTo(1);
    Path file = replicas.cluster.file();
    Files.writeString(
        file,
        Files.readString(file) + "hosts.h1 { host = 127.0.0.1, port = %s }\n".formatted(port(1)));
    replicas.cluster.proxy().reload();
    goBack("");
    assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(1));
    Sql.run(console, "SWAP HOST h1 " + replicas.to(0));
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(0));
  }

  @Test
  @Order(2)
  void itPausesByItselfAsLongAsItTakes() throws Exception {
    client.setAutoCommit(false);
    Sql.run(client, BEGIN);
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> goBack("WITHIN 100ms"))
        .withMessageContaining("in a transaction");
    assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
    client.commit();
    client.setAutoCommit(true);
    goBack("");
    assertThat(Sql.value(console, "SHOW PAUSES")).isNull();
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(1 - home));
    goBack("BECAUSE 'it was better'");
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(home));
  }

  /** No log-in is in the stall: with the pause in force they have all been made. */
  @Test
  @Order(3)
  void itWarmsBeforeItPauses() throws Exception {
    client.setAutoCommit(false);
    Sql.run(client, BEGIN);
    Future<Void> back = operators.submit(() -> goBack("WITHIN 10s"));
    Replicas.await(() -> back.isDone() || Sql.value(console, "SHOW PAUSES") != null);
    assertThat(back).isNotDone();
    assertThat(sessionsAtOther()).isTrue();
    client.commit();
    back.get();
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(1 - home));
  }

  @Test
  @Order(4)
  void whatItHasWarmedForNothingIsGivenUp() throws Exception {
    client.setAutoCommit(false);
    Sql.run(client, BEGIN);
    Future<Void> back = operators.submit(() -> goBack("WITHIN 1s"));
    Replicas.await(() -> back.isDone() || sessionsAtOther());
    assertThat(back).isNotDone();
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(back::get)
        .withMessageContaining("in a transaction");
    Replicas.await(() -> !sessionsAtOther());
    client.commit();
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(home));
  }

  /**
   * Who comes second, or fails, does not close what the first has opened, and clients use by now.
   */
  @Test
  @Order(5)
  void twoAtOnceTakeNothingFromEachOther() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      CountDownLatch both = new CountDownLatch(2);
      Future<Boolean> one = operators.submit(() -> wentBack(both));
      Future<Boolean> two = operators.submit(() -> wentBack(both));
      while (!one.isDone() || !two.isDone()) {
        Sql.value(client, "SELECT 1");
      }
      assertThat(one.get() || two.get()).isTrue();
      home = one.get() ^ two.get() ? 1 - home : home;
      assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(home));
      assertThat(Sql.value(client, loggedInSinceTheChange())).isEqualTo("0");
    }
  }

  private static boolean wentBack(CountDownLatch both) throws Exception {
    try (Connection operator = replicas.console()) {
      both.countDown();
      both.await();
      Sql.run(operator, "REPOINT BACK");
      return true;
    } catch (SQLException e) {
      assertThat(e.getMessage()).contains(BUSY);
      return false;
    }
  }

  private static String loggedInSinceTheChange() throws MapChangeException {
    MapChanges changes = replicas.cluster.proxy().router().store().changes();
    return SESSIONS + " AND backend_start > '" + changes.history(1).getFirst().at() + "'";
  }

  @Test
  @Order(6)
  void itTakesNothingFromASwapThatRuns() throws Exception {
    int to = 1 - home;
    Sql.run(other, "ALTER SUBSCRIPTION home_" + to + " DISABLE");
    Future<Void> swap =
        operators.submit(() -> command("SWAP HOST h1 " + replicas.to(to) + Replicated.catchUp(to)));
    Replicas.await(() -> swap.isDone() || warmedAtOther());
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> goBack(""))
        .withMessageContaining(BUSY)
        .withMessageContaining("Wait until it has ended");
    assertThat(swap).isNotDone();
    assertThat(warmedAtOther()).isTrue();
    Sql.run(other, "ALTER SUBSCRIPTION home_" + to + " ENABLE");
    swap.get(20, TimeUnit.SECONDS);
    assertThat(Sql.value(client, "SHOW port")).isEqualTo(port(to));
    assertThat(Sql.value(client, loggedInSinceTheChange())).isEqualTo("0");
  }
}
