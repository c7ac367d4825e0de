package dev.trunkline.proxy.auth;

/** How one client has to prove who it is: what {@code auth_type} or a rule of the file says. */
public enum Method {
  /** Not at all, not even by a name that is known. */
  ANY,
  /** No password; the name must be known. */
  TRUST,
  /** It is refused whatever it can show. */
  REJECT,
  /** Clear text password. */
  PLAIN,
  /** MD5 challenge; SCRAM instead where the stored secret is a SCRAM one. */
  MD5,
  /** SCRAM-SHA-256, over TLS with channel binding if the client can. */
  SCRAM_SHA_256,
  /** A verified TLS certificate that names it. */
  CERT,
  /** The operating system's word for who is at the other end of a unix socket. */
  PEER,
  /** Clear text password that an LDAP server checks. */
  LDAP;

  /** Whether the proxy itself has to know the user and its secret. */
  public boolean needsSecret() {
    return this != ANY && this != REJECT && this != LDAP;
  }
}
