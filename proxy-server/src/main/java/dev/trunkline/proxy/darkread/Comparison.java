package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Two answers beside each other, column by column, as bytes: in the format the client has asked
 * for, without types and tables, whose numbers differ from server to server.
 */
final class Comparison {
  private static final Set<Integer> FLOATS = Set.of(700, 701);

  /** Of record and record[], whose binary form has numbers of types in it. */
  private static final Set<Integer> RECORDS = Set.of(2249, 2287);

  private enum Likeness {
    SAME,
    OTHER_ORDER,
    DIFFERENT
  }

  private final PureRead read;

  Comparison(PureRead read) {
    this.read = read;
  }

  /** Whether both have the same rows, in the same order where the statement has one. */
  boolean equal(Answer one, Answer other) {
    Likeness likeness = likeness(one, other);
    return likeness == Likeness.SAME || (likeness == Likeness.OTHER_ORDER && !read.ordered());
  }

  /** Whether they have the same rows in whatever order. */
  boolean sameRows(Answer one, Answer other) {
    return likeness(one, other) != Likeness.DIFFERENT;
  }

  private static Likeness likeness(Answer one, Answer other) {
    if (one.more() || other.more() || one.rows().size() != other.rows().size()) {
      return Likeness.DIFFERENT;
    }
    byte[][] left = one.rows().toArray(byte[][]::new);
    byte[][] right = other.rows().toArray(byte[][]::new);
    if (Arrays.deepEquals(left, right)) {
      return Likeness.SAME;
    }
    Arrays.sort(left, Arrays::compareUnsigned);
    Arrays.sort(right, Arrays::compareUnsigned);
    return Arrays.deepEquals(left, right) ? Likeness.OTHER_ORDER : Likeness.DIFFERENT;
  }

  /**
   * Whether two answers that differ may both be right: the order of equals decided which rows there
   * are, or in which order they were added up, or the bytes hold numbers of types.
   */
  boolean undetermined(Answer old, Answer fresh) {
    if (read.undetermined() || (read.limited() && tied(old, fresh))) {
      return true;
    }
    List<Integer> columns = differing(old, fresh);
    return !columns.isEmpty()
        && columns.stream().allMatch(column -> soft(fresh.columns().get(column)));
  }

  private boolean soft(Answer.Column column) {
    boolean typed = column.type() >= Field.FIRST_OF_USERS || RECORDS.contains(column.type());
    return (read.sums() && FLOATS.contains(column.type())) || (column.binary() && typed);
  }

  /** Whether the rows that one side lacks may be equals of the first or last one of the result. */
  private boolean tied(Answer old, Answer fresh) {
    int[] keys = keys(fresh.columns());
    if (keys == null) {
      return true;
    }
    if (old.rows().isEmpty() || old.rows().size() != fresh.rows().size()) {
      return false;
    }
    Set<List<ByteBuffer>> edges = new HashSet<>();
    edges.add(key(old.rows().getFirst(), keys));
    edges.add(key(old.rows().getLast(), keys));
    return lacking(old, fresh).stream().allMatch(row -> edges.contains(key(row, keys)))
        && lacking(fresh, old).stream().allMatch(row -> edges.contains(key(row, keys)));
  }

  /** Rows of the one that the other has not. */
  private static List<byte[]> lacking(Answer one, Answer other) {
    List<byte[]> rows = new ArrayList<>(one.rows());
    for (byte[] row : other.rows()) {
      for (int i = 0; i < rows.size(); i++) {
        if (Arrays.equals(rows.get(i), row)) {
          rows.remove(i);
          break;
        }
      }
    }
    return rows;
  }

  private int[] keys(List<Answer.Column> columns) {
    if (read.orderKeys() == null) {
      return null;
    }
    int[] keys = new int[read.orderKeys().size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = column(read.orderKeys().get(i), columns);
      if (keys[i] < 0) {
        return null;
      }
    }
    return keys;
  }

  private static int column(String key, List<Answer.Column> columns) {
    if (key.matches("\\d{1,4}")) {
      int number = Integer.parseInt(key);
      return number >= 1 && number <= columns.size() ? number - 1 : -1;
    }
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(key)) {
        return i;
      }
    }
    return -1;
  }

  private static List<ByteBuffer> key(byte[] row, int[] keys) {
    List<byte[]> fields = fields(row);
    List<ByteBuffer> key = new ArrayList<>();
    for (int each : keys) {
      byte[] value = fields.get(each);
      key.add(value == null ? ByteBuffer.wrap(new byte[] {0, 'N'}) : ByteBuffer.wrap(value));
    }
    return key;
  }

  /**
   * Numbers of the columns that differ in rows at the same place; empty where they have no such.
   */
  static List<Integer> differing(Answer old, Answer fresh) {
    Set<Integer> columns = new LinkedHashSet<>();
    boolean alike = old.rows().size() == fresh.rows().size() && !old.more() && !fresh.more();
    for (int i = 0; alike && i < old.rows().size(); i++) {
      List<byte[]> before = fields(old.rows().get(i));
      List<byte[]> after = fields(fresh.rows().get(i));
      for (int c = 0; c < Math.min(before.size(), after.size()); c++) {
        if (!Arrays.equals(before.get(c), after.get(c)) && c < fresh.columns().size()) {
          columns.add(c);
        }
      }
    }
    return List.copyOf(columns);
  }

  /** The values of a row; null for NULL. */
  static List<byte[]> fields(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    List<byte[]> fields = new ArrayList<>();
    int count = in.getShort() & 0xffff;
    for (int i = 0; i < count; i++) {
      int length = in.getInt();
      byte[] value = length < 0 ? null : new byte[length];
      if (value != null) {
        in.get(value);
      }
      fields.add(value);
    }
    return fields;
  }
}
