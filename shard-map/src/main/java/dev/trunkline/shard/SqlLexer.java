package dev.trunkline.shard;

import java.util.Arrays;

/**
 * Cuts a text into tokens where PostgreSQL's scan.l cuts it, without allocating. Where versions
 * differ in texts that the newer ones refuse (a letter right behind a number), it follows the older
 * ones, so that the ends of strings are right for both.
 */
final class SqlLexer {
  private byte[] text = {};
  private int end;
  private int position;
  private int start;
  private int hash;
  private boolean standardStrings;

  // The run of operator characters at hand. Without it, a run of signs would be walked again for
  // each of them.
  private int runEnd;
  private int runLastSpecial;
  private int runSignsFrom;

  void reset(byte[] text, int from, int to, boolean standardStrings) {
    this.text = text;
    this.position = from;
    this.start = from;
    this.end = to;
    this.standardStrings = standardStrings;
    this.runEnd = from;
  }

  /** Offset of the first byte of the token that {@link #next} returned. */
  int start() {
    return start;
  }

  /** Offset behind its last byte. */
  int end() {
    return position;
  }

  /** {@link Name#hash} of the {@link Token#WORD} that {@link #next} returned. */
  int hash() {
    return hash;
  }

  Token next() {
    position = skipSpace(position);
    start = position;
    if (position == end) {
      return Token.END;
    }
    byte c = text[position];
    return switch (ByteClass.of(c)) {
      case ByteClass.LETTER -> word(c);
      case ByteClass.DIGIT -> number();
      case ByteClass.QUOTE -> string(standardStrings ? Token.STRING : Token.ESCAPE_STRING);
      case ByteClass.DOUBLE_QUOTE -> quotedName(Token.QUOTED_NAME);
      case ByteClass.DOLLAR -> dollar();
      case ByteClass.OPERATOR -> isAt(position, '/', '*') ? comment() : operator();
      case ByteClass.DOT -> dot();
      case ByteClass.COLON -> colon();
      case ByteClass.NUL -> Token.BROKEN;
      default -> single(c);
    };
  }

  private int skipSpace(int from) {
    int at = from;
    while (at < end) {
      if (is(at, ByteClass.SPACE)) {
        at++;
      } else if (isAt(at, '-', '-')) {
        at = endOfLine(at);
      } else {
        return at;
      }
    }
    return at;
  }

  private int endOfLine(int from) {
    int at = from;
    while (at < end && text[at] != '\n' && text[at] != '\r') {
      at++;
    }
    return at;
  }

  private Token word(byte first) {
    if (position + 1 < end && (text[position + 1] == '\'' || text[position + 1] == '&')) {
      Token prefixed = prefixed(first | 0x20);
      if (prefixed != null) {
        return prefixed;
      }
    }
    int h = 0;
    while (position < end && ByteClass.isNamePart(text[position])) {
      h = 31 * h + ByteClass.lower(text[position++]);
    }
    hash = h;
    return Token.WORD;
  }

  /**
   * The string or name that a letter announces, or null. N'' is the word N and a string, as in
   * scan.l.
   */
  private Token prefixed(int letter) {
    if (text[position + 1] == '\'') {
      return switch (letter) {
        case 'e' -> stringAt(1, Token.ESCAPE_STRING);
        case 'b', 'x' -> bits();
        default -> null;
      };
    }
    if (letter != 'u' || position + 2 >= end) {
      return null;
    }
    return switch (text[position + 2]) {
      case '\'' -> stringAt(2, Token.UNICODE_STRING);
      case '"' -> {
        position += 2;
        yield quotedName(Token.UNICODE_NAME);
      }
      default -> null;
    };
  }

  private Token stringAt(int offset, Token kind) {
    position += offset;
    return string(kind);
  }

  private Token string(Token kind) {
    do {
      position++;
      if (!toClosingQuote(kind == Token.ESCAPE_STRING)) {
        return broken();
      }
    } while (continues());
    return kind;
  }

  private boolean toClosingQuote(boolean escapes) {
    while (position < end) {
      byte c = text[position++];
      if (c == '\\' && escapes && position < end) {
        position++;
      } else if (c == '\'') {
        if (position == end || text[position] != '\'') {
          return true;
        }
        position++;
      }
    }
    return false;
  }

  private Token bits() {
    position++;
    do {
      position = indexOf('\'', position + 1);
      if (position == end) {
        return broken();
      }
      position++;
    } while (continues());
    return Token.BIT_STRING;
  }

  /**
   * Whether a string goes on behind spaces with a line break, and if so, moves to its next opening
   * quote.
   */
  private boolean continues() {
    int at = skipSpace(position);
    if (at == end || text[at] != '\'') {
      return false;
    }
    for (int i = position; i < at; i++) {
      if (text[i] == '\n' || text[i] == '\r') {
        position = at;
        return true;
      }
    }
    return false;
  }

  private Token quotedName(Token kind) {
    position = indexOf('"', position + 1);
    while (isAt(position, '"', '"')) {
      position = indexOf('"', position + 2);
    }
    if (position == end) {
      return broken();
    }
    position++;
    return kind;
  }

  private Token dollar() {
    int at = position + 1;
    if (at < end && is(at, ByteClass.DIGIT)) {
      return parameter();
    }
    if (at < end && is(at, ByteClass.LETTER)) {
      while (at < end && (is(at, ByteClass.LETTER) || is(at, ByteClass.DIGIT))) {
        at++;
      }
    }
    if (at == end || text[at] != '$') {
      position++;
      return Token.SIGN;
    }
    return toClosingTag(at + 1 - position);
  }

  private Token parameter() {
    do {
      position++;
    } while (position < end && is(position, ByteClass.DIGIT));
    return Token.PARAMETER;
  }

  private Token toClosingTag(int length) {
    int tag = position;
    int at = indexOf('$', tag + length);
    while (at + length <= end) {
      if (Arrays.equals(text, tag, tag + length, text, at, at + length)) {
        position = at + length;
        return Token.DOLLAR_STRING;
      }
      at = indexOf('$', at + 1);
    }
    return broken();
  }

  private Token comment() {
    int depth = 0;
    do {
      if (isAt(position, '/', '*')) {
        depth++;
        position += 2;
      } else if (isAt(position, '*', '/')) {
        depth--;
        position += 2;
      } else if (position == end) {
        return broken();
      } else {
        position++;
      }
    } while (depth > 0);
    return Token.COMMENT;
  }

  private Token number() {
    position = NumberEnd.find(text, position, end);
    return Token.NUMBER;
  }

  private Token operator() {
    if (position >= runEnd) {
      measureRun();
    }
    // An operator ends in a plus or minus only if it holds a character that no operator of the SQL
    // standard has.
    position = runLastSpecial >= position ? runEnd : Math.max(position + 1, runSignsFrom);
    return Token.OPERATOR;
  }

  private void measureRun() {
    runLastSpecial = -1;
    runSignsFrom = position;
    int at = position;
    while (at < end && is(at, ByteClass.OPERATOR) && !isAt(at, '-', '-') && !isAt(at, '/', '*')) {
      if ("~!@#^&|`?%".indexOf(text[at]) >= 0) {
        runLastSpecial = at;
      }
      if (text[at] != '+' && text[at] != '-') {
        runSignsFrom = at + 1;
      }
      at++;
    }
    runEnd = at;
  }

  private Token dot() {
    if (isAt(position, '.', '.')) {
      position += 2;
      return Token.SIGN;
    }
    if (position + 1 < end && is(position + 1, ByteClass.DIGIT)) {
      return number();
    }
    position++;
    return Token.DOT;
  }

  private Token colon() {
    if (isAt(position, ':', ':')) {
      position += 2;
      return Token.CAST;
    }
    position += isAt(position, ':', '=') ? 2 : 1;
    return Token.SIGN;
  }

  private Token single(byte c) {
    position++;
    return switch (c) {
      case '(' -> Token.LEFT;
      case ')' -> Token.RIGHT;
      case ',' -> Token.COMMA;
      case ';' -> Token.SEMICOLON;
      default -> Token.SIGN;
    };
  }

  private Token broken() {
    position = end;
    return Token.BROKEN;
  }

  private boolean is(int at, byte expected) {
    return ByteClass.of(text[at]) == expected;
  }

  private boolean isAt(int at, char first, char second) {
    return at + 1 < end && text[at] == first && text[at + 1] == second;
  }

  private int indexOf(char c, int from) {
    int at = Math.min(from, end);
    while (at < end && text[at] != c) {
      at++;
    }
    return at;
  }
}
