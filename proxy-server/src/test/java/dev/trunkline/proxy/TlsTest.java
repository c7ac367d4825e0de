package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.auth.TlsFiles;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS from pgjdbc to the proxy, and from the proxy to a PostgreSQL server that speaks it. */
@Timeout(120)
class TlsTest {
  private static final String ENCRYPTED =
      "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

  @TempDir private static Path directory;
  private static TlsFiles files;
  private static TlsFiles stranger;
  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws IOException, SQLException {
    stranger = new TlsFiles(directory, "stranger");
    files = new TlsFiles(directory, "local");
    files.issueLoopback();
    Files.setPosixFilePermissions(files.key(), PosixFilePermissions.fromString("rw-------"));
    postgres =
        EmbeddedPostgres.builder()
            .setServerConfig("shared_buffers", "32MB")
            .setServerConfig("ssl", "on")
            .setServerConfig("ssl_cert_file", files.certificate().toString())
            .setServerConfig("ssl_key_file", files.key().toString())
            .start();
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE ROLE app LOGIN");
    }
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  // ---- clients ----

  private static TestCluster clientTls(String mode) {
    return TestCluster.start(
        """
        pgbouncer.client_tls_sslmode = %s
        pgbouncer.client_tls_key_file = "%s"
        pgbouncer.client_tls_cert_file = "%s"
        """
            .formatted(mode, files.key(), files.certificate()));
  }

  private static String verifyFull(TlsFiles trusted) {
    return "sslmode=verify-full&sslrootcert=" + trusted.authority();
  }

  private static void assertWorks(TestCluster cluster, String options) throws SQLException {
    try (Connection connection = cluster.connect("plain", options)) {
      assertThat(Sql.value(connection, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void requiredTlsLetsEncryptedClientsInAndNoOthers() throws SQLException {
    try (TestCluster cluster = clientTls("require");
        FakeClient plain = FakeClient.connect(cluster.port())) {
      assertWorks(cluster, "sslmode=require");
      assertWorks(cluster, verifyFull(files));
      plain.startup(TestCluster.USER, "plain");
      Message refusal = plain.expect(Tags.Backend.ERROR_RESPONSE);
      assertThat(refusal.fields().sqlstate()).isEqualTo("28000");
      assertThat(refusal.fields().message()).isEqualTo("SSL required");
      plain.expectClosed();
    }
  }

  @Test
  void clientsThatDoNotTrustTheProxysAuthorityTurnAway() throws SQLException {
    try (TestCluster cluster = clientTls("require")) {
      assertThatThrownBy(() -> assertWorks(cluster, verifyFull(stranger)))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("SSL error");
      assertWorks(cluster, verifyFull(files));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"allow", "prefer"})
  void optionalTlsIsTheClientsChoice(String mode) throws SQLException {
    try (TestCluster cluster = clientTls(mode)) {
      assertWorks(cluster, "sslmode=disable");
      assertWorks(cluster, "sslmode=require");
    }
  }

  @Test
  void disabledTlsIsDeclined() throws SQLException {
    try (TestCluster cluster = clientTls("disable");
        FakeClient client = FakeClient.connect(cluster.port())) {
      client.send(Frontend::sslRequest);
      assertThat(client.receiveBytes(1)).containsExactly('N');
      client.login(TestCluster.USER, "plain", TestCluster.PASSWORD);
      assertThatThrownBy(() -> assertWorks(cluster, "sslmode=require"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("does not support SSL");
    }
  }

  @Test
  void unencryptedBytesBehindTheRequestAreRefused() {
    try (TestCluster cluster = clientTls("prefer");
        FakeClient client = FakeClient.connect(cluster.port())) {
      client.send(
          out -> {
            Frontend.sslRequest(out);
            Frontend.startup(out, 0, Map.of("user", TestCluster.USER, "database", "plain"));
          });
      Message refusal = client.expect(Tags.Backend.ERROR_RESPONSE);
      assertThat(refusal.fields().sqlstate()).isEqualTo("08P01");
      assertThat(refusal.fields().message()).contains("unencrypted data after SSL request");
      client.expectClosed();
    }
  }

  @Test
  void showClientsTellsTheTlsVersion() throws SQLException {
    Map<String, String> tlsByUser = new HashMap<>();
    try (TestCluster cluster = clientTls("prefer");
        Connection plain = cluster.connect("plain", "sslmode=disable");
        Connection console =
            cluster.connect("pgbouncer", "user=admin&sslmode=require&preferQueryMode=simple");
        Statement statement = console.createStatement();
        ResultSet rows = statement.executeQuery("SHOW CLIENTS")) {
      while (rows.next()) {
        tlsByUser.put(rows.getString("user"), rows.getString("tls"));
      }
      assertThat(plain.isValid(10)).isTrue();
    }
    assertThat(tlsByUser.get("admin")).startsWith("TLSv1.3/TLS_");
    assertThat(tlsByUser.get(TestCluster.USER)).isEmpty();
  }

  // ---- direct TLS ----

  @Test
  void directTlsSavesTheRequest() throws SQLException {
    try (TestCluster cluster = clientTls("require")) {
      assertWorks(cluster, "sslmode=require&sslNegotiation=direct");
      assertWorks(cluster, verifyFull(files) + "&sslNegotiation=direct");
    }
  }

  private static SSLSocket directTls(TestCluster cluster, String... protocols) throws IOException {
    JdkSslContext context =
        (JdkSslContext)
            SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .trustManager(files.authority().toFile())
                .build();
    SSLSocket socket =
        (SSLSocket) context.context().getSocketFactory().createSocket("127.0.0.1", cluster.port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static void assertDropped(SSLSocket socket) throws IOException {
    try (socket) {
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEmpty();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset"); // an end too
    }
  }

  @Test
  void directTlsWithoutItsApplicationProtocolIsDropped() throws IOException {
    try (TestCluster cluster = clientTls("require")) {
      assertDropped(directTls(cluster));
      assertDropped(directTls(cluster, "http/1.1"));
      try (SSLSocket right = directTls(cluster, "postgresql")) {
        right.startHandshake();
        assertThat(right.getApplicationProtocol()).isEqualTo("postgresql");
        right.getOutputStream().write(Message.bytes(Frontend::gssEncRequest));
        assertThat(right.getInputStream().read()).isEqualTo('N');
      }
    }
  }

  // ---- servers ----

  private static TestCluster serverTls(String mode, String host, TlsFiles trusted) {
    String authority = trusted == null ? "" : trusted.authority().toString();
    return TestCluster.start(
        """
        pgbouncer { server_tls_sslmode = %s, server_tls_ca_file = "%s", query_wait_timeout = 5 }
        databases.plain { host = %s, port = %d }
        """
            .formatted(mode, authority, '"' + host + '"', postgres.getPort()));
  }

  private static void assertServerTls(String mode, TlsFiles trusted, boolean encrypted)
      throws SQLException {
    try (TestCluster cluster = serverTls(mode, "127.0.0.1", trusted);
        Connection connection = cluster.connect("plain")) {
      assertThat(Sql.value(connection, ENCRYPTED)).isEqualTo(encrypted ? "t" : "f");
    }
  }

  private static void assertServerRefused(
      String mode, String host, TlsFiles trusted, String detail) {
    try (TestCluster cluster = serverTls(mode, host, trusted)) {
      assertThatThrownBy(() -> assertWorks(cluster, "sslmode=disable"))
          .isInstanceOfSatisfying(
              SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo("08001"))
          .hasMessageContaining("TLS handshake with server failed: " + host)
          .hasMessageContaining(detail);
    }
  }

  @Test
  void serversAreTalkedToAsTheModeSays() throws SQLException {
    assertServerTls("disable", null, false);
    assertServerTls("prefer", null, true);
    assertServerTls("require", null, true);
  }

  @Test
  void serversOfATrustedAuthorityAreVerified() throws SQLException {
    assertServerTls("require", files, true);
    assertServerTls("verify-ca", files, true);
    assertServerTls("verify-full", files, true);
  }

  @ParameterizedTest
  @ValueSource(strings = {"require", "verify-ca", "verify-full"})
  void serversOfAnotherAuthorityAreRefused(String mode) {
    assertServerRefused(mode, "127.0.0.1", stranger, "unable to find valid certification path");
  }

  @Test
  void onlyFullVerificationLooksAtTheServersName() throws SQLException {
    assertServerRefused("verify-full", "localhost", files, "matching localhost found");
    try (TestCluster cluster = serverTls("verify-ca", "localhost", files)) {
      assertWorks(cluster, "sslmode=disable");
    }
  }

  @Test
  void serversWithoutTlsAreRefusedWhereItIsRequired() {
    try (TestCluster cluster =
        TestCluster.start("pgbouncer { server_tls_sslmode = require, query_wait_timeout = 5 }")) {
      assertThatThrownBy(() -> assertWorks(cluster, "sslmode=disable"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("server does not support TLS");
    }
  }
}
