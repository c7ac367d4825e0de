package dev.trunkline.wire;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Keys of SCRAM-SHA-256, derived from a password; passwords in tests are ASCII. */
@SuppressWarnings("ArrayRecordComponent") // used once, never compared
record ScramKeys(byte[] clientKey, byte[] serverKey) {
  private static final int KEY_BITS = 256;

  static ScramKeys of(String password, byte[] salt, int iterations) {
    try {
      PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, KEY_BITS);
      SecretKeyFactory factory = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256");
      byte[] salted = factory.generateSecret(spec).getEncoded();
      return new ScramKeys(hmac(salted, "Client Key"), hmac(salted, "Server Key"));
    } catch (GeneralSecurityException missing) {
      throw new AssertionError("every JDK has PBKDF2", missing);
    }
  }

  byte[] clientProof(String signed) {
    byte[] proof = clientKey.clone();
    byte[] signature = hmac(sha256(clientKey), signed);
    for (int i = 0; i < proof.length; i++) {
      proof[i] ^= signature[i];
    }
    return proof;
  }

  byte[] serverSignature(String signed) {
    return hmac(serverKey, signed);
  }

  private static byte[] hmac(byte[] key, String data) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(data.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException missing) {
      throw new AssertionError("every JDK has HMAC", missing);
    }
  }

  private static byte[] sha256(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (GeneralSecurityException missing) {
      throw new AssertionError("every JDK has SHA-256", missing);
    }
  }
}
