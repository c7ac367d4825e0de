package dev.trunkline.proxy.auth;

import dev.trunkline.wire.ProtocolViolation;
import java.nio.charset.StandardCharsets;

/**
 * Reads the {@code name=value,…} text of RFC 5802 from front to back. Text is held as Latin-1, one
 * character a byte, so that what is signed is what was received. Whatever is wrong with it is a
 * {@link ProtocolViolation}.
 */
final class ScramAttributes {
  private final String text;
  private int at;

  ScramAttributes(String text) {
    this.text = text;
  }

  static String text(byte[] message) {
    return new String(message, StandardCharsets.ISO_8859_1);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The value of the attribute that must come next. */
  String take(char name) {
    if (atEnd() || text.charAt(at) != name) {
      throw malformed("Attribute \"" + name + "\" is missing.");
    }
    return value();
  }

  /** True when the attribute that comes next has this name. */
  boolean isNext(char name) {
    return at < text.length() && text.charAt(at) == name;
  }

  /** Skips the attributes that are left: nobody knows them, as in PostgreSQL. */
  void skipExtensions() {
    skipExtensionsUpTo('\0');
  }

  /** Skips attributes nobody knows, up to one of the given name or the end. */
  void skipExtensionsUpTo(char name) {
    while (!atEnd() && !isNext(name)) {
      if (!isLetter(text.charAt(at))) {
        throw malformed("An attribute name is not a letter.");
      }
      value();
    }
  }

  /** Bytes before the attribute that comes next, its comma included. */
  int position() {
    return at;
  }

  void requireEnd() {
    if (!atEnd()) {
      throw malformed("There is something after the last attribute.");
    }
  }

  boolean atEnd() {
    return at >= text.length();
  }

  private String value() {
    int from = at + 2;
    if (from > text.length() || text.charAt(at + 1) != '=') {
      throw malformed("An attribute has no value.");
    }
    int comma = text.indexOf(',', from);
    int end = comma < 0 ? text.length() : comma;
    at = end + 1;
    return text.substring(from, end);
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /** RFC 5802's "printable": visible ASCII without the comma. */
  static boolean isPrintable(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < 0x21 || c > 0x7e || c == ',') {
        return false;
      }
    }
    return !value.isEmpty();
  }

  /** A Base64 value of the given number of bytes; any positive number for 0. */
  static Bytes base64(String value, int length) {
    try {
      Bytes bytes = Bytes.ofBase64(value);
      if (length == 0 ? bytes.length() > 0 : bytes.length() == length) {
        return bytes;
      }
    } catch (IllegalArgumentException notBase64) {
      throw malformedValue();
    }
    throw malformedValue();
  }

  private static ProtocolViolation malformedValue() {
    return malformed("A Base64 value is malformed or of the wrong length.");
  }

  static ProtocolViolation malformed(String detail) {
    return new ProtocolViolation(ProtocolViolation.SQLSTATE, "malformed SCRAM message", detail);
  }
}
