package dev.trunkline.proxy.auth;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the proxy knows about a user's password: the text of {@code users.NAME.password}, or of
 * {@code pg_authid.rolpassword}. Never printed.
 */
public sealed interface Secret {
  /** The user exists, but no password matches; {@code trust} still lets it in. */
  record None() implements Secret {}

  /** The password itself. */
  record Plain(String password) implements Secret {
    @Override
    public String toString() {
      return "Plain[…]";
    }
  }

  /**
   * PostgreSQL's MD5 secret.
   *
   * @param hash {@code md5} and 32 lower-case hexadecimal digits
   */
  record Md5(String hash) implements Secret {
    @Override
    public String toString() {
      return "Md5[…]";
    }
  }

  /**
   * PostgreSQL's SCRAM-SHA-256 secret.
   *
   * @param iterations of PBKDF2, at least 1
   * @param salt as stored
   * @param storedKey the digest of the key that a client proves to have
   * @param serverKey the key with which a server proves that it knows the secret
   */
  record Scram(int iterations, Bytes salt, Bytes storedKey, Bytes serverKey) implements Secret {}

  /**
   * Reads a stored secret. Empty and null give {@link None}; what looks like neither MD5 nor SCRAM
   * is a plain password, as in PostgreSQL.
   *
   * @param userName for the message of the exception
   * @throws IllegalArgumentException when the text has a NUL, which no message can carry, or begins
   *     as a SCRAM secret but is not one: to take it for a password would let its reader in
   */
  static Secret parse(String userName, String text) {
    if (text == null || text.isEmpty()) {
      return new None();
    }
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "the secret of user \"" + userName + "\" has a NUL character");
    }
    if (text.startsWith(Format.SCRAM_PREFIX)) {
      return Format.scram(userName, text);
    }
    return Format.MD5.matcher(text).matches() ? new Md5(text) : new Plain(text);
  }

  /** How secrets are written. */
  final class Format {
    static final int KEY_BYTES = 32;
    static final String SCRAM_PREFIX = "SCRAM-SHA-256$";
    static final Pattern MD5 = Pattern.compile("md5[0-9a-f]{32}");
    private static final String BASE64 = "([A-Za-z0-9+/]+={0,2})";
    private static final Pattern SCRAM =
        Pattern.compile("SCRAM-SHA-256\\$([0-9]{1,7}):" + BASE64 + "\\$" + BASE64 + ":" + BASE64);

    private Format() {}

    private static Scram scram(String userName, String text) {
      Matcher parts = SCRAM.matcher(text);
      if (!parts.matches()) {
        throw malformed(userName, null);
      }
      try {
        int iterations = ScramKeys.checkIterations(Integer.parseInt(parts.group(1)));
        Bytes salt = Bytes.ofBase64(parts.group(2));
        return new Scram(iterations, salt, key(parts.group(3)), key(parts.group(4)));
      } catch (IllegalArgumentException wrong) {
        throw malformed(userName, wrong);
      }
    }

    private static Bytes key(String base64) {
      Bytes key = Bytes.ofBase64(base64);
      if (key.length() != KEY_BYTES) {
        throw new IllegalArgumentException("a key has " + key.length() + " bytes, not 32");
      }
      return key;
    }

    private static IllegalArgumentException malformed(String userName, Throwable cause) {
      return new IllegalArgumentException(
          "the secret of user \""
              + userName
              + "\" begins with "
              + SCRAM_PREFIX
              + " but is not of the form SCRAM-SHA-256$iterations:salt$stored-key:server-key",
          cause);
    }
  }
}
