package dev.trunkline.proxy.auth;

import dev.trunkline.proxy.config.SslMode;
import java.nio.file.Path;

/**
 * The {@code client_tls_*} or {@code server_tls_*} settings, in PgBouncer's words.
 *
 * @param mode of libpq's {@code sslmode}
 * @param keyFile private key in PEM, or null
 * @param certFile certificate chain in PEM, own certificate first, or null
 * @param caFile certificates in PEM that others are verified with, or null
 * @param protocols {@code secure}, {@code all} or a list such as {@code tlsv1.2,tlsv1.3}
 * @param ciphers {@code default} or names of TLS 1.2 suites, separated by colons
 * @param ciphers13 {@code ""} for the default or names of TLS 1.3 suites, separated by colons
 */
public record TlsOptions(
    SslMode mode,
    Path keyFile,
    Path certFile,
    Path caFile,
    String protocols,
    String ciphers,
    String ciphers13) {
  /** A mode with PgBouncer's defaults for all that is not a file. */
  public TlsOptions(SslMode mode, Path keyFile, Path certFile, Path caFile) {
    this(mode, keyFile, certFile, caFile, "secure", "default", "");
  }
}
