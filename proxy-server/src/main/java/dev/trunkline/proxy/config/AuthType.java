package dev.trunkline.proxy.config;

/** How clients prove who they are: PgBouncer's {@code auth_type}, as far as it is supported. */
public enum AuthType {
  /** No password; the user must be configured. */
  TRUST,
  /** Clear text password. */
  PLAIN,
  /** MD5 challenge; SCRAM instead where the stored secret is a SCRAM one. */
  MD5,
  /** SCRAM-SHA-256. */
  SCRAM_SHA_256
}
