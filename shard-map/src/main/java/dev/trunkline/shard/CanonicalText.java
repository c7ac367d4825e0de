package dev.trunkline.shard;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * The shape of one statement's text: comments gone, one space between tokens, literals replaced by
 * placeholders. Two texts with the same bytes here differ in the values of literals only, which are
 * found by {@link #literalStart}.
 *
 * <p>For one thread, to be used again and again; reading allocates nothing once it is warm.
 */
public final class CanonicalText {
  /** Longest text that is read. */
  static final int MAX_BYTES = 64 * 1024;

  static final int MAX_TOKENS = 10_000;
  static final int MAX_DEPTH = 64;
  static final int MAX_NAME_BYTES = 63;

  /** Tokens between commas and brackets: the grammar's time grows with the square of them. */
  static final int MAX_RUN = 1_000;

  /** Shapes with more literals are bulk statements: each would fill the cache once. */
  static final int MAX_CACHED_LITERALS = 64;

  private static final byte[] STRING = {'\'', '\''};
  private static final byte[] BITS = {'B', '\'', '\''};
  private static final byte[] INTEGER = {'0'};
  private static final byte[] DECIMAL = {'0', '.', '0'};

  private final SqlLexer lexer = new SqlLexer();
  private byte[] bytes = new byte[1024];
  private int length;
  private int tokens;
  private int depth;
  private int run;
  private byte[] source = {};
  private int from;
  private int to;
  private int[] literals = new int[64];
  private Token[] literalKinds = new Token[32];
  private int literalCount;
  private String problem;

  /**
   * Reads one statement; a semicolon at its end is left out.
   *
   * @param to offset behind its last byte
   * @return whether it has a shape; if not, {@link #problem} says why
   */
  public boolean read(byte[] text, int from, int to) {
    source = text;
    this.from = from;
    this.to = to;
    length = 0;
    tokens = 0;
    depth = 0;
    run = 0;
    literalCount = 0;
    problem = null;
    if (to - from > MAX_BYTES) {
      return fail("The statement is longer than 64 kB.");
    }
    // A backslash must be an ordinary character in plain quotes: callers do not route by SQL else.
    lexer.reset(text, from, to, true);
    Token token = lexer.next();
    while (token != Token.END && problem == null) {
      take(token);
      token = lexer.next();
    }
    return problem == null;
  }

  private void take(Token token) {
    switch (token) {
      case COMMENT -> {}
      case BROKEN -> fail("A string, a quoted name or a comment has no end.");
      case UNICODE_NAME -> fail("The statement has a U&\"\" name.");
      case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING -> literal(token, STRING);
      case BIT_STRING -> literal(token, BITS);
      case NUMBER -> literal(token, isInteger() ? INTEGER : DECIMAL);
      case SEMICOLON -> semicolon();
      case WORD -> name(MAX_NAME_BYTES);
      case QUOTED_NAME -> name(MAX_NAME_BYTES + 2);
      case LEFT -> {
        if (++depth > MAX_DEPTH) {
          fail("Brackets are nested more than 64 deep.");
        }
        copy();
        run = 0;
      }
      case RIGHT -> {
        depth--;
        copy();
        run = 0;
      }
      case COMMA -> {
        copy();
        run = 0;
      }
      default -> copy();
    }
  }

  private void semicolon() {
    Token next = lexer.next();
    while (next == Token.COMMENT || next == Token.SEMICOLON) {
      next = lexer.next();
    }
    if (next != Token.END) {
      fail("The text has several statements.");
    }
  }

  private void name(int limit) {
    if (lexer.end() - lexer.start() > limit) {
      fail("A name is longer than 63 bytes.");
    }
    copy();
  }

  private boolean isInteger() {
    for (int i = lexer.start(); i < lexer.end(); i++) {
      if (ByteClass.of(source[i]) != ByteClass.DIGIT) {
        return false;
      }
    }
    return true;
  }

  private void literal(Token token, byte[] placeholder) {
    if (literalCount == literalKinds.length) {
      literals = Arrays.copyOf(literals, 2 * literals.length);
      literalKinds = Arrays.copyOf(literalKinds, 2 * literalKinds.length);
    }
    literals[2 * literalCount] = lexer.start();
    literals[2 * literalCount + 1] = lexer.end();
    literalKinds[literalCount++] = token;
    append(placeholder, 0, placeholder.length);
  }

  private void copy() {
    append(source, lexer.start(), lexer.end());
  }

  private void append(byte[] from, int start, int end) {
    if (++tokens > MAX_TOKENS) {
      fail("The statement has more than 10,000 tokens.");
      return;
    }
    if (++run > MAX_RUN) {
      fail("An expression has more than 1,000 tokens.");
      return;
    }
    int needed = length + end - start + 1;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
    }
    if (length > 0) {
      bytes[length++] = ' ';
    }
    System.arraycopy(from, start, bytes, length, end - start);
    length += end - start;
  }

  private boolean fail(String why) {
    problem = why;
    return false;
  }

  /** Why the text has no shape, as a sentence; null when it has one. */
  public String problem() {
    return problem;
  }

  /** The shape's text, for people. */
  public String text() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** The canonical bytes, of which {@link #length} count. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  int literalCount() {
    return literalCount;
  }

  /** How often a parameter is used; what a quoted name may hide is counted, too. */
  int uses(int parameter) {
    String token = "\\$0*" + parameter;
    return (int) Stream.of(text().split(" ", -1)).filter(each -> each.matches(token)).count();
  }

  /** The text that was read; literals are found in it by their offsets. */
  byte[] source() {
    return source;
  }

  /** A copy of the statement alone. */
  byte[] sourceCopy() {
    return Arrays.copyOfRange(source, from, to);
  }

  int literalStart(int i) {
    return literals[2 * i];
  }

  int literalEnd(int i) {
    return literals[2 * i + 1];
  }

  Token literalKind(int i) {
    return literalKinds[i];
  }
}
