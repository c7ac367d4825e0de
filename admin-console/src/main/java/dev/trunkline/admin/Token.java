package dev.trunkline.admin;

import java.util.ArrayList;
import java.util.List;

/**
 * One token of a console command.
 *
 * @param text without its quotes
 */
record Token(Kind kind, String text) {
  enum Kind {
    /**
     * Letters, digits and {@code _ . -}: PgBouncer has no dot and hyphen, UUIDs and our keys do.
     */
    WORD,
    /** {@code "…"}. */
    NAME,
    /** {@code '…'}. */
    STRING,
    /** One other character. */
    SYMBOL
  }

  /** Whether it is that keyword, in any case. */
  boolean is(String keyword) {
    return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
  }

  boolean isSymbol(char symbol) {
    return kind == Kind.SYMBOL && text.charAt(0) == symbol;
  }

  /** Whether it can name a command, a database, a key. */
  boolean isName() {
    return kind == Kind.WORD || kind == Kind.NAME;
  }

  /**
   * Splits a command without its comments and drops one semicolon at its end.
   *
   * @return null if a quote is not closed
   */
  static List<Token> split(String text) {
    List<Token> tokens = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      int next = skipped(text, at);
      if (next > at) {
        at = next;
        continue;
      }
      int end = end(text, at);
      if (end < 0) {
        return null;
      }
      tokens.add(token(text, at, end));
      at = end;
    }
    if (!tokens.isEmpty() && tokens.getLast().isSymbol(';')) {
      tokens.removeLast();
    }
    return tokens;
  }

  /** Index after the space or the comment that begins here; the same index if none does. */
  private static int skipped(String text, int at) {
    if (isSpace(text.charAt(at))) {
      return at + 1;
    }
    if (text.startsWith("--", at)) {
      return after(text.indexOf('\n', at), 1, text);
    }
    return text.startsWith("/*", at) ? after(text.indexOf("*/", at + 2), 2, text) : at;
  }

  private static int after(int found, int length, String text) {
    return found < 0 ? text.length() : found + length;
  }

  private static Token token(String text, int from, int to) {
    String raw = text.substring(from, to);
    return switch (text.charAt(from)) {
      case '"' -> new Token(Kind.NAME, unquoted(raw, "\""));
      case '\'' -> new Token(Kind.STRING, unquoted(raw, "'"));
      default -> new Token(isWord(raw.charAt(0)) ? Kind.WORD : Kind.SYMBOL, raw);
    };
  }

  private static String unquoted(String raw, String quote) {
    return raw.substring(1, raw.length() - 1).replace(quote + quote, quote);
  }

  /** Index after the token that begins here, -1 if it does not end. */
  private static int end(String text, int from) {
    char first = text.charAt(from);
    if (first == '"' || first == '\'') {
      return quotedEnd(text, from, first);
    }
    int at = from;
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
    return at == from ? from + 1 : at;
  }

  private static int quotedEnd(String text, int from, char quote) {
    int at = text.indexOf(quote, from + 1);
    while (at >= 0 && at + 1 < text.length() && text.charAt(at + 1) == quote) {
      at = text.indexOf(quote, at + 2);
    }
    return at < 0 ? -1 : at + 1;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '.'
        || c == '-';
  }
}
