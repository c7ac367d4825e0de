package dev.trunkline.shard;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Where a statement has its key.
 *
 * @param number of the parameter, from 1; or of the literal, from 0, in order of appearance
 * @param type of the key it is compared with
 */
public record KeySource(Kind kind, int number, KeyType type) {
  /** What a source is. */
  public enum Kind {
    PARAMETER,
    /** A parameter used for nothing but the key: where its type is left open, it gets the key's. */
    KEY_PARAMETER,
    LITERAL,
    /** A parameter that is an array, of which one element makes a key. */
    ARRAY_PARAMETER,
    /** The text of an array as a literal. */
    ARRAY_LITERAL;

    boolean parameter() {
      return this == PARAMETER || this == KEY_PARAMETER || this == ARRAY_PARAMETER;
    }

    boolean array() {
      return this == ARRAY_PARAMETER || this == ARRAY_LITERAL;
    }

    Kind asArray() {
      return parameter() ? ARRAY_PARAMETER : ARRAY_LITERAL;
    }
  }

  /** Several of them in words. */
  public static String inWords(List<KeySource> sources) {
    return sources.stream().map(KeySource::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    String what = kind.parameter() ? "$" + number : "literal " + (number + 1);
    return kind.array() ? "the array " + what.toLowerCase(Locale.ROOT) : what;
  }
}
