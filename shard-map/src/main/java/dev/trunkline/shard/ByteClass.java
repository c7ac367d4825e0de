package dev.trunkline.shard;

import java.util.Arrays;

/** What a byte can start or continue in SQL; bytes above 127 are letters, whatever the encoding. */
final class ByteClass {
  static final byte OTHER = 0;
  static final byte SPACE = 1;
  static final byte LETTER = 2;
  static final byte DIGIT = 3;
  static final byte OPERATOR = 4;
  static final byte DOLLAR = 5;
  static final byte QUOTE = 6;
  static final byte DOUBLE_QUOTE = 7;
  static final byte DOT = 8;
  static final byte COLON = 9;
  static final byte SINGLE = 10;
  static final byte NUL = 11;

  private static final byte[] CLASSES = classes();

  private ByteClass() {}

  static byte of(byte c) {
    return CLASSES[c & 0xFF];
  }

  /**
   * PostgreSQL folds ASCII only in UTF-8; in other encodings it may fold more, and names just do
   * not match.
   */
  static byte lower(byte c) {
    return c >= 'A' && c <= 'Z' ? (byte) (c + 32) : c;
  }

  static boolean isSpace(byte c) {
    return CLASSES[c & 0xFF] == SPACE;
  }

  static boolean isNamePart(byte c) {
    byte type = CLASSES[c & 0xFF];
    return type == LETTER || type == DIGIT || type == DOLLAR;
  }

  private static byte[] classes() {
    byte[] classes = new byte[256];
    Arrays.fill(classes, OTHER);
    Arrays.fill(classes, 'a', 'z' + 1, LETTER);
    Arrays.fill(classes, 'A', 'Z' + 1, LETTER);
    Arrays.fill(classes, 0x80, 0x100, LETTER);
    Arrays.fill(classes, '0', '9' + 1, DIGIT);
    fill(classes, " \t\n\r\f\u000B", SPACE);
    fill(classes, "~!@#^&|`?+-*/%<>=", OPERATOR);
    fill(classes, "(),;", SINGLE);
    classes['_'] = LETTER;
    classes['$'] = DOLLAR;
    classes['\''] = QUOTE;
    classes['"'] = DOUBLE_QUOTE;
    classes['.'] = DOT;
    classes[':'] = COLON;
    classes[0] = NUL;
    return classes;
  }

  private static void fill(byte[] classes, String characters, byte type) {
    for (int i = 0; i < characters.length(); i++) {
      classes[characters.charAt(i)] = type;
    }
  }
}
