package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.config.SslMode;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.interfaces.ECPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every problem with a TLS setting is one sentence that names the setting and the file. */
class TlsFilesTest {
  /** The object identifier of P-256. */
  private static final byte[] CURVE = HexFormat.of().parseHex("06082a8648ce3d030107");

  @TempDir private Path directory;
  private TlsFiles files;
  private X509Bundle issued;

  @BeforeEach
  void issue() {
    files = new TlsFiles(directory, "server");
    issued = files.issue("db.example.org");
  }

  private static void assertProblem(TlsOptions options, String sentence) {
    assertThatThrownBy(() -> TlsContexts.forClients(options, notice -> {}))
        .isInstanceOf(TlsException.class)
        .hasMessage(sentence);
  }

  private TlsOptions options(Path key, Path certificate, Path authority) {
    return new TlsOptions(SslMode.REQUIRE, key, certificate, authority);
  }

  @Test
  void settingsThatAreMissing() {
    assertProblem(
        options(null, files.certificate(), null),
        "client_tls_key_file is not set, but client_tls_sslmode needs it");
    assertProblem(
        options(files.key(), null, null),
        "client_tls_cert_file is not set, but client_tls_sslmode needs it");
    assertProblem(
        files.own(SslMode.VERIFY_FULL),
        "client_tls_ca_file is not set, but client_tls_sslmode needs it");
  }

  @Test
  void filesThatAreMissing() {
    Path nowhere = directory.resolve("nowhere");

    assertProblem(
        options(nowhere, files.certificate(), null),
        "client_tls_key_file: file " + nowhere + " does not exist");
    assertProblem(
        options(files.key(), nowhere, null),
        "client_tls_cert_file: file " + nowhere + " does not exist");
    assertProblem(
        options(files.key(), files.certificate(), nowhere),
        "client_tls_ca_file: file " + nowhere + " does not exist");
  }

  @Test
  void aDirectoryCannotBeRead() {
    assertThatThrownBy(
            () ->
                TlsContexts.forClients(options(directory, files.certificate(), null), notice -> {}))
        .hasMessageStartingWith("client_tls_key_file: file " + directory + " cannot be read: ");
  }

  @Test
  void filesThatHoldSomethingElse() {
    assertProblem(
        options(files.certificate(), files.certificate(), null),
        "client_tls_key_file: file " + files.certificate() + " has no private key in PEM format");
    assertProblem(
        options(files.key(), files.key(), null),
        "client_tls_cert_file: file " + files.key() + " has no certificate in PEM format");
    Path broken = files.write("broken", pem("CERTIFICATE", new byte[] {1, 2, 3}));
    assertProblem(
        options(files.key(), broken, null),
        "client_tls_cert_file: file " + broken + " has a malformed certificate");
    Path encrypted = files.write("encrypted", pem("ENCRYPTED PRIVATE KEY", new byte[] {1}));
    assertProblem(
        options(encrypted, files.certificate(), null),
        "client_tls_key_file: file "
            + encrypted
            + " is encrypted: store the key without passphrase");
  }

  @Test
  void aKeyOfAnotherCertificate() {
    TlsFiles other = new TlsFiles(directory, "other");
    for (X509Bundle bundle :
        new X509Bundle[] {other.issue("x.example.org"), other.issueRsa("x.example.org")}) {
      assertThat(bundle.getPrivateKeyPEM()).isNotEqualTo(issued.getPrivateKeyPEM());
      assertProblem(
          options(other.key(), files.certificate(), null),
          "client_tls_cert_file: file "
              + files.certificate()
              + " does not belong to the private key of client_tls_key_file: "
              + other.key());
    }
  }

  @Test
  void wordsThatAreUnknown() {
    assertProblem(
        new TlsOptions(
            SslMode.REQUIRE, files.key(), files.certificate(), null, "sslv3", "default", ""),
        "client_tls_protocols: \"sslv3\" is not one of secure, all, tlsv1.0, tlsv1.1, tlsv1.2,"
            + " tlsv1.3");
    assertThatThrownBy(
            () ->
                TlsContexts.forServers(
                    new TlsOptions(SslMode.REQUIRE, null, null, null, "secure", "ROT13", ""),
                    notice -> {}))
        .isInstanceOf(TlsException.class)
        .hasMessageContaining("server_tls")
        .hasMessageContaining("ROT13");
  }

  @Test
  void problemsOfTheServerSideAreNamedAfterIt() {
    Path nowhere = directory.resolve("nowhere");
    assertThatThrownBy(
            () ->
                TlsContexts.forServers(
                    options(files.key(), files.certificate(), nowhere), notice -> {}))
        .hasMessage("server_tls_ca_file: file " + nowhere + " does not exist");
  }

  @Test
  void keysInTheFormatsOfOldOpensslAreRead() throws TlsException {
    ECPrivateKey ecKey = (ECPrivateKey) issued.getKeyPair().getPrivate();
    String parameters = pem("EC PARAMETERS", CURVE);
    Path ec = files.write("ec.key", parameters + pem("EC PRIVATE KEY", sec1(ecKey)));
    assertUsable(ec);

    byte[] pkcs8 = files.issueRsa("db.example.org").getKeyPair().getPrivate().getEncoded();
    byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length);
    assertUsable(files.write("rsa.key", pem("RSA PRIVATE KEY", pkcs1)));
  }

  private void assertUsable(Path key) throws TlsException {
    SslContext context =
        TlsContexts.forClients(options(key, files.certificate(), null), notice -> {});
    assertThat(context.isServer()).isTrue();
    ReferenceCountUtil.release(context);
  }

  /** As {@code openssl ecparam -genkey} writes it, without the public key. */
  private static byte[] sec1(ECPrivateKey key) {
    byte[] number = key.getS().toByteArray();
    byte[] secret = new byte[32];
    int length = Math.min(number.length, 32);
    System.arraycopy(number, number.length - length, secret, 32 - length, length);
    return ByteBuffer.allocate(51)
        .put(new byte[] {0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20})
        .put(secret)
        .put(new byte[] {(byte) 0xa0, 0x0a})
        .put(CURVE)
        .array();
  }

  private static String pem(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
