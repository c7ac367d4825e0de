package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldif.LDIFException;
import dev.trunkline.proxy.auth.TlsFiles;
import dev.trunkline.proxy.config.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every way to log in, from pgjdbc through the proxy to PostgreSQL. */
@Timeout(120)
class AuthenticationTest {
  @TempDir private static Path directory;

  @BeforeAll
  static void makeRoles() throws SQLException {
    try (Connection connection = TestCluster.direct(0);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "DROP ROLE IF EXISTS looked_up; CREATE ROLE looked_up LOGIN PASSWORD 'first';"
              + "DROP ROLE IF EXISTS no_secret; CREATE ROLE no_secret LOGIN");
    }
  }

  private static void assertLogin(TestCluster cluster, String user, String password, String options)
      throws SQLException {
    try (Connection connection = connect(cluster, "plain", user, password, options)) {
      assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo(user);
    }
  }

  private static Connection connect(
      TestCluster cluster, String database, String user, String password, String options)
      throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=%s&socketTimeout=20&%s"
            .formatted(cluster.port(), database, user, password, options));
  }

  private static void assertRefused(
      TestCluster cluster, String user, String password, String sqlstate, String message) {
    assertThatThrownBy(() -> connect(cluster, "plain", user, password, "").close())
        .isInstanceOfSatisfying(
            SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo(sqlstate))
        .hasMessageContaining(message);
  }

  private static Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  @Test
  void theAuthFileIsReadAgainByReload() throws IOException, SQLException, ConfigException {
    Path file = write("users.txt", "\"looked_up\" \"one\"\n\"app\" \"not this one\"\n");
    try (TestCluster cluster = TestCluster.start("pgbouncer.auth_file = \"" + file + "\"")) {
      assertLogin(cluster, "looked_up", "one", "");
      assertLogin(cluster, "app", "secret", "");
      write("users.txt", "\"looked_up\" \"two\"\n");
      cluster.proxy().reload();
      assertRefused(cluster, "looked_up", "one", "28P01", "SASL authentication failed");
      assertLogin(cluster, "looked_up", "two", "");
      write("users.txt", "broken\n");
      assertThatThrownBy(() -> cluster.proxy().reload()).isInstanceOf(ConfigException.class);
      assertLogin(cluster, "looked_up", "two", "");
    }
  }

  @Test
  void authQueryFindsUsersAndFollowsChangedPasswords() throws SQLException {
    try (TestCluster cluster =
            TestCluster.start(
                "pgbouncer { auth_user = postgres }, databases.plain.auth_dbname = plain");
        Connection direct = TestCluster.direct(0);
        Statement statement = direct.createStatement()) {
      assertLogin(cluster, "looked_up", "first", "");
      assertRefused(cluster, "looked_up", "wrong", "28P01", "SASL authentication failed");
      assertRefused(cluster, "nobody", "x", "28000", "no such user");
      assertRefused(cluster, "no_secret", "x", "28P01", "SASL authentication failed");
      assertLogin(cluster, "looked_up", "first", ""); // remembered from now on
      statement.execute("ALTER ROLE looked_up PASSWORD 'second'");
      assertRefused(cluster, "looked_up", "second", "28P01", "SASL authentication failed");
      assertLogin(cluster, "looked_up", "second", ""); // the failure has made it ask again
      statement.execute("ALTER ROLE looked_up PASSWORD 'first'");
    }
  }

  @Test
  void anAuthQueryThatCannotServeIsAConfigurationError() {
    for (String query : new String[] {"SELECT 1", "SELECT $1::text, 1, 2", "SELECT broken"}) {
      try (TestCluster cluster =
          TestCluster.start("pgbouncer { auth_user = postgres, auth_query = \"" + query + "\" }")) {
        assertRefused(cluster, "looked_up", "first", "F0000", "bouncer config error");
      }
    }
  }

  @Test
  void channelBindingWorksAndCanBeRequired() throws IOException, SQLException {
    TlsFiles files = new TlsFiles(directory, "bound");
    files.issueLoopback();
    try (TestCluster cluster =
        TestCluster.start(
            """
            pgbouncer { client_tls_sslmode = require
              client_tls_key_file = "%s", client_tls_cert_file = "%s" }
            """
                .formatted(files.key(), files.certificate()))) {
      assertLogin(cluster, "app", "secret", "sslmode=require&channelBinding=require");
      assertLogin(cluster, "app", "secret", "sslmode=require&channelBinding=disable");
    }
  }

  @Test
  void rulesDecide() throws IOException, SQLException {
    Path rules =
        write(
            "hba.conf",
            """
            host plain looked_up 127.0.0.1/32 reject
            host plain app 127.0.0.0/8 md5
            nonsense
            host all admin all trust
            """);
    try (TestCluster cluster =
        TestCluster.start(
            """
            pgbouncer { auth_type = hba, auth_hba_file = "%s" }, users.looked_up.password = x
            """
                .formatted(rules))) {
      assertLogin(cluster, "app", "secret", "");
      assertLogin(cluster, "admin", "whatever", "");
      assertRefused(cluster, "looked_up", "x", "28000", "login rejected");
      assertRefused(cluster, "stranger", "x", "28000", "no authentication method is found");
    }
  }

  @Test
  void underAnyTheDatabaseSaysWhoOneIs() throws SQLException {
    try (TestCluster cluster =
        TestCluster.start("pgbouncer.auth_type = any, databases.plain.user = app")) {
      try (Connection connection = connect(cluster, "plain", "whoever", "x", "")) {
        assertThat(Sql.value(connection, "SELECT current_user")).isEqualTo("app");
      }
      assertThatThrownBy(() -> connect(cluster, "plain2", "whoever", "x", "").close())
          .hasMessageContaining("bouncer config error");
    }
  }

  @Test
  void anLdapServerChecksPasswords() throws LDAPException, LDIFException, SQLException {
    InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=example");
    config.addAdditionalBindCredentials("cn=finder", "found");
    config.setSchema(null);
    try (InMemoryDirectoryServer ldap = new InMemoryDirectoryServer(config)) {
      ldap.add("dn: dc=example", "objectClass: domain", "dc: example");
      ldap.add("dn: uid=app,dc=example", "objectClass: person", "uid: app", "userPassword: secret");
      ldap.startListening();
      String server = "ldapserver=127.0.0.1 ldapport=" + ldap.getListenPort();
      assertLdap(server + " ldapprefix=uid= ldapsuffix=,dc=example");
      assertLdap(server + " ldapbasedn=dc=example ldapbinddn=cn=finder ldapbindpasswd=found");
    }
  }

  private static void assertLdap(String options) throws SQLException {
    try (TestCluster cluster =
        TestCluster.start(
            "pgbouncer { auth_type = ldap, auth_ldap_options = \"" + options + "\" }")) {
      assertLogin(cluster, "app", "secret", "");
      assertRefused(cluster, "app", "wrong", "28P01", "LDAP authentication failed");
      assertRefused(cluster, "nobody", "x", "28P01", "LDAP authentication failed");
      assertRefused(cluster, "*", "secret", "28P01", "LDAP authentication failed");
    }
  }

  @Test
  void aCertificateNamesTheUser() throws IOException, SQLException {
    TlsFiles files = new TlsFiles(directory, "named");
    files.issueLoopback();
    TlsFiles clients = new TlsFiles(directory, "clients");
    Path key = clients.issueClient("app");
    try (TestCluster cluster =
        TestCluster.start(
            """
            pgbouncer { auth_type = cert, client_tls_sslmode = verify-full
              client_tls_key_file = "%s", client_tls_cert_file = "%s", client_tls_ca_file = "%s" }
            """
                .formatted(files.key(), files.certificate(), clients.authority()))) {
      String options = "sslmode=require&sslcert=" + clients.certificate() + "&sslkey=" + key;
      assertLogin(cluster, "app", "", options);
      assertThatThrownBy(() -> connect(cluster, "plain", "admin", "", options).close())
          .hasMessageContaining("certificate authentication failed");
    }
  }

  @Test
  void theConsoleIsForThoseThatAreListed() throws SQLException {
    try (TestCluster cluster = TestCluster.start("")) {
      assertThatThrownBy(() -> connect(cluster, "pgbouncer", "app", "secret", "").close())
          .isInstanceOfSatisfying(
              SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo("28000"))
          .hasMessageContaining("not allowed");
    }
  }
}
