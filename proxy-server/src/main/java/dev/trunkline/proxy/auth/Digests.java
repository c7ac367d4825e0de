package dev.trunkline.proxy.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The few digests that PostgreSQL's logins are made of. All of them take microseconds. */
final class Digests {
  private static final String HMAC = "HmacSHA256";

  private Digests() {}

  static byte[] hmac(byte[] key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java runtime has no " + HMAC, missing);
    }
  }

  static byte[] sha256(byte[] input) {
    return digest("SHA-256").digest(input);
  }

  /**
   * The secret PostgreSQL stores for {@code password_encryption = md5}: {@code md5} and 32
   * hexadecimal digits.
   */
  static String md5Secret(String password, String user) {
    return md5(utf8(password), utf8(user));
  }

  /**
   * What a client answers to an MD5 challenge.
   *
   * @param secret as {@link #md5Secret} makes it
   * @param salt four bytes of the challenge
   */
  static String md5Answer(String secret, byte[] salt) {
    return md5(utf8(secret.substring(3)), salt);
  }

  /** Compares two texts in constant time. */
  static boolean same(String left, String right) {
    return MessageDigest.isEqual(utf8(left), utf8(right));
  }

  static byte[] xor(byte[] left, byte[] right) {
    byte[] result = new byte[left.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) (left[i] ^ right[i]);
    }
    return result;
  }

  static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String md5(byte[] first, byte[] second) {
    MessageDigest digest = digest("MD5");
    digest.update(first);
    digest.update(second);
    return "md5" + HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("this Java runtime has no " + algorithm, missing);
    }
  }
}
