package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * The core of what a driver does, against other versions of PostgreSQL than the one all other tests
 * talk to: the oldest supported one from Maven Central, and 14 to 18 in containers where a Docker
 * engine answers.
 */
@Timeout(180)
class VersionsTest {
  private static final String SCHEMA =
      """
      CREATE ROLE app LOGIN SUPERUSER PASSWORD 'secret';
      CREATE SCHEMA one; CREATE SCHEMA two;
      CREATE TABLE one.item (id int PRIMARY KEY, name text);
      CREATE TABLE two.item (id int PRIMARY KEY, name text);
      """;

  private static final String CONFIGURATION =
      """
      databases.app { sharded = true }
      databases.plain { host = "%1$s", port = %2$d, dbname = postgres }
      hosts.h1 { host = "%1$s", port = %2$d, dbname = postgres }
      map.shards { one = h1, two = h1 }
      map.workspaces { a = one, b = two }
      """;

  private TestCluster cluster;

  @AfterEach
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void theOldestPostgresWorks() throws Exception {
    try (EmbeddedPostgres postgres = OldestPostgres.builder().start()) {
      String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres?user=postgres";
      proves("14", url, "127.0.0.1", postgres.getPort());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"14", "15", "16", "17", "18"})
  void aContainerWorks(String version) throws Exception {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(), "no Docker engine answers: skipped");
    try (PostgreSQLContainer postgres = new PostgreSQLContainer("postgres:" + version)) {
      postgres.start();
      String url =
          postgres.getJdbcUrl()
              + "&user="
              + postgres.getUsername()
              + "&password="
              + postgres.getPassword();
      proves(version, url, postgres.getHost(), postgres.getMappedPort(5432));
    }
  }

  private void proves(String version, String direct, String host, int port) throws Exception {
    try (Connection connection = DriverManager.getConnection(direct)) {
      Sql.run(connection, SCHEMA);
    }
    cluster = TestCluster.start(CONFIGURATION.formatted(host, port));
    for (String options :
        new String[] {"preferQueryMode=simple", "preferQueryMode=extended", "prepareThreshold=1"}) {
      preparedStatementsFollowTheWorkspace(version, options);
      batchesAndRollbacks(options);
    }
    copies();
    cancels();
    nothingLeaks();
  }

  private Connection connect(String workspace, String options) throws SQLException {
    return cluster.connect("app", options + "&options=-c%20trunkline.workspace=" + workspace);
  }

  private void preparedStatementsFollowTheWorkspace(String version, String options)
      throws SQLException {
    try (Connection connection = connect("a", options);
        PreparedStatement query =
            connection.prepareStatement("SELECT current_schema() || ? FROM item WHERE id = ?")) {
      assertThat(Sql.value(connection, "SHOW server_version")).startsWith(version + ".");
      Sql.run(connection, "INSERT INTO item VALUES (1, 'in one')");
      Sql.run(connection, "SET trunkline.workspace = 'b'", "INSERT INTO item VALUES (1, 'in two')");
      for (int i = 0; i < 12; i++) {
        Sql.run(connection, "SET trunkline.workspace = '" + (i % 2 == 0 ? "a" : "b") + "'");
        query.setString(1, "/" + i);
        query.setInt(2, 1);
        assertThat(Sql.column(query)).containsExactly((i % 2 == 0 ? "one/" : "two/") + i);
      }
      Sql.run(connection, "DELETE FROM item", "SET trunkline.workspace = 'a'", "DELETE FROM item");
    }
  }

  private void batchesAndRollbacks(String options) throws SQLException {
    try (Connection connection = connect("b", options)) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
        for (int i = 0; i < 100; i++) {
          insert.setInt(1, i);
          insert.setString(2, "name " + i);
          insert.addBatch();
        }
        assertThat(Arrays.stream(insert.executeBatch()).sum()).isEqualTo(100);
      }
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> Sql.run(connection, "SELECT 1 / 0"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("22012"));
      connection.rollback();
      assertThat(Sql.value(connection, "SELECT count(*) FROM item")).isEqualTo("0");
      connection.commit();
    }
  }

  private void copies() throws SQLException, IOException {
    try (Connection connection = connect("a", "")) {
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      copy.copyIn("COPY item FROM STDIN", new StringReader("1\tone\n2\ttwo\n"));
      StringWriter out = new StringWriter();
      copy.copyOut("COPY one.item TO STDOUT", out);
      assertThat(out).hasToString("1\tone\n2\ttwo\n");
      Sql.run(connection, "DELETE FROM item");
    }
  }

  private void cancels() throws Exception {
    try (Connection connection = cluster.connect("plain");
        Statement statement = connection.createStatement();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.submit(() -> cancelOnceRunning(statement));
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> statement.execute("SELECT pg_sleep(60) /* to be cancelled */"))
          .satisfies(error -> assertThat(error.getSQLState()).isEqualTo("57014"));
      assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  private Void cancelOnceRunning(Statement statement) throws Exception {
    String running =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%to be cancelled%'"
            + " AND pid <> pg_backend_pid()";
    try (Connection observer = cluster.connect("plain")) {
      while (Sql.value(observer, running).equals("0")) {
        Thread.sleep(10);
      }
    }
    statement.cancel();
    return null;
  }

  private void nothingLeaks() throws SQLException {
    try (Connection connection = connect("a", "")) {
      Sql.run(connection, "SET work_mem = '17MB'", "CREATE TEMP TABLE mine (a int)");
      assertThat(Sql.value(connection, "SHOW work_mem")).isEqualTo("17MB");
    }
    try (Connection connection = connect("a", "")) {
      assertThat(Sql.value(connection, "SHOW work_mem")).isNotEqualTo("17MB");
      assertThat(Sql.value(connection, "SELECT to_regclass('pg_temp.mine')")).isNull();
    }
  }
}
