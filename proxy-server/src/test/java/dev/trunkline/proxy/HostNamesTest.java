package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers by name, at a server that has several addresses. */
@Timeout(60)
class HostNamesTest {
  private static final String ADDRESS = "SELECT host(inet_server_addr())";

  private static EmbeddedPostgres server;
  private TestCluster cluster;

  @BeforeAll
  static void startServer() throws IOException, SQLException {
    server = EmbeddedPostgres.builder().setServerConfig("listen_addresses", "*").start();
    try (Connection direct = server.getPostgresDatabase().getConnection()) {
      Sql.run(direct, "CREATE ROLE app LOGIN PASSWORD 'secret'");
    }
  }

  @AfterAll
  static void stopServer() throws IOException {
    server.close();
  }

  private void start(String overrides) {
    cluster =
        TestCluster.start(
            """
            pgbouncer { dns_max_ttl = 1, dns_nxdomain_ttl = 1, pool_mode = transaction }
            databases.named { host = db.trunkline.test, port = %d, dbname = postgres }
            """
                    .formatted(server.getPort())
                + overrides);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static void awaits(Connection client, String address) throws Exception {
    for (int i = 0; i < 500 && !Sql.value(client, ADDRESS).equals(address); i++) {
      Thread.sleep(10);
    }
    assertThat(Sql.value(client, ADDRESS)).isEqualTo(address);
  }

  @Test
  void connectionsToAnAddressThatIsGoneAreLeftBetweenTransactions() throws Exception {
    TestNames.set("db", "127.0.0.1");
    start("");
    try (Connection client = cluster.connect("named");
        Connection second = cluster.connect("named")) {
      second.setAutoCommit(false);
      assertThat(Sql.value(second, ADDRESS)).isEqualTo("127.0.0.1");
      assertThat(Sql.value(client, ADDRESS)).isEqualTo("127.0.0.1");
      TestNames.set("db", "127.0.0.2");
      awaits(client, "127.0.0.2");
      assertThat(Sql.value(second, ADDRESS)).isEqualTo("127.0.0.1");
      assertThat(servers()).containsExactlyInAnyOrder("127.0.0.1 1", "127.0.0.2 0");
      second.commit();
      assertThat(Sql.value(second, ADDRESS)).isEqualTo("127.0.0.2");
    }
  }

  private Connection console() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/pgbouncer?user=admin&password=secret&preferQueryMode=simple"
            .formatted(cluster.port()));
  }

  private List<String> servers() throws SQLException {
    try (Connection console = console()) {
      return Sql.column(console, "SELECT addr || ' ' || close_needed FROM servers");
    }
  }

  @Test
  void idleConnectionsToItAreClosed() throws Exception {
    TestNames.set("db", "127.0.0.1");
    start("");
    try (Connection client = cluster.connect("named")) {
      Sql.value(client, ADDRESS);
      TestNames.set("db", "127.0.0.2", "127.0.0.3");
      for (int i = 0; i < 500 && !servers().isEmpty(); i++) {
        Thread.sleep(10);
      }
      assertThat(servers()).isEmpty();
    }
  }

  @Test
  void addressesThatStayKeepTheirConnections() throws Exception {
    TestNames.set("db", "127.0.0.1");
    start("");
    try (Connection client = cluster.connect("named")) {
      String pid = Sql.value(client, "SELECT pg_backend_pid()");
      TestNames.set("db", "127.0.0.2", "127.0.0.1");
      Thread.sleep(2_500);
      assertThat(Sql.value(client, "SELECT pg_backend_pid()")).isEqualTo(pid);
    }
  }

  @Test
  void severalAddressesAreUsedInTurnAndShown() throws Exception {
    TestNames.set("db", "127.0.0.1", "127.0.0.2");
    start("");
    try (Connection one = cluster.connect("named");
        Connection two = cluster.connect("named");
        Connection console = console();
        Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW DNS_HOSTS")) {
      one.setAutoCommit(false);
      Set<String> addresses = new TreeSet<>();
      addresses.add(Sql.value(one, ADDRESS));
      addresses.add(Sql.value(two, ADDRESS));
      assertThat(addresses).containsExactly("127.0.0.1", "127.0.0.2");
      assertThat(rows.next()).isTrue();
      assertThat(rows.getString("hostname")).isEqualTo("db.trunkline.test");
      assertThat(rows.getString("addrs")).isEqualTo("127.0.0.1,127.0.0.2");
      assertThat(rows.getLong("ttl")).isBetween(0L, 1L);
    }
  }

  @Test
  void aNameThatComesToExistIsFound() throws Exception {
    TestNames.set("db");
    start("pgbouncer.query_wait_timeout = 1");
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> cluster.connect("named"))
        .withMessageContaining("connect failed");
    TestNames.set("db", "127.0.0.1");
    try (Connection client = connectsAtLast()) {
      assertThat(Sql.value(client, ADDRESS)).isEqualTo("127.0.0.1");
    }
  }

  /** server_login_retry and dns_nxdomain_ttl each want their second. */
  private Connection connectsAtLast() throws SQLException, InterruptedException {
    for (int i = 0; i < 20; i++) {
      try {
        return cluster.connect("named");
      } catch (SQLException notYet) {
        Thread.sleep(250);
      }
    }
    return cluster.connect("named");
  }
}
