package dev.trunkline.proxy.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** The console of a running proxy as a database: what exporters, dashboards and drivers ask. */
class ConsoleSqlTest {
  private static RunningProxy running;

  @BeforeAll
  static void start() throws Exception {
    running = new RunningProxy();
  }

  @AfterAll
  static void stop() throws Exception {
    running.close();
  }

  /** An exporter reads by name and type, with simple queries; these are PgBouncer 1.25's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          STATS     | database text, total_server_assignment_count numeric, total_xact_count numeric, \
          total_query_count numeric, total_received numeric, total_sent numeric, total_xact_time \
          numeric, total_query_time numeric, total_wait_time numeric, total_client_parse_count \
          numeric, total_server_parse_count numeric, total_bind_count numeric, \
          total_client_login_count numeric, avg_server_assignment_count numeric, avg_xact_count \
          numeric, avg_query_count numeric, avg_recv numeric, avg_sent numeric, avg_xact_time \
          numeric, avg_query_time numeric, avg_wait_time numeric, avg_client_parse_count numeric, \
          avg_server_parse_count numeric, avg_bind_count numeric, avg_client_login_count numeric
          POOLS     | database text, user text, cl_active int4, cl_waiting int4, \
          cl_active_cancel_req int4, cl_waiting_cancel_req int4, sv_active int4, sv_active_cancel \
          int4, sv_being_canceled int4, sv_idle int4, sv_used int4, sv_tested int4, sv_login int4, \
          maxwait int4, maxwait_us int4, pool_mode text, load_balance_hosts text
          DATABASES | name text, host text, port int4, database text, force_user text, pool_size \
          int4, min_pool_size int4, reserve_pool_size int4, server_lifetime int4, pool_mode text, \
          load_balance_hosts text, max_connections int4, current_connections int4, \
          max_client_connections int4, current_client_connections int4, paused int4, disabled int4
          LISTS     | list text, items int4
          CONFIG    | key text, value text, default text, changeable text
          """)
  void whatExportersReadHasItsNamesAndTypes(String view, String columns) throws SQLException {
    try (Connection console = console("simple");
        Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW " + view + ";")) {
      assertThat(described(rows.getMetaData())).isEqualTo(columns);
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString(1)).isNotEmpty();
    }
  }

  private static String described(ResultSetMetaData columns) throws SQLException {
    List<String> texts = new ArrayList<>();
    for (int i = 1; i <= columns.getColumnCount(); i++) {
      texts.add(columns.getColumnLabel(i) + " " + columns.getColumnTypeName(i));
    }
    return String.join(", ", texts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended"})
  void pgjdbcAsksInSqlWithParameters(String mode) throws SQLException {
    try (Connection client = running.plain();
        Connection console = console(mode);
        PreparedStatement ask =
            console.prepareStatement(
                "SELECT d.name, p.cl_active, now() AS at, p.cl_waiting > 0 AS waits"
                    + " FROM databases d LEFT JOIN pools p ON p.database = d.name"
                    + " WHERE d.name = ? AND coalesce(p.cl_active, 0) >= ? ORDER BY 2 DESC")) {
      assertThat(client.isValid(5)).isTrue();
      ask.setString(1, "plain");
      ask.setInt(2, 1);
      // Often enough for pgjdbc to name the statement and to ask for binary results.
      for (int i = 0; i < 8; i++) {
        try (ResultSet rows = ask.executeQuery()) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getString("name")).isEqualTo("plain");
          assertThat(rows.getInt("cl_active")).isEqualTo(1);
          assertThat(rows.getTimestamp("at")).isNotNull();
          assertThat(rows.getBoolean("waits")).isFalse();
          assertThat(rows.next()).isFalse();
        }
      }
    }
  }

  @Test
  void anErrorNamesItsPlaceAndTheConsoleGoesOn() throws SQLException {
    try (Connection console = console("extended");
        Statement statement = console.createStatement()) {
      assertThatThrownBy(() -> statement.executeQuery("SELECT * FROM pools ORDER database"))
          .isInstanceOfSatisfying(
              PSQLException.class,
              error -> {
                assertThat(error.getSQLState()).isEqualTo("42601");
                assertThat(error.getServerErrorMessage().getPosition()).isEqualTo(21);
              });
      try (ResultSet rows = statement.executeQuery("SELECT count(*) FROM databases")) {
        rows.next();
        assertThat(rows.getInt(1)).isEqualTo(3);
      }
    }
  }

  @Test
  void showWorksWhileAQueryRuns() throws Exception {
    try (Connection console = console("simple");
        Statement statement = console.createStatement()) {
      Thread slow = Thread.ofVirtual().start(() -> endless(statement));
      for (int i = 0; i < 20; i++) {
        assertThat(running.show("SHOW POOLS")).isNotEmpty();
      }
      statement.cancel();
      slow.join();
    }
  }

  private static void endless(Statement statement) {
    assertThatThrownBy(
            () ->
                statement.executeQuery(
                    "SELECT count(*) FROM config a, config b, config c, config d, config e"))
        .isInstanceOf(SQLException.class);
  }

  @Test
  void theBytesOfAWorkspaceAreCountedWhenItsLeaseEnds() throws SQLException {
    String workspace = "&options=-c%20trunkline.workspace%3D" + RunningProxy.WORKSPACE;
    try (Connection client = running.jdbc("joe", "app", workspace);
        Statement statement = client.createStatement()) {
      statement.executeQuery(
          "SELECT repeat('x', 10000) FROM items RIGHT JOIN (VALUES (1)) v ON true");
      Map<String, String> row = running.row("SHOW WORKSPACES", "workspace", RunningProxy.WORKSPACE);
      assertThat(Long.parseLong(row.get("bytes_sent"))).isBetween(10_000L, 11_000L);
      assertThat(Long.parseLong(row.get("bytes_received"))).isBetween(80L, 300L);
    }
  }

  @Test
  void loginsAreCountedForTheirDatabase() throws SQLException {
    for (String database : List.of("app", "plain", "pgbouncer")) {
      long before = logins(database);
      running.jdbc("admin", database, "").close();
      // The second look comes through the console, too.
      assertThat(logins(database)).isBetween(before + 1, before + 2);
    }
  }

  private static long logins(String database) throws SQLException {
    return Long.parseLong(
        running.row("SHOW STATS", "database", database).get("total_client_login_count"));
  }

  @Test
  void listsCountWhoIsLoggingIn() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), running.proxy.port())) {
      assertThat(socket.isConnected()).isTrue();
      RunningProxy.await(() -> running.proxy.admission().connections() >= 1);
      assertThat(running.row("SHOW LISTS", "list", "login_clients")).containsEntry("items", "1");
    }
  }

  @Test
  void socketsAreClientsAndServers() throws SQLException {
    try (Connection client = running.plain()) {
      assertThat(client.isValid(5)).isTrue();
      List<String> types =
          running.show("SHOW SOCKETS").stream().map(row -> row.get("type")).distinct().toList();
      assertThat(types).containsExactlyInAnyOrder("C", "S");
      assertThat(running.show("SHOW ACTIVE_SOCKETS"))
          .extracting(row -> row.get("database"))
          .containsExactly("pgbouncer");
    }
  }

  @Test
  void whoIsPausedAlreadyIsPausedAgain() throws SQLException {
    running.show("PAUSE plain");
    running.show("PAUSE plain");
    running.show("RESUME plain");
    assertThat(running.row("SHOW DATABASES", "name", "plain")).containsEntry("paused", "0");
  }

  @Test
  void psqlReadsTablesAndIsToldAboutCatalogs() throws Exception {
    String where = "host=127.0.0.1 dbname=pgbouncer user=watcher port=" + running.proxy.port();
    assumeTrue(new File("/usr/bin/psql").exists(), "no psql here");
    assertThat(psql(where, "SELECT name, port IS NULL AS p FROM databases ORDER BY name"))
        .isEqualTo("app|f\npgbouncer|f\nplain|f\n");
    assertThat(psql(where, "\\d")).contains("ERROR:  the admin console has no system catalogs");
  }

  /** What a tool such as DBeaver says when it connects; then it looks for catalogs, and is told. */
  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended"})
  void aDatabaseToolGetsAsFarAsTheCatalogs(String mode) throws SQLException {
    try (Connection console = console(mode);
        Statement statement = console.createStatement()) {
      statement.execute("SET extra_float_digits = 3");
      statement.execute("SET application_name = 'DBeaver - Main'");
      for (String asked :
          List.of(
              "SELECT version()",
              "SHOW search_path",
              "SHOW server_version_num",
              "SELECT current_schema(),session_user",
              "SELECT table_name FROM information_schema.tables WHERE table_name = 'pools'")) {
        try (ResultSet rows = statement.executeQuery(asked)) {
          assertThat(rows.next()).as(asked).isTrue();
          assertThat(rows.getString(1)).as(asked).isNotEmpty();
        }
      }
      assertThatThrownBy(() -> console.getMetaData().getTables(null, null, "%", null))
          .isInstanceOfSatisfying(
              PSQLException.class,
              error -> {
                assertThat(error.getSQLState()).isEqualTo("0A000");
                assertThat(error.getServerErrorMessage().getHint()).contains("SHOW HELP");
              });
      assertThat(console.isValid(5)).isTrue();
    }
  }

  private static String psql(String where, String command) throws Exception {
    List<String> line = Arrays.asList("psql", where, "-XAtc", command);
    Process psql = new ProcessBuilder(line).redirectErrorStream(true).start();
    String said = new String(psql.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    psql.waitFor();
    return said;
  }

  private static Connection console(String mode) throws SQLException {
    return running.jdbc("watcher", "pgbouncer", "&preferQueryMode=" + mode);
  }
}
