package dev.trunkline.proxy.auth;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

/**
 * An immutable byte string: a key, a salt or a digest. Equality takes the same time wherever the
 * difference is, and the content is never printed.
 */
final class Bytes {
  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** Takes over the array: the caller forgets it. */
  static Bytes of(byte[] content) {
    return new Bytes(content);
  }

  /**
   * @throws IllegalArgumentException when the text is not Base64
   */
  static Bytes ofBase64(String text) {
    return new Bytes(Base64.getDecoder().decode(text));
  }

  /** The array itself, for digests only: never to be changed. */
  byte[] content() {
    return content;
  }

  int length() {
    return content.length;
  }

  String base64() {
    return Base64.getEncoder().encodeToString(content);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && MessageDigest.isEqual(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  @Override
  public String toString() {
    return "(" + content.length + " bytes)";
  }
}
