package dev.trunkline.shard;

/** Finds where a number ends, in all the forms of PostgreSQL 16: 1_000, 0xFF, 1.5e-3, .5 */
final class NumberEnd {
  private NumberEnd() {}

  /** Behind the number that starts at {@code from} with a digit, or with a dot and a digit. */
  static int find(byte[] text, int from, int end) {
    int prefixed = prefixed(text, from, end);
    if (prefixed > from) {
      return prefixed;
    }
    int at = digits(text, from, end);
    boolean fraction = at < end && text[at] == '.' && (at + 1 == end || text[at + 1] != '.');
    return exponent(text, fraction ? digits(text, at + 1, end) : at, end);
  }

  /** Behind decimal digits with single underscores between them. */
  private static int digits(byte[] text, int from, int end) {
    return digits(text, from, end, 10);
  }

  private static int digits(byte[] text, int from, int end, int radix) {
    int at = from;
    while (at < end) {
      int digit = text[at] == '_' && at > from && at + 1 < end ? at + 1 : at;
      if (Character.digit(text[digit], radix) < 0) {
        return at;
      }
      at = digit + 1;
    }
    return at;
  }

  /** Behind 0x, 0o or 0b with digits; {@code from} if there is no such thing. */
  private static int prefixed(byte[] text, int from, int end) {
    if (text[from] != '0' || from + 2 >= end) {
      return from;
    }
    int radix =
        switch (text[from + 1] | 0x20) {
          case 'x' -> 16;
          case 'o' -> 8;
          case 'b' -> 2;
          default -> 0;
        };
    int first = text[from + 2] == '_' ? from + 3 : from + 2;
    int last = radix == 0 ? first : digits(text, first, end, radix);
    return last > first ? last : from;
  }

  private static int exponent(byte[] text, int from, int end) {
    if (from == end || (text[from] | 0x20) != 'e') {
      return from;
    }
    boolean signed = from + 1 < end && (text[from + 1] == '+' || text[from + 1] == '-');
    int first = signed ? from + 2 : from + 1;
    int last = digits(text, first, end);
    return last > first ? last : from;
  }
}
