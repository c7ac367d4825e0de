package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.config.SslMode;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsHandshakeTest {
  private static final String HOST = "db.example.org";

  @TempDir private Path directory;
  @TempDir private Path other;
  private final List<Object> contexts = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private TlsFiles server;
  private TlsFiles client;
  private TlsFiles impostor;

  @BeforeEach
  void issue() {
    server = new TlsFiles(directory, "server");
    server.issue(HOST);
    client = new TlsFiles(directory, "client");
    client.issue("bob");
    // Of the same name: Java shows no certificate whose issuer the listener has not named.
    impostor = new TlsFiles(other, "client");
    impostor.issue("bob");
  }

  @AfterEach
  void release() {
    contexts.forEach(ReferenceCountUtil::release);
  }

  private SslContext listener(TlsOptions options) throws TlsException {
    SslContext context = TlsContexts.forClients(options, notices::add);
    contexts.add(context);
    return context;
  }

  private SslContext dialer(TlsOptions options) throws TlsException {
    SslContext context = TlsContexts.forServers(options, notices::add);
    contexts.add(context);
    return context;
  }

  private Handshake shake(TlsOptions dialing, TlsOptions listening, String host)
      throws TlsException {
    return new Handshake(dialer(dialing), listener(listening), host);
  }

  private void assertSuccess(TlsOptions dialing, TlsOptions listening, String host)
      throws TlsException {
    try (Handshake handshake = shake(dialing, listening, host)) {
      assertThat(handshake.succeeded()).as(handshake.failure()).isTrue();
    }
  }

  private void assertFailure(TlsOptions dialing, TlsOptions listening, String host)
      throws TlsException {
    try (Handshake handshake = shake(dialing, listening, host)) {
      assertThat(handshake.succeeded()).isFalse();
    }
  }

  private static TlsOptions trustingNobody(SslMode mode) {
    return new TlsOptions(mode, null, null, null);
  }

  @Test
  void boringSslDoesTheWorkAndTheSessionIsDescribed() throws TlsException {
    assertThat(OpenSsl.isAvailable()).isTrue();
    try (Handshake handshake =
        shake(trustingNobody(SslMode.REQUIRE), server.own(SslMode.REQUIRE), HOST)) {
      String described = TlsContexts.describe(handshake.serverTls.engine().getSession());

      assertThat(described).matches("TLSv1\\.3/TLS_[A-Z0-9_]+");
      assertThat(handshake.clientTls.applicationProtocol()).isEqualTo("postgresql");
      assertThat(handshake.serverTls.applicationProtocol()).isEqualTo("postgresql");
      assertThat(handshake.serverTls.engine().getClass().getSimpleName()).contains("OpenSsl");
      assertThat(notices).isEmpty();
    }
  }

  // ---- proxy to server ----

  @ParameterizedTest
  @EnumSource(names = {"ALLOW", "PREFER", "REQUIRE"})
  void withoutAuthorityAnyServerWillDo(SslMode mode) throws TlsException {
    assertSuccess(trustingNobody(mode), server.own(SslMode.REQUIRE), "other.example.org");
  }

  @ParameterizedTest
  @EnumSource(names = {"ALLOW", "PREFER", "REQUIRE", "VERIFY_CA"})
  void withAnAuthorityTheCertificateIsVerifiedButNotTheName(SslMode mode) throws TlsException {
    assertSuccess(server.trusting(mode), server.own(SslMode.REQUIRE), "other.example.org");
    assertFailure(client.trusting(mode), server.own(SslMode.REQUIRE), HOST);
  }

  @Test
  void verifyFullVerifiesTheNameToo() throws TlsException {
    TlsOptions full = server.trusting(SslMode.VERIFY_FULL);

    assertSuccess(full, server.own(SslMode.REQUIRE), HOST);
    assertFailure(full, server.own(SslMode.REQUIRE), "other.example.org");
    assertFailure(client.trusting(SslMode.VERIFY_FULL), server.own(SslMode.REQUIRE), HOST);
  }

  @ParameterizedTest
  @EnumSource(names = {"VERIFY_CA", "VERIFY_FULL"})
  void withoutAuthorityOnlyTheRuntimesAreTrusted(SslMode mode) throws TlsException {
    assertFailure(trustingNobody(mode), server.own(SslMode.REQUIRE), HOST);
  }

  @Test
  void anExpiredServerIsRefusedAndTheListenerHasSaidSo() throws TlsException {
    server.issueExpired(HOST);

    assertFailure(server.trusting(SslMode.VERIFY_CA), server.own(SslMode.REQUIRE), HOST);

    assertThat(notices)
        .hasSize(1)
        .first()
        .asString()
        .startsWith("client_tls_cert_file: certificate");
  }

  // ---- client to proxy ----

  @ParameterizedTest
  @EnumSource(names = {"VERIFY_CA", "VERIFY_FULL"})
  void aClientCertificateIsDemanded(SslMode mode) throws TlsException {
    TlsOptions listening = server.own(mode, client);

    assertSuccess(client.own(SslMode.REQUIRE), listening, HOST);
    assertFailure(trustingNobody(SslMode.REQUIRE), listening, HOST);
    assertFailure(impostor.own(SslMode.REQUIRE), listening, HOST);
  }

  @ParameterizedTest
  @EnumSource(names = {"ALLOW", "PREFER", "REQUIRE"})
  void aClientCertificateIsVerifiedIfShown(SslMode mode) throws TlsException {
    TlsOptions listening = server.own(mode, client);

    assertSuccess(client.own(SslMode.REQUIRE), listening, HOST);
    assertSuccess(trustingNobody(SslMode.REQUIRE), listening, HOST);
    assertFailure(impostor.own(SslMode.REQUIRE), listening, HOST);
  }

  @Test
  void anExpiredClientIsRefused() throws TlsException {
    client.issueExpired("bob");

    assertFailure(client.own(SslMode.REQUIRE), server.own(SslMode.REQUIRE, client), HOST);
  }

  // ---- protocols and ciphers ----

  @Test
  void protocolsAndCiphersAreThoseAskedFor() throws TlsException {
    TlsOptions old = choosing("tlsv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", "");
    try (Handshake handshake = shake(trustingNobody(SslMode.REQUIRE), old, HOST)) {
      assertThat(TlsContexts.describe(handshake.clientTls.engine().getSession()))
          .isEqualTo("TLSv1.2/TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    }
  }

  @Test
  void ciphersOfTls12LeaveTls13Alone() throws TlsException {
    TlsOptions both = choosing("secure", "ECDHE-ECDSA-AES256-GCM-SHA384", "");
    try (Handshake handshake = shake(trustingNobody(SslMode.REQUIRE), both, HOST)) {
      assertThat(TlsContexts.describe(handshake.clientTls.engine().getSession()))
          .startsWith("TLSv1.3/");
    }
  }

  @Test
  void ciphersOfTls13NeedTheJdkWhichTheNoticesSay() throws TlsException {
    TlsOptions chosen = choosing("secure", "default", "TLS_CHACHA20_POLY1305_SHA256");
    try (Handshake handshake = shake(trustingNobody(SslMode.REQUIRE), chosen, HOST)) {
      assertThat(TlsContexts.describe(handshake.clientTls.engine().getSession()))
          .isEqualTo("TLSv1.3/TLS_CHACHA20_POLY1305_SHA256");
      assertThat(handshake.serverTls.applicationProtocol()).isEqualTo("postgresql");
    }
    assertThat(notices).hasSize(1).first().asString().contains("TLS runs on the JDK");
  }

  @Test
  void withoutACommonProtocolThereIsNoConnection() throws TlsException {
    TlsOptions old = new TlsOptions(SslMode.REQUIRE, null, null, null, "tlsv1.2", "default", "");

    assertFailure(old, choosing("tlsv1.3", "default", ""), HOST);
  }

  private TlsOptions choosing(String protocols, String ciphers, String ciphers13) {
    return new TlsOptions(
        SslMode.REQUIRE, server.key(), server.certificate(), null, protocols, ciphers, ciphers13);
  }
}
