package dev.trunkline.shard;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds {@code workspace_id} in sqlcommenter comments: {@code key='value'} pairs between commas,
 * values URL-encoded, quotes in them escaped by a backslash. A comment counts before or behind a
 * statement, not inside it; so what a comment said is pending until the next token shows where it
 * stood.
 */
final class SqlComments {
  private static final byte[] KEY = "workspace_id".getBytes(StandardCharsets.US_ASCII);

  private byte[] text = {};
  private int from;
  private int to;
  private boolean conflict;
  private int pendingFrom;
  private int pendingTo;
  private boolean pendingConflict;

  void reset(byte[] text) {
    this.text = text;
    from = -1;
    conflict = false;
    drop();
  }

  /** Whether a comment waits for {@link #accept} or {@link #drop}. */
  boolean pending() {
    return pendingFrom >= 0;
  }

  /** The pending comments stand at the edge of a statement. */
  void accept() {
    if (!pending()) {
      return;
    }
    conflict |= pendingConflict;
    if (from < 0) {
      from = pendingFrom;
      to = pendingTo;
    } else {
      conflict |= differs(from, to, pendingFrom, pendingTo);
    }
    drop();
  }

  /** They stand inside one. */
  void drop() {
    pendingFrom = -1;
    pendingConflict = false;
  }

  String workspace() {
    return from < 0 ? null : decode(from, to);
  }

  boolean conflict() {
    return conflict;
  }

  /** Reads a block comment, given with its delimiters. */
  void read(int start, int end) {
    int at = start + 2;
    int last = end - 2;
    while (at < last) {
      at = pair(skipSpace(at, last), last);
    }
  }

  /** Reads one pair; returns the offset behind the comma that ends it. */
  private int pair(int keyFrom, int last) {
    int keyTo = keyFrom;
    while (keyTo < last && text[keyTo] != '=' && text[keyTo] != ',') {
      keyTo++;
    }
    int open = keyTo < last && text[keyTo] == '=' ? skipSpace(keyTo + 1, last) : last;
    if (open >= last || text[open] != '\'') {
      return comma(keyTo, last);
    }
    int close = closingQuote(open + 1, last);
    if (close < last && isKey(keyFrom, keyTo)) {
      found(open + 1, close);
    }
    return comma(close, last);
  }

  private int closingQuote(int from, int last) {
    int at = from;
    while (at < last && text[at] != '\'') {
      at += text[at] == '\\' ? 2 : 1;
    }
    return Math.min(at, last);
  }

  private int comma(int from, int last) {
    int at = from;
    while (at < last && text[at] != ',') {
      at++;
    }
    return at + 1;
  }

  private boolean isKey(int from, int to) {
    int last = to;
    while (last > from && ByteClass.isSpace(text[last - 1])) {
      last--;
    }
    return same(KEY, 0, KEY.length, from, last);
  }

  private void found(int valueFrom, int valueTo) {
    if (!pending()) {
      pendingFrom = valueFrom;
      pendingTo = valueTo;
    } else {
      pendingConflict |= differs(pendingFrom, pendingTo, valueFrom, valueTo);
    }
  }

  private boolean differs(int from, int to, int otherFrom, int otherTo) {
    return !same(text, from, to, otherFrom, otherTo)
        && !decode(from, to).equals(decode(otherFrom, otherTo));
  }

  private boolean same(byte[] bytes, int from, int to, int otherFrom, int otherTo) {
    return Arrays.equals(bytes, from, to, text, otherFrom, otherTo);
  }

  private String decode(int from, int to) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
    int at = from;
    while (at < to) {
      if (text[at] == '\\' && at + 1 < to) {
        out.write(text[at + 1]);
        at += 2;
      } else if (isPercent(at, to)) {
        out.write(Character.digit(text[at + 1], 16) << 4 | Character.digit(text[at + 2], 16));
        at += 3;
      } else {
        out.write(text[at++]);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private boolean isPercent(int at, int to) {
    return text[at] == '%'
        && at + 2 < to
        && Character.digit(text[at + 1], 16) >= 0
        && Character.digit(text[at + 2], 16) >= 0;
  }

  private int skipSpace(int from, int last) {
    int at = from;
    while (at < last && ByteClass.isSpace(text[at])) {
      at++;
    }
    return at;
  }
}
