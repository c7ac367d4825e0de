package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/** Two clients, one server connection: what follows a client, and what must never reach another. */
@Timeout(60)
class SessionStateTest {
  private static final String PID = "SELECT pg_backend_pid()";

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("pgbouncer.default_pool_size = 1");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static Connection connect() throws SQLException {
    return cluster.connect("plain");
  }

  // ---- settings ----

  @Test
  void settingsFollowTheirClient() throws SQLException {
    try (Connection one = connect();
        Connection two = connect()) {
      Sql.run(one, "SET statement_timeout = 12345", "SET application_name = 'one'");
      Sql.run(two, "SET TIME ZONE 'Asia/Tokyo'", "SET application_name = 'two'");
      assertThat(Sql.value(one, PID)).isEqualTo(Sql.value(two, PID));
      for (int i = 0; i < 3; i++) {
        assertThat(Sql.value(one, "SHOW statement_timeout")).isEqualTo("12345ms");
        assertThat(Sql.value(one, "SHOW application_name")).isEqualTo("one");
        assertThat(Sql.value(two, "SHOW statement_timeout")).isEqualTo("0");
        assertThat(Sql.value(two, "SHOW application_name")).isEqualTo("two");
        assertThat(Sql.value(two, "SHOW timezone")).isEqualTo("Asia/Tokyo");
        assertThat(Sql.value(one, "SHOW timezone")).isNotEqualTo("Asia/Tokyo");
      }
    }
  }

  @Test
  void settingsAreGoneForTheNextClient() throws SQLException {
    try (Connection one = connect()) {
      Sql.run(one, "SET statement_timeout = 12345", "SET work_mem = '7MB'");
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, "SHOW statement_timeout")).isEqualTo("0");
      assertThat(Sql.value(next, "SHOW work_mem")).isNotEqualTo("7MB");
    }
  }

  @Test
  void settingsOfTheConnectionStringAreKept() throws SQLException {
    try (Connection one = cluster.connect("plain", "options=-c%20statement_timeout=4321");
        Connection two = connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(Sql.value(one, "SHOW statement_timeout")).isEqualTo("4321ms");
        assertThat(Sql.value(two, "SHOW statement_timeout")).isEqualTo("0");
      }
    }
  }

  @Test
  void aRolledBackSettingIsForgotten() throws SQLException {
    try (Connection one = connect();
        Connection two = connect()) {
      one.setAutoCommit(false);
      Sql.run(one, "SET statement_timeout = 777");
      one.rollback();
      one.setAutoCommit(true);
      assertThat(Sql.value(two, "SHOW statement_timeout")).isEqualTo("0");
      assertThat(Sql.value(one, "SHOW statement_timeout")).isEqualTo("0");
    }
  }

  @Test
  void setLocalStaysInItsTransaction() throws SQLException {
    try (Connection one = connect();
        Connection two = connect()) {
      one.setAutoCommit(false);
      Sql.run(one, "SET LOCAL statement_timeout = 777");
      assertThat(Sql.value(one, "SHOW statement_timeout")).isEqualTo("777ms");
      one.commit();
      one.setAutoCommit(true);
      assertThat(Sql.value(two, "SHOW statement_timeout")).isEqualTo("0");
      assertThat(Sql.value(one, "SHOW statement_timeout")).isEqualTo("0");
    }
  }

  @Test
  void resetAllReturnsToTheConnectionString() throws SQLException {
    try (Connection one = cluster.connect("plain", "options=-c%20statement_timeout=4321");
        Connection two = connect()) {
      Sql.run(one, "SET statement_timeout = 1", "RESET ALL");
      assertThat(Sql.value(two, "SHOW statement_timeout")).isEqualTo("0");
      assertThat(Sql.value(one, "SHOW statement_timeout")).isEqualTo("4321ms");
    }
  }

  @Test
  void settingsMadeBySimpleQueriesFollowTheirClientToo() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("SET statement_timeout = 777");
      assertThat(Wire.column(two.query("SHOW statement_timeout"))).containsExactly("0");
      assertThat(Wire.column(one.query("SHOW statement_timeout"))).containsExactly("777ms");
    }
  }

  @Test
  void aSettingBehindResetAllIsFollowed() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("RESET ALL; SET statement_timeout = 778");
      assertThat(Wire.column(two.query("SHOW statement_timeout"))).containsExactly("0");
      assertThat(Wire.column(one.query("SHOW statement_timeout"))).containsExactly("778ms");
    }
  }

  @Test
  void aSettingThatASavepointUndidIsNotReplayed() {
    try (FakeClient one = cluster.client("plain")) {
      one.query("BEGIN");
      one.query("SAVEPOINT a");
      one.query("SET statement_timeout = 779");
      one.query("ROLLBACK TO a");
      one.query("COMMIT");
      assertThat(Wire.column(one.query("SHOW statement_timeout"))).containsExactly("0");
    }
    try (FakeClient next = cluster.client("plain")) {
      assertThat(Wire.column(next.query("SHOW statement_timeout"))).containsExactly("0");
    }
  }

  @Test
  void aSettingBeforeTheSavepointStays() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("BEGIN");
      one.query("SET statement_timeout = 780");
      one.query("SAVEPOINT a");
      one.query("ROLLBACK TO a");
      one.query("COMMIT");
      assertThat(Wire.column(two.query("SHOW statement_timeout"))).containsExactly("0");
      assertThat(Wire.column(one.query("SHOW statement_timeout"))).containsExactly("780ms");
    }
  }

  @Test
  void theSettingsOfAVanishedClientsTransactionAreNotTakenForTheNextOnes() throws SQLException {
    try (FakeClient one = cluster.client("plain")) {
      one.query("BEGIN");
      one.query("SET statement_timeout = 4321");
      one.reset();
    }
    try (Connection next = cluster.connect("plain", "options=-c%20statement_timeout=4321")) {
      assertThat(Sql.value(next, "SHOW statement_timeout")).isEqualTo("4321ms");
    }
  }

  // ---- pins ----

  @Test
  void aTemporaryTableIsKeptForItsClientAndGoneForTheNext() throws SQLException {
    try (Connection one = connect()) {
      Sql.run(one, "CREATE TEMP TABLE mine (x int)", "INSERT INTO mine VALUES (1)");
      assertThat(Sql.value(one, "SELECT count(*) FROM mine")).isEqualTo("1");
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, "SELECT to_regclass('mine')")).isNull();
    }
  }

  @Test
  void aNotificationReachesItsListener() throws SQLException {
    try (Connection listener = connect()) {
      Sql.run(listener, "LISTEN news");
      try (Connection direct = TestCluster.direct(0)) {
        Sql.run(direct, "NOTIFY news, 'hello'");
      }
      var notifications = listener.unwrap(PGConnection.class).getNotifications(10_000);
      assertThat(notifications).hasSize(1);
      assertThat(notifications[0].getParameter()).isEqualTo("hello");
    }
    try (Connection next = connect()) {
      assertThat(Sql.column(next, "SELECT pg_listening_channels()")).isEmpty();
    }
  }

  @Test
  void anAdvisoryLockIsHeldAndLetGoWithItsClient() throws SQLException {
    String held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    try (Connection one = connect()) {
      Sql.run(one, "SELECT pg_advisory_lock(4711)");
      assertThat(Sql.value(one, held)).isEqualTo("1");
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, held)).isEqualTo("0");
    }
  }

  @Test
  void aHoldCursorOutlivesItsTransactionButNotItsClient() throws SQLException {
    try (Connection one = connect()) {
      Sql.run(one, "DECLARE held CURSOR WITH HOLD FOR SELECT generate_series(1, 3)");
      assertThat(Sql.value(one, "FETCH held")).isEqualTo("1");
      assertThat(Sql.value(one, "FETCH held")).isEqualTo("2");
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, "SELECT count(*) FROM pg_cursors WHERE name = 'held'"))
          .isEqualTo("0");
    }
  }

  @Test
  void aStatementPreparedBySqlIsKeptAndGone() throws SQLException {
    try (Connection one = connect()) {
      Sql.run(one, "PREPARE q AS SELECT 7");
      assertThat(Sql.value(one, "EXECUTE q")).isEqualTo("7");
      assertThat(Sql.value(one, "EXECUTE q")).isEqualTo("7");
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, "SELECT count(*) FROM pg_prepared_statements WHERE name = 'q'"))
          .isEqualTo("0");
    }
  }

  @Test
  void discardAllEndsAPin() throws SQLException {
    try (Connection one = connect();
        Connection two = connect()) {
      Sql.run(one, "CREATE TEMP TABLE mine (x int)", "DISCARD ALL");
      assertThat(Sql.value(two, "SELECT to_regclass('mine')")).isNull();
      assertThat(Sql.value(one, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void deallocateAllTakesTheStatementsOfItsClientOnly() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      assertThat(Wire.prepare(one, "s", "SELECT 1")).isEqualTo("1Z");
      assertThat(Wire.prepare(two, "s", "SELECT 2")).isEqualTo("1Z");
      one.query("DEALLOCATE ALL");
      assertThat(Wire.column(Wire.execute(two, "s"))).containsExactly("2");
      assertThat(Wire.execute(one, "s").getFirst().fields().sqlstate()).isEqualTo("26000");
      assertThat(Wire.prepare(one, "s", "SELECT 3")).isEqualTo("1Z");
      assertThat(Wire.column(Wire.execute(one, "s"))).containsExactly("3");
    }
  }

  @Test
  void aPreparedStatementIsReadWithTheSettingsOfItsClient() {
    String sql = "SELECT extract(epoch FROM timestamptz '2024-01-01 00:00')::int";
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("SET TimeZone = 'UTC'");
      two.query("SET TimeZone = 'Etc/GMT-1'");
      Wire.prepare(one, "s", sql);
      Wire.prepare(two, "s", sql);
      assertThat(Wire.column(Wire.execute(one, "s"))).containsExactly("1704067200");
      assertThat(Wire.column(Wire.execute(two, "s"))).containsExactly("1704063600");
    }
  }

  @Test
  void aStatementPreparedBehindASetIsReadWithIt() {
    String sql = "SELECT extract(epoch FROM timestamptz '2024-02-01 00:00')::int";
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      two.query("SET TimeZone = 'UTC'");
      one.query("SET TimeZone = 'UTC'");
      one.send(
          out -> {
            Frontend.query(out, "SET TimeZone = 'Etc/GMT-1'");
            Frontend.parse(out, "s", sql);
            Frontend.sync(out);
          });
      Wire.ready(one);
      Wire.ready(one);
      Wire.prepare(two, "s", sql);
      assertThat(Wire.column(Wire.execute(two, "s"))).containsExactly("1706745600");
      assertThat(Wire.column(Wire.execute(one, "s"))).containsExactly("1706742000");
    }
  }

  // ---- clients that vanish ----

  @Test
  void aVanishedClientsTransactionIsRolledBack() throws SQLException {
    try (FakeClient client = cluster.client("plain")) {
      client.query("BEGIN");
      client.query("CREATE TABLE public.half_done (x int)");
      client.reset();
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, "SELECT to_regclass('public.half_done')")).isNull();
    }
  }

  @Test
  void aVanishedClientsQueryIsCanceled() throws SQLException {
    try (FakeClient client = cluster.client("plain")) {
      client.send(out -> Frontend.query(out, "SELECT pg_sleep(30)"));
      Wire.awaitRunning("SELECT pg_sleep(30)");
      client.reset();
    }
    try (Connection next = connect()) {
      assertThat(Sql.value(next, "SELECT 1")).isEqualTo("1");
    }
  }

  // ---- cancel ----

  @Test
  void aRunningQueryIsCanceled() throws SQLException {
    try (Connection one = connect();
        Statement sleeping = one.createStatement()) {
      Thread canceler =
          Thread.startVirtualThread(
              () -> {
                try {
                  Wire.awaitRunning("SELECT pg_sleep(29)");
                  sleeping.cancel();
                } catch (SQLException failure) {
                  throw new AssertionError(failure);
                }
              });
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> sleeping.execute("SELECT pg_sleep(29)"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("57014"));
      assertThat(canceler).satisfies(Thread::join);
      assertThat(Sql.value(one, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aQueryTimeoutOfTheDriverCancels() throws SQLException {
    try (Connection one = connect();
        Statement sleeping = one.createStatement()) {
      sleeping.setQueryTimeout(1);
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> sleeping.execute("SELECT pg_sleep(28)"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("57014"));
      assertThat(Sql.value(one, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aWaitingQueryIsCanceledAndNobodyElses() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("BEGIN");
      two.send(out -> Frontend.query(out, "SELECT 'two'"));
      Wire.cancel(cluster, two);
      List<Message> answer = two.until(Tags.Backend.READY_FOR_QUERY);
      assertThat(answer.getFirst().fields().sqlstate()).isEqualTo("57014");
      assertThat(Wire.column(one.query("SELECT 'one'"))).containsExactly("one");
      one.query("COMMIT");
      assertThat(Wire.column(two.query("SELECT 'two again'"))).containsExactly("two again");
    }
  }

  @Test
  void aCancelWithoutAQueryHitsNobody() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("SELECT 1");
      two.query("BEGIN");
      Wire.cancel(cluster, one);
      assertThat(Wire.column(two.query("SELECT pg_sleep(0.3)::text || 'two'")))
          .containsExactly("two");
      two.query("COMMIT");
    }
  }

  /** While it waits only so much is read ahead; what is missing has to be read afterwards. */
  @Test
  void aLongStatementBehindOneThatWaitsIsRead() {
    try (FakeClient one = cluster.client("plain");
        FakeClient two = cluster.client("plain")) {
      one.query("BEGIN");
      two.send(
          out -> {
            Frontend.query(out, "SELECT 1");
            Frontend.query(out, "SELECT length('" + "x".repeat(200_000) + "')");
          });
      one.query("SELECT pg_sleep(0.2)");
      one.query("COMMIT");
      assertThat(Wire.column(Wire.ready(two))).containsExactly("1");
      assertThat(Wire.column(Wire.ready(two))).containsExactly("200000");
    }
  }
}
