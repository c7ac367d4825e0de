package dev.trunkline.shard;

import java.nio.charset.StandardCharsets;

/** A name the scanner knows; see {@link Names}. */
final class Name {
  static final Name UNKNOWN = new Name("", Word.NONE, "");

  private final byte[] bytes;
  private final Word word;
  private final boolean relation;
  private final boolean function;
  private final boolean type;
  private final boolean reserved;
  private final boolean columnName;

  /**
   * @param text the name in lower case
   * @param letters what PostgreSQL has under that name, as explained in {@code
   *     postgresql-names.sql}
   */
  Name(String text, Word word, String letters) {
    this.bytes = text.getBytes(StandardCharsets.US_ASCII);
    this.word = word;
    this.relation = letters.contains("r");
    this.function = letters.contains("f");
    this.type = letters.contains("t");
    this.reserved = letters.contains("k");
    this.columnName = letters.contains("c");
  }

  /** What the scanner has to know it as, or {@link Word#NONE}. */
  Word word() {
    return word;
  }

  /** Whether it is a relation of pg_catalog that holds nothing of the user's. */
  boolean relation() {
    return relation;
  }

  /** Whether it is a function of pg_catalog that touches nothing of the user's. */
  boolean function() {
    return function;
  }

  boolean type() {
    return type;
  }

  boolean reserved() {
    return reserved;
  }

  /** Whether no function can have this name unless it is quoted. */
  boolean neverFunction() {
    return reserved || columnName;
  }

  /** {@link #hash(byte[], int, int)} of the name. */
  int hash() {
    return hash(bytes, 0, bytes.length);
  }

  /** The lexer computes the same while it folds a word. */
  static int hash(byte[] text, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + text[i];
    }
    return hash;
  }

  boolean matches(byte[] text, int from, int to, boolean fold) {
    if (bytes.length != to - from) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      byte c = text[from + i];
      if (bytes[i] != (fold ? ByteClass.lower(c) : c)) {
        return false;
      }
    }
    return true;
  }
}
