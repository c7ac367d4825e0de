package dev.trunkline.proxy.auth;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of a file in the form of pg_hba.conf, cut into words: blanks and commas separate, double
 * quotes keep them (and take a keyword its meaning), {@code #} begins a comment.
 */
final class RuleLine {
  /**
   * A word.
   *
   * @param quoted whether any part of it stood in quotes
   */
  record Word(String text, boolean quoted) {
    boolean keyword(String name) {
      return !quoted && text.equals(name);
    }
  }

  private final List<List<Word>> fields = new ArrayList<>();
  private final String line;
  private int at;
  private int field;

  private RuleLine(String line) {
    this.line = line;
  }

  /**
   * @throws IllegalArgumentException when a quote is not closed
   */
  static RuleLine of(String text) {
    RuleLine line = new RuleLine(text);
    line.split();
    return line;
  }

  boolean atEnd() {
    return field == fields.size();
  }

  /** The next field, which is a list: {@code a,b}. */
  List<Word> nextList(String what) {
    if (atEnd()) {
      throw new IllegalArgumentException(what + " is missing");
    }
    return fields.get(field++);
  }

  /** The next field, which is one word. */
  Word next(String what) {
    List<Word> words = nextList(what);
    if (words.size() != 1) {
      throw new IllegalArgumentException(what + " must be one word");
    }
    return words.getFirst();
  }

  /** The next field as it is, or null when it is not there. */
  Word peek() {
    return atEnd() ? null : fields.get(field).getFirst();
  }

  /** All fields that are left, each of the form {@code name=value}. */
  Map<String, String> options() {
    Map<String, String> options = new HashMap<>();
    while (!atEnd()) {
      // A comma is nothing special in the value of an option.
      String option = String.join(",", nextList("an option").stream().map(Word::text).toList());
      int equals = option.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("an option is not of the form name=value");
      }
      options.put(option.substring(0, equals), option.substring(equals + 1));
    }
    return options;
  }

  private void split() {
    skipBlanks();
    while (at < line.length()) {
      fields.add(list());
      skipBlanks();
    }
  }

  private void skipBlanks() {
    while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
      at++;
    }
    if (at < line.length() && line.charAt(at) == '#') {
      at = line.length();
    }
  }

  /** Words with commas between them; blanks behind a comma belong to the list, as in PostgreSQL. */
  private List<Word> list() {
    List<Word> words = new ArrayList<>();
    words.add(word());
    while (at < line.length() && line.charAt(at) == ',') {
      at++;
      skipBlanks();
      if (at < line.length() && line.charAt(at) != ',') {
        words.add(word());
      }
    }
    return words;
  }

  private Word word() {
    StringBuilder text = new StringBuilder();
    boolean quoted = false;
    boolean inside = false;
    for (; at < line.length(); at++) {
      char c = line.charAt(at);
      if (c == '"') {
        inside = !inside;
        quoted = true;
      } else if (!inside && (Character.isWhitespace(c) || c == ',' || c == '#')) {
        break;
      } else {
        text.append(c);
      }
    }
    if (inside) {
      throw new IllegalArgumentException("a quote is not closed");
    }
    return new Word(text.toString(), quoted);
  }
}
