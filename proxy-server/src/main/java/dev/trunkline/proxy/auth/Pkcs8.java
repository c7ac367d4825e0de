package dev.trunkline.proxy.auth;

import java.io.ByteArrayOutputStream;
import java.security.spec.InvalidKeySpecException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Wraps the older formats of private keys, PKCS#1 for RSA and SEC 1 for elliptic curves, into
 * PKCS#8 (RFC 5208): the one format the Java runtime reads. Operators have keys that OpenSSL wrote
 * years ago.
 */
final class Pkcs8 {
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;
  private static final int PARAMETERS = 0xa0;
  private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");
  // 1.2.840.113549.1.1.1 rsaEncryption, with its NULL parameter
  private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
  // 1.2.840.10045.2.1 id-ecPublicKey; the curve follows
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private Pkcs8() {}

  static byte[] wrapRsa(byte[] pkcs1) {
    return wrap(RSA, pkcs1);
  }

  static byte[] wrapEc(byte[] sec1) throws InvalidKeySpecException {
    return wrap(concat(EC, curve(sec1)), sec1);
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return tagged(
        SEQUENCE, concat(VERSION_0, tagged(SEQUENCE, algorithm), tagged(OCTET_STRING, key)));
  }

  /** The curve's object identifier: content of the element [0] of the outer sequence. */
  private static byte[] curve(byte[] sec1) throws InvalidKeySpecException {
    try {
      int at = contentStart(sec1, 0);
      while ((sec1[at] & 0xff) != PARAMETERS) {
        at = contentStart(sec1, at) + length(sec1, at);
      }
      int from = contentStart(sec1, at);
      return Arrays.copyOfRange(sec1, from, from + length(sec1, at));
    } catch (ArrayIndexOutOfBoundsException truncated) {
      throw new InvalidKeySpecException("the key does not name its curve", truncated);
    }
  }

  private static int contentStart(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int length = der[at + 1] & 0xff;
    if (length < 0x80) {
      return length;
    }
    int value = 0;
    for (int i = at + 2; i < contentStart(der, at); i++) {
      value = (value << 8) | (der[i] & 0xff);
    }
    return value & 0xffff; // no key is longer, and a loop over garbage must move forward
  }

  private static byte[] tagged(int tag, byte[] content) {
    int length = content.length;
    byte[] header =
        length < 0x80
            ? new byte[] {(byte) tag, (byte) length}
            : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
    return concat(header, content);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
