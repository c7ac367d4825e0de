package dev.trunkline.shard;

import java.util.Arrays;

/**
 * The tokens of one statement, without comments. Reused from statement to statement; holds at most
 * {@link #LIMIT} tokens so that a bulk INSERT does not cost a multiple of its size.
 */
final class SqlTokens {
  static final int LIMIT = 8192;

  private byte[] text = {};
  private Token[] kinds = new Token[128];
  private Name[] names = new Name[128];
  private int[] starts = new int[128];
  private int[] ends = new int[128];
  private int count;
  private boolean overflow;

  void reset(byte[] text) {
    this.text = text;
    count = 0;
    overflow = false;
  }

  /** Adds what the lexer stands on; returns its name, which is {@link Name#UNKNOWN} for most. */
  Name add(Token kind, SqlLexer lexer) {
    Name name = nameOf(kind, lexer);
    if (count == LIMIT) {
      overflow = true;
      return name;
    }
    if (count == kinds.length) {
      grow();
    }
    kinds[count] = kind;
    names[count] = name;
    starts[count] = lexer.start();
    ends[count++] = lexer.end();
    return name;
  }

  private Name nameOf(Token kind, SqlLexer lexer) {
    return switch (kind) {
      case WORD -> Names.ofWord(text, lexer.start(), lexer.end(), lexer.hash());
      case QUOTED_NAME -> Names.ofQuoted(text, lexer.start() + 1, lexer.end() - 1);
      default -> Name.UNKNOWN;
    };
  }

  private void grow() {
    int capacity = 2 * kinds.length;
    kinds = Arrays.copyOf(kinds, capacity);
    names = Arrays.copyOf(names, capacity);
    starts = Arrays.copyOf(starts, capacity);
    ends = Arrays.copyOf(ends, capacity);
  }

  int count() {
    return count;
  }

  /** Whether the statement has more tokens than are held here. */
  boolean overflow() {
    return overflow;
  }

  byte[] text() {
    return text;
  }

  /** {@link Token#END} outside the statement, so that looking ahead and back needs no check. */
  Token kind(int i) {
    return i >= 0 && i < count ? kinds[i] : Token.END;
  }

  int start(int i) {
    return starts[i];
  }

  int end(int i) {
    return ends[i];
  }

  boolean is(int i, Token kind) {
    return kind(i) == kind;
  }

  /** What an unquoted word means. */
  Word word(int i) {
    return is(i, Token.WORD) ? names[i].word() : Word.NONE;
  }

  boolean is(int i, Word word) {
    return word(i) == word;
  }

  /** The name, quoted or not; {@link Name#UNKNOWN} for a token that is none. */
  Name name(int i) {
    return i >= 0 && i < count ? names[i] : Name.UNKNOWN;
  }

  /** Whether it is this name, quoted or not. */
  boolean names(int i, Word word) {
    return name(i).word() == word;
  }

  boolean isOperator(int i, char sign) {
    return is(i, Token.OPERATOR) && ends[i] - starts[i] == 1 && text[starts[i]] == sign;
  }

  /** Behind the dotted name that starts at i. */
  int endOfName(int i) {
    int at = i + 1;
    while (is(at, Token.DOT) && kind(at + 1).isName()) {
      at += 2;
    }
    return at;
  }

  /**
   * Whether two tokens are the same name to PostgreSQL; false negatives for escapes and for
   * over-long names.
   */
  boolean sameName(int i, int j) {
    int from = nameStart(i);
    int length = nameEnd(i) - from;
    int other = nameStart(j);
    if (nameEnd(j) - other != length) {
      return false;
    }
    for (int k = 0; k < length; k++) {
      if (folded(i, from + k) != folded(j, other + k)) {
        return false;
      }
    }
    return true;
  }

  private byte folded(int i, int at) {
    return kinds[i] == Token.WORD ? ByteClass.lower(text[at]) : text[at];
  }

  /** First byte of the name without its quote. */
  int nameStart(int i) {
    return kinds[i] == Token.QUOTED_NAME ? starts[i] + 1 : starts[i];
  }

  int nameEnd(int i) {
    return kinds[i] == Token.QUOTED_NAME ? ends[i] - 1 : ends[i];
  }
}
