package dev.trunkline.shard;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Reads the value of a string, name or number token. Cold: it allocates. */
final class SqlText {
  private final byte[] text;
  private final int end;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int position;

  private SqlText(byte[] text, int from, int end) {
    this.text = text;
    this.position = from;
    this.end = end;
  }

  /** The value of a string or a number as written; of a name as PostgreSQL would store it. */
  static String value(SqlTokens tokens, int i) {
    SqlText reader = new SqlText(tokens.text(), tokens.start(i), tokens.end(i));
    return switch (tokens.kind(i)) {
      case STRING -> reader.segments(false);
      case ESCAPE_STRING -> reader.segments(true);
      // The server joins the segments first: an escape may begin in one and end in the next.
      case UNICODE_STRING -> unicodeEscapes(reader.segments(false));
      case DOLLAR_STRING -> reader.dollar();
      case QUOTED_NAME -> reader.quotedName();
      case WORD -> reader.folded();
      default -> reader.rest();
    };
  }

  /** All segments of a string with its continuations; E'' has backslash escapes in each. */
  private String segments(boolean escapes) {
    while (position < end) {
      while (text[position] != '\'') {
        // Before the quote stand a prefix, or spaces and comments; a quote in such a comment opens
        // nothing.
        position = text[position] == '-' ? endOfLine() : position + 1;
      }
      position++;
      segment(escapes);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private int endOfLine() {
    int at = position;
    while (text[at] != '\n' && text[at] != '\r') {
      at++;
    }
    return at;
  }

  private void segment(boolean escapes) {
    while (true) {
      byte c = text[position++];
      if (c == '\'') {
        if (position == end || text[position] != '\'') {
          return;
        }
        out.write(text[position++]);
      } else if (c != '\\' || !escapes) {
        out.write(c);
      } else {
        backslash(text[position++]);
      }
    }
  }

  private void backslash(byte c) {
    switch (c) {
      case 'b' -> out.write('\b');
      case 'f' -> out.write('\f');
      case 'n' -> out.write('\n');
      case 'r' -> out.write('\r');
      case 't' -> out.write('\t');
      case 'v' -> out.write('\u000B');
      case 'u' -> codePoint(4);
      case 'U' -> codePoint(8);
      case 'x' -> out.write(digits(16, 2, 'x'));
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        position--;
        out.write(digits(8, 3, c));
      }
      default -> out.write(c);
    }
  }

  /**
   * Surrogates come as two escapes; UTF-8 joins them only when both are known, so they are joined
   * here.
   */
  private void codePoint(int length) {
    int point = digits(16, length, '?');
    if (Character.isHighSurrogate((char) point) && point < 0x10000 && text[position] == '\\') {
      position += 2;
      point = Character.toCodePoint((char) point, (char) digits(16, 4, '?'));
    }
    String decoded = Character.isValidCodePoint(point) ? Character.toString(point) : "\uFFFD";
    out.writeBytes(decoded.getBytes(StandardCharsets.UTF_8));
  }

  private int digits(int radix, int most, int otherwise) {
    int value = 0;
    int read = 0;
    while (read < most && Character.digit(text[position], radix) >= 0) {
      value = value * radix + Character.digit(text[position++], radix);
      read++;
    }
    return read == 0 ? otherwise : value;
  }

  /**
   * {@code \\}, {@code \hhhh} and {@code \+hhhhhh}, as U&'' has them; pairs of surrogates join by
   * themselves.
   */
  private static String unicodeEscapes(String raw) {
    StringBuilder decoded = new StringBuilder(raw.length());
    int at = 0;
    while (at < raw.length()) {
      char c = raw.charAt(at++);
      if (c != '\\') {
        decoded.append(c);
      } else if (raw.startsWith("\\", at)) {
        decoded.append(raw.charAt(at++));
      } else {
        boolean wide = raw.startsWith("+", at);
        int from = wide ? at + 1 : at;
        at = Math.min(raw.length(), from + (wide ? 6 : 4));
        decoded.append(character(raw.substring(from, at), wide ? 6 : 4));
      }
    }
    return decoded.toString();
  }

  /** U+FFFD for what the server refuses. */
  private static String character(String hex, int digits) {
    if (hex.length() != digits || !hex.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      return "\uFFFD";
    }
    int point = Integer.parseInt(hex, 16);
    return Character.isValidCodePoint(point) ? Character.toString(point) : "\uFFFD";
  }

  private String dollar() {
    int tag = position + 1;
    while (text[tag] != '$') {
      tag++;
    }
    int length = tag + 1 - position;
    return string(tag + 1, end - length);
  }

  private String quotedName() {
    return string(position + 1, end - 1).replace("\"\"", "\"");
  }

  private String folded() {
    for (int i = position; i < end; i++) {
      out.write(ByteClass.lower(text[i]));
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private String rest() {
    return string(position, end);
  }

  private String string(int from, int to) {
    return new String(text, from, to - from, StandardCharsets.UTF_8);
  }
}
