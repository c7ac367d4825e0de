package dev.trunkline.proxy.darkread;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Short names for long bytes: the first 8 bytes of their SHA-256, in hexadecimal. */
final class Digest {
  private static final int BYTES = 8;

  private Digest() {}

  static String of(byte[] bytes) {
    return of(List.of(bytes));
  }

  static String of(List<byte[]> parts) {
    MessageDigest digest = sha256();
    parts.forEach(digest::update);
    return hex(Arrays.copyOf(digest.digest(), BYTES));
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
