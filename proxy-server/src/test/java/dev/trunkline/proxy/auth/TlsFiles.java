package dev.trunkline.proxy.auth;

import dev.trunkline.proxy.config.SslMode;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;

/** A certificate authority for one test, writing PEM files into the test's directory. */
public final class TlsFiles {
  private final Path directory;
  private final String name;
  private final X509Bundle authority;

  public TlsFiles(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    this.authority =
        made(() -> certificate(name).setIsCertificateAuthority(true).buildSelfSigned());
    write(name + ".ca", authority.getCertificatePEM());
  }

  private interface Work<T> {
    T run() throws Exception;
  }

  private static <T> T made(Work<T> work) {
    try {
      return work.run();
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  private static CertificateBuilder certificate(String commonName) {
    return new CertificateBuilder()
        .subject("CN=" + commonName)
        .notBefore(Instant.now().minus(Duration.ofDays(10)))
        .notAfter(Instant.now().plus(Duration.ofDays(10)))
        .ecp256();
  }

  public Path authority() {
    return directory.resolve(name + ".ca");
  }

  public Path certificate() {
    return directory.resolve(name + ".crt");
  }

  public Path key() {
    return directory.resolve(name + ".key");
  }

  /** Issues a certificate for a host (or user); files as {@link #certificate} and {@link #key}. */
  X509Bundle issue(String host) {
    return write(made(() -> certificate(host).addSanDnsName(host).buildIssuedBy(authority)));
  }

  /** Issues a certificate for 127.0.0.1, and for no name. */
  public X509Bundle issueLoopback() {
    return write(
        made(() -> certificate("loopback").addSanIpAddress("127.0.0.1").buildIssuedBy(authority)));
  }

  /** Issues a certificate for a user; its key as pgjdbc reads it (PKCS#8, DER). */
  public Path issueClient(String user) throws IOException {
    X509Bundle issued = issue(user);
    Path der = directory.resolve(name + ".pk8");
    Files.write(der, issued.getKeyPair().getPrivate().getEncoded());
    return Files.setPosixFilePermissions(der, PosixFilePermissions.fromString("rw-------"));
  }

  X509Bundle issueRsa(String host) {
    return write(
        made(() -> certificate(host).addSanDnsName(host).rsa2048().buildIssuedBy(authority)));
  }

  X509Bundle issueExpired(String host) {
    return write(
        made(
            () ->
                certificate(host)
                    .addSanDnsName(host)
                    .notAfter(Instant.now().minus(Duration.ofDays(1)))
                    .buildIssuedBy(authority)));
  }

  /** Options with the issued key pair. */
  TlsOptions own(SslMode mode) {
    return new TlsOptions(mode, key(), certificate(), null);
  }

  /** Options with the issued key pair that trust the given authority. */
  TlsOptions own(SslMode mode, TlsFiles trusted) {
    return new TlsOptions(mode, key(), certificate(), trusted.authority());
  }

  /** Options that trust this authority and have no key pair. */
  TlsOptions trusting(SslMode mode) {
    return new TlsOptions(mode, null, null, authority());
  }

  private X509Bundle write(X509Bundle issued) {
    write(name + ".crt", issued.getCertificatePathPEM());
    write(name + ".key", issued.getPrivateKeyPEM());
    return issued;
  }

  Path write(String file, String text) {
    try {
      return Files.writeString(directory.resolve(file), text);
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }
}
