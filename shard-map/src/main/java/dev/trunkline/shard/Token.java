package dev.trunkline.shard;

/** Kinds of token, as PostgreSQL's scan.l tells them apart. */
enum Token {
  /** The text is over. */
  END,
  /** A string, quoted name or block comment without its end, or a NUL byte: nothing follows. */
  BROKEN,
  /** A block comment; comments that start with two dashes are skipped like spaces. */
  COMMENT,
  /** A keyword or a name without quotes. */
  WORD,
  QUOTED_NAME,
  UNICODE_NAME,
  /** Plain quotes, in which a backslash is an ordinary character. */
  STRING,
  /** E'', and plain quotes where standard_conforming_strings is off. */
  ESCAPE_STRING,
  UNICODE_STRING,
  DOLLAR_STRING,
  /** B'' or X''. */
  BIT_STRING,
  NUMBER,
  /** A dollar sign and a number. */
  PARAMETER,
  OPERATOR,
  /** Two colons. */
  CAST,
  LEFT,
  RIGHT,
  COMMA,
  DOT,
  SEMICOLON,
  /** Any other sign: brackets, colons, and what the grammar refuses. */
  SIGN;

  boolean isName() {
    return this == WORD || this == QUOTED_NAME;
  }

  boolean isString() {
    return switch (this) {
      case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING -> true;
      default -> false;
    };
  }
}
