package dev.trunkline.proxy.auth;

/**
 * What the proxy can show to a PostgreSQL server in order to log in as a user: learned from the
 * configured secret and from the client's own login. Never printed.
 */
public sealed interface Credential {
  /** Nothing: only a server that asks for no password lets the user in. */
  record None() implements Credential {}

  /** The password: enough for every method. */
  record Plain(String password) implements Credential {
    @Override
    public String toString() {
      return "Plain[…]";
    }
  }

  /** The MD5 secret: enough for an MD5 challenge. */
  record Md5(String hash) implements Credential {
    @Override
    public String toString() {
      return "Md5[…]";
    }
  }

  /**
   * SCRAM keys recovered from a client's proof: enough for a server whose secret has the same salt
   * and iterations, i.e. is the same one.
   */
  record Scram(int iterations, Bytes salt, Bytes clientKey, Bytes serverKey)
      implements Credential {}

  /** What a secret alone is good for, for users who log in without a client (or by trust). */
  static Credential of(Secret secret) {
    return switch (secret) {
      case Secret.Plain plain -> new Plain(plain.password());
      case Secret.Md5 md5 -> new Md5(md5.hash());
      case Secret.Scram _, Secret.None _ -> new None();
    };
  }
}
