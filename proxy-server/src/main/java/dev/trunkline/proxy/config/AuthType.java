package dev.trunkline.proxy.config;

/** How clients prove who they are: PgBouncer's {@code auth_type}; {@code pam} is refused. */
public enum AuthType {
  /** Not at all, and the name does not count: every database needs a forced user. */
  ANY,
  /** No password; the user must be configured. */
  TRUST,
  /** Clear text password. */
  PLAIN,
  /** MD5 challenge; SCRAM instead where the stored secret is a SCRAM one. */
  MD5,
  /** SCRAM-SHA-256. */
  SCRAM_SHA_256,
  /** A TLS certificate with the user's name in it. */
  CERT,
  /** As the rules of {@code auth_hba_file} say. */
  HBA,
  /** Clear text password that an LDAP server checks. */
  LDAP
}
