package dev.trunkline.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.wire.BackendDecoder.BackendKeyData;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The admin console of a running proxy. */
class ConsoleTest {
  private static RunningProxy running;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningProxy();
  }

  @AfterAll
  static void stop() throws Exception {
    running.close();
  }

  /** A test that fails must not leave a pause for the next to wait in. */
  @AfterEach
  void everybodyHasLeft() {
    running.proxy.directory().pools().resume(null);
    RunningProxy.await(() -> running.proxy.admission().clients() == 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CLIENTS",
        "CONFIG",
        "DATABASES",
        "DNS_HOSTS",
        "DNS_ZONES",
        "GROUPS",
        "HOSTS",
        "LISTS",
        "MAP",
        "MEM",
        "PEERS",
        "PEER_POOLS",
        "POOLS",
        "SERVERS",
        "SHARDS",
        "STATE",
        "STATS",
        "STATS_AVERAGES",
        "STATS_TOTALS",
        "TOTALS",
        "USERS",
        "VERSION",
        "WORKSPACES"
      })
  void everyViewAnswersInBothProtocols(String view) throws SQLException {
    try (Connection client = running.plain()) {
      query(client, "SELECT 1");
      List<Map<String, String>> simple = running.show("SHOW " + view);
      List<Map<String, String>> extended = running.show("SHOW " + view, "extended");
      assertThat(extended).hasSameSizeAs(simple);
    }
  }

  @Test
  void aLeasedServerConnectionIsLinkedToItsClient() throws SQLException {
    try (Connection client = running.jdbc("joe", "app", "&options=" + workspace())) {
      client.setAutoCommit(false);
      query(client, "SELECT count(*) FROM items");
      Map<String, String> clientRow = running.row("SHOW CLIENTS", "database", "app");
      Map<String, String> serverRow = running.row("SHOW SERVERS", "state", "active");
      assertThat(clientRow).containsEntry("state", "active");
      assertThat(clientRow).containsEntry("workspace", RunningProxy.WORKSPACE);
      assertThat(clientRow).containsEntry("link", serverRow.get("ptr"));
      assertThat(serverRow).containsEntry("link", clientRow.get("ptr"));
      assertThat(serverRow).containsEntry("schema", "schema_002").containsEntry("host", "host-2");
      assertThat(running.row("SHOW POOLS", "database", "app"))
          .containsEntry("user", "postgres")
          .containsEntry("cl_active", "1")
          .containsEntry("sv_active", "1");
      assertThat(running.row("SHOW HOSTS", "name", "host-2")).containsEntry("state", "up");
      client.rollback();
    }
  }

  private static String workspace() {
    return "-c%20trunkline.workspace%3D" + RunningProxy.WORKSPACE;
  }

  @Test
  void aPinnedLeaseSaysWhy() throws SQLException {
    try (Connection client = running.plain()) {
      query(client, "SELECT pg_advisory_lock(1)");
      assertThat(running.row("SHOW SERVERS", "state", "active"))
          .containsEntry("pin", "advisory_lock");
    }
  }

  @Test
  void theStatisticsCountTransactionsPerDatabase() throws SQLException {
    long before = transactions();
    try (Connection client = running.plain()) {
      query(client, "SELECT 1");
      query(client, "SELECT 2");
    }
    assertThat(transactions()).isGreaterThanOrEqualTo(before + 2);
  }

  private static long transactions() throws SQLException {
    return Long.parseLong(running.row("SHOW STATS", "database", "plain").get("total_xact_count"));
  }

  @Test
  void theRouteOfAWorkspaceIsShown() throws SQLException {
    assertThat(running.show("SHOW ROUTE '" + RunningProxy.WORKSPACE + "'"))
        .singleElement()
        .satisfies(
            row ->
                assertThat(row)
                    .containsEntry("shard", "schema_002")
                    .containsEntry("host", "host-2")
                    .containsEntry("source", "file"));
  }

  @Test
  void theRouteOfAnUnknownWorkspaceIsAnError() {
    assertState("SHOW ROUTE '00000000-0000-0000-0000-000000000001'", "TL002");
  }

  @Test
  void aPreparedStatementAsksTheConsole() throws SQLException {
    try (Connection connection = running.jdbc("watcher", "trunkline", "");
        PreparedStatement statement = connection.prepareStatement("SHOW DATABASES");
        ResultSet rows = statement.executeQuery()) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString("name")).isEqualTo("app");
    }
  }

  @Test
  void whoMayOnlyLookCannotPause() throws SQLException {
    try (Connection connection = running.jdbc("watcher", "pgbouncer", "&preferQueryMode=simple");
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("PAUSE")).hasMessageContaining("admin access");
    }
  }

  @Test
  void pauseWaitsForTheOpenTransactionAndHoldsTheNext() throws Exception {
    try (Connection client = running.plain();
        FakeClient console = running.console()) {
      client.setAutoCommit(false);
      query(client, "SELECT 1");
      console.send(out -> Frontend.query(out, "PAUSE"));
      RunningProxy.await(() -> running.proxy.directory().pools().paused(null));
      query(client, "SELECT 2");
      client.commit();
      console.until(Tags.Backend.READY_FOR_QUERY);
      assertThat(running.show("SHOW SERVERS")).isEmpty();
      assertThat(running.row("SHOW STATE", "key", "paused")).containsEntry("value", "yes");
      CompletableFuture<Void> held = CompletableFuture.runAsync(() -> queryUnchecked(client));
      RunningProxy.await(() -> waiting() == 1);
      assertState("PAUSE", "08P01");
      running.show("RESUME");
      held.get(10, TimeUnit.SECONDS);
      client.commit();
    }
  }

  private static int waiting() {
    try {
      return Integer.parseInt(running.row("SHOW POOLS", "database", "plain").get("cl_waiting"));
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aCancelRequestTakesThePauseBack() throws SQLException {
    try (Connection client = running.plain();
        FakeClient console = running.console()) {
      client.setAutoCommit(false);
      query(client, "SELECT 1");
      console.send(out -> Frontend.query(out, "PAUSE"));
      RunningProxy.await(() -> running.proxy.directory().pools().paused(null));
      cancel(console.key());
      List<Message> answer = console.until(Tags.Backend.READY_FOR_QUERY);
      assertThat(answer.getFirst().fields().sqlstate()).isEqualTo("57014");
      assertThat(running.proxy.directory().pools().paused(null)).isFalse();
      client.commit();
      query(client, "SELECT 2");
      client.commit();
    }
  }

  private static void cancel(BackendKeyData key) {
    try (FakeClient other = FakeClient.connect(running.proxy.port())) {
      other.send(out -> Frontend.cancelRequest(out, key.pid(), key.key()));
      other.expectClosed();
    }
  }

  @Test
  void aPauseWhoseOperatorVanishesIsTakenBack() throws SQLException {
    try (Connection client = running.plain()) {
      client.setAutoCommit(false);
      query(client, "SELECT 1");
      FakeClient console = running.console();
      console.send(out -> Frontend.query(out, "PAUSE"));
      RunningProxy.await(() -> running.proxy.directory().pools().paused(null));
      console.close();
      RunningProxy.await(() -> !running.proxy.directory().pools().paused(null));
      client.commit();
    }
  }

  @Test
  void aPausedDatabaseHoldsPoolsThatAreMadeLaterAndOthersGoOn() throws Exception {
    running.show("PAUSE app");
    try (Connection other = running.plain()) {
      query(other, "SELECT 1");
      assertThat(running.row("SHOW DATABASES", "name", "app")).containsEntry("paused", "1");
      CompletableFuture<Void> held = CompletableFuture.runAsync(ConsoleTest::useApp);
      RunningProxy.await(() -> running.proxy.admission().clientsOfDatabase("app") == 1);
      assertThat(held).isNotDone();
      running.show("RESUME app");
      held.get(10, TimeUnit.SECONDS);
    }
    assertState("RESUME app", "08P01");
  }

  private static void useApp() {
    try (Connection client = running.jdbc("joe", "app", "&options=" + workspace())) {
      query(client, "SELECT count(*) FROM items");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void reconnectReplacesTheServerConnections() throws SQLException {
    try (Connection client = running.plain()) {
      String before = query(client, "SELECT pg_backend_pid()");
      running.show("RECONNECT plain");
      running.show("WAIT_CLOSE plain");
      assertThat(query(client, "SELECT pg_backend_pid()")).isNotEqualTo(before);
    }
  }

  @Test
  void killDropsTheClientsOfADatabase() throws SQLException {
    try (Connection client = running.plain()) {
      query(client, "SELECT 1");
      running.show("KILL plain");
      assertThatThrownBy(() -> query(client, "SELECT 1"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("database removed");
    } finally {
      running.show("RESUME plain");
    }
  }

  /** As PgBouncer each that is in use; unlike there RESUME alone takes it back as well. */
  @Test
  void killWithoutANamePausesEachDatabase() throws SQLException {
    running.plain().close();
    running.jdbc("joe", "app", "").close();
    running.show("KILL");
    assertThat(running.row("SHOW DATABASES", "name", "plain")).containsEntry("paused", "1");
    assertThat(running.row("SHOW STATE", "key", "paused")).containsEntry("value", "no");
    running.show("RESUME plain");
    running.plain().close();
    running.show("PAUSE plain");
    running.show("RESUME");
    assertThat(running.row("SHOW DATABASES", "name", "app")).containsEntry("paused", "0");
    assertThat(running.row("SHOW DATABASES", "name", "plain")).containsEntry("paused", "1");
    running.show("RESUME plain");
  }

  @Test
  void killClientDropsOneClient() throws SQLException {
    try (Connection client = running.plain()) {
      query(client, "SELECT 1");
      running.show("KILL_CLIENT " + running.row("SHOW CLIENTS", "database", "plain").get("id"));
      assertThatThrownBy(() -> query(client, "SELECT 1"))
          .hasMessageContaining("admin forced disconnect");
    }
    assertState("KILL_CLIENT 999999", "08P01");
  }

  @Test
  void aDisabledDatabaseRefusesLoginsUntilItIsEnabled() throws SQLException {
    running.show("DISABLE plain");
    assertThatThrownBy(running::plain).hasMessageContaining("is disabled");
    running.show("ENABLE plain");
    running.plain().close();
    assertState("DISABLE nothing", "08P01");
  }

  @Test
  void setChangesASettingUntilTheNextReload() throws SQLException {
    running.show("SET query_wait_timeout = '7'");
    assertThat(setting()).isEqualTo("7");
    running.show("RELOAD");
    assertThat(setting()).isNotEqualTo("7");
    assertState("SET nonsense = '1'", "08P01");
    assertState("SET default_pool_size = 'many'", "08P01");
  }

  private static String setting() throws SQLException {
    return running.row("SHOW CONFIG", "key", "query_wait_timeout").get("value");
  }

  @Test
  void aBadFileLeavesTheOldConfigurationInForce() throws Exception {
    try {
      Files.writeString(running.file, running.config("query_wait_timeout = 9, nonsense = 1"));
      assertThatThrownBy(() -> running.show("RELOAD")).hasMessageContaining("RELOAD failed");
      assertThat(setting()).isNotEqualTo("9");
      Files.writeString(running.file, running.config("query_wait_timeout = 9"));
      running.show("RELOAD");
      assertThat(setting()).isEqualTo("9");
    } finally {
      Files.writeString(running.file, running.config(""));
      running.show("RELOAD");
    }
  }

  @Test
  void aBadShardMapLeavesTheOldConfigurationInForce() throws Exception {
    try {
      String twice = RunningProxy.WORKSPACE.toUpperCase(Locale.ROOT);
      String bad =
          running
              .config("query_wait_timeout = 9")
              .replace("workspaces {", "workspaces { \"" + twice + "\" = schema_001, ");
      Files.writeString(running.file, bad);
      assertThatThrownBy(() -> running.show("RELOAD")).hasMessageContaining("RELOAD failed");
      assertThat(setting()).isNotEqualTo("9");
      useApp();
    } finally {
      Files.writeString(running.file, running.config(""));
      running.show("RELOAD");
    }
  }

  @Test
  void commandsInOnePacketAreAnsweredInOrder() {
    try (FakeClient console = running.console()) {
      console.send(
          out -> {
            Frontend.query(out, "SHOW VERSION");
            Frontend.query(out, "SHOW STATE");
            Frontend.query(out, "nonsense");
            Frontend.query(out, "SHOW VERSION");
          });
      assertThat(console.until(Tags.Backend.READY_FOR_QUERY).get(1).row().getFirst())
          .startsWith("Trunkline");
      assertThat(console.until(Tags.Backend.READY_FOR_QUERY)).hasSize(6);
      assertThat(console.until(Tags.Backend.READY_FOR_QUERY).getFirst().tag())
          .isEqualTo(Tags.Backend.ERROR_RESPONSE);
      assertThat(console.until(Tags.Backend.READY_FOR_QUERY)).hasSize(4);
      console.terminate();
    }
  }

  @Test
  void aCommandMayComeByteByByte() {
    try (FakeClient console = running.console()) {
      byte[] text = "SHOW VERSION\0".getBytes(StandardCharsets.US_ASCII);
      console.send(new byte[] {'Q', 0, 0, 0, (byte) (text.length + 4)});
      for (byte each : text) {
        console.send(new byte[] {each});
      }
      assertThat(console.until(Tags.Backend.READY_FOR_QUERY)).hasSize(4);
    }
  }

  @Test
  void aMessageWithoutEndIsRefused() {
    try (FakeClient console = running.console()) {
      console.send(new byte[] {'Q', 0x7f, 0, 0, 0});
      assertThat(console.receive().fields().severity()).isEqualTo("FATAL");
      console.expectClosed();
    }
  }

  private static void assertState(String command, String sqlstate) {
    assertThatThrownBy(() -> running.show(command))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlstate));
  }

  private static void queryUnchecked(Connection client) {
    try {
      query(client, "SELECT 3");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
