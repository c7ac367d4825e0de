package dev.trunkline.proxy.config;

/** libpq's {@code sslmode}, used for clients ({@code client_tls_sslmode}) and servers. */
public enum SslMode {
  DISABLE,
  ALLOW,
  PREFER,
  REQUIRE,
  VERIFY_CA,
  VERIFY_FULL
}
