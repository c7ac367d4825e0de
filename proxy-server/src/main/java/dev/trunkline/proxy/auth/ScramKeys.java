package dev.trunkline.proxy.auth;

import com.ongres.scram.common.StringPreparation;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * The keys of RFC 5802 that come from a password.
 *
 * @param clientKey what a client proves to have
 * @param storedKey its digest, all that a server stores of it
 * @param serverKey what a server signs with
 */
record ScramKeys(Bytes clientKey, Bytes storedKey, Bytes serverKey) {
  /** A hostile or mistaken peer must not buy minutes of our CPU; PostgreSQL's default is 4096. */
  static final int MAX_ITERATIONS = 1_000_000;

  private static final String PBKDF2 = "PBKDF2WithHmacSHA256";
  private static final byte[] CLIENT_KEY = "Client Key".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SERVER_KEY = "Server Key".getBytes(StandardCharsets.US_ASCII);

  /**
   * @throws IllegalArgumentException outside 1 … {@link #MAX_ITERATIONS}
   */
  static int checkIterations(int iterations) {
    if (iterations < 1 || iterations > MAX_ITERATIONS) {
      throw new IllegalArgumentException(
          "iterations must be within 1 and " + MAX_ITERATIONS + ", not " + iterations);
    }
    return iterations;
  }

  /** PBKDF2: milliseconds of CPU, never to be called on an event loop. */
  static ScramKeys derive(Derivation from) {
    byte[] salted = pbkdf2(from);
    byte[] clientKey = Digests.hmac(salted, CLIENT_KEY);
    byte[] serverKey = Digests.hmac(salted, SERVER_KEY);
    return new ScramKeys(
        Bytes.of(clientKey), Bytes.of(Digests.sha256(clientKey)), Bytes.of(serverKey));
  }

  private static byte[] pbkdf2(Derivation from) {
    PBEKeySpec spec =
        new PBEKeySpec(
            prepared(from.password().toCharArray()),
            from.salt().content(),
            from.iterations(),
            Secret.Format.KEY_BYTES * Byte.SIZE);
    try {
      return SecretKeyFactory.getInstance(PBKDF2).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java runtime has no " + PBKDF2, missing);
    } finally {
      spec.clearPassword();
    }
  }

  /** SASLprep; as in PostgreSQL, what it refuses or empties is taken as it is. */
  private static char[] prepared(char[] password) {
    try {
      return StringPreparation.POSTGRESQL_PREPARATION.normalize(password);
    } catch (IndexOutOfBoundsException emptied) {
      return password; // what the library says to text of nothing but soft hyphens and the like
    }
  }
}
