package dev.trunkline.shard;

import java.util.Arrays;

/**
 * Reads the key of each row out of the data of a COPY, which comes in pieces of any size. Where
 * PostgreSQL could see other rows than those found here, it refuses the data, or there is a {@link
 * #problem}. For one COPY and one thread.
 */
public final class CopyKeys {
  private static final int MAX_KEY_BYTES = 1024;
  private static final int BINARY_HEADER = 19;
  private static final int LENGTH_IN_HEADER = 15;

  private final CopyFormat format;
  private final int column;
  private final int columns;
  private final KeyType type;
  private final byte[] field = new byte[MAX_KEY_BYTES];
  private int fieldLength;
  private int number;
  private long rowBytes;
  private boolean escaped;
  private boolean quoted;
  private boolean header;
  private boolean ended;
  private byte last;

  // Of the binary format: what is read next, and how many bytes of it are missing.
  private Part part = Part.HEADER;
  private long missing = BINARY_HEADER;
  private int count;

  private String expected;
  private String key;
  private RouteMiss problem;

  private enum Part {
    HEADER,
    EXTENSION,
    FIELDS,
    LENGTH,
    VALUE
  }

  /**
   * Nothing read yet.
   *
   * @param shape of kind {@link SqlShape.Kind#COPY}
   * @param expected the workspace all rows have to be of; null when the first row decides
   */
  public CopyKeys(SqlShape shape, String expected) {
    this.format = shape.copyFormat();
    this.column = shape.copyColumn();
    this.columns = shape.copyColumns();
    this.type = shape.copyType();
    this.expected = expected;
    this.header = format == CopyFormat.CSV_WITH_HEADER;
  }

  /** The key of the rows read so far; null before the first. */
  public String key() {
    return key;
  }

  /** Why the rows are not those of one workspace; null as long as they are. */
  public RouteMiss problem() {
    return problem;
  }

  /** The key of the first row that is not of the workspace; null if there is none. */
  public String other() {
    return problem == null || key == null || key.equals(expected) ? null : key;
  }

  /** Goes on with a byte of the data. */
  public void read(byte next) {
    if (problem != null) {
      return;
    }
    switch (format) {
      case TEXT -> text(next);
      case CSV, CSV_WITH_HEADER -> csv(next);
      case BINARY -> binary(next);
    }
  }

  /** The data is over: the last row may lack its end of line. */
  public void end() {
    boolean open = format != CopyFormat.BINARY && rowBytes > 0;
    if (problem == null && open && !ended) {
      row();
    }
  }

  // ---- text ----

  private void text(byte next) {
    boolean literal = escaped;
    escaped = false;
    if (!literal && isLineEnd(next)) {
      lineEnd(next);
    } else if (!literal && next == '\t') {
      fieldEnd();
    } else {
      escaped = !literal && next == '\\';
      add(next);
    }
  }

  // ---- CSV ----

  private void csv(byte next) {
    if (next == '"') {
      quoted = !quoted;
      add(next);
    } else if (!quoted && isLineEnd(next)) {
      lineEnd(next);
    } else if (!quoted && next == ',') {
      fieldEnd();
    } else {
      add(next);
    }
  }

  // ---- both ----

  private static boolean isLineEnd(byte next) {
    return next == '\n' || next == '\r';
  }

  private void lineEnd(byte next) {
    boolean second = next == '\n' && last == '\r' && rowBytes == 0;
    last = next;
    if (!second) {
      row();
    }
  }

  private void row() {
    if (number == 0 && fieldLength == 2 && field[0] == '\\' && field[1] == '.') {
      ended = true;
      if (columns == 1) {
        fail("It may end the data, or be a row.");
      }
    } else if (header) {
      header = false;
    } else {
      fieldEnd();
      if (number != columns) {
        fail("A row has " + number + " columns, not " + columns + ".");
      }
    }
    number = 0;
    rowBytes = 0;
    fieldLength = 0;
  }

  private void fieldEnd() {
    rowBytes++;
    if (number == column && !header) {
      byte[] value = value();
      if (problem == null) {
        found(KeyReader.copied(value, type));
      }
    }
    number++;
    fieldLength = 0;
  }

  private void add(byte next) {
    rowBytes++;
    if (ended) {
      fail("There is data behind its end.");
    }
    if (number == column || number == 0) {
      if (fieldLength < field.length) {
        field[fieldLength] = next;
      }
      fieldLength = Math.min(fieldLength + 1, field.length);
    }
  }

  /**
   * A quote or a backslash inside is left to be refused: the key is read from the plainest only.
   */
  private byte[] value() {
    boolean inQuotes =
        format != CopyFormat.TEXT
            && fieldLength >= 2
            && field[0] == '"'
            && field[fieldLength - 1] == '"';
    byte[] value =
        inQuotes
            ? Arrays.copyOfRange(field, 1, fieldLength - 1)
            : Arrays.copyOf(field, fieldLength);
    for (byte each : value) {
      if (each == '"' || each == '\\') {
        fail("A key is written in a way that is not read.");
      }
    }
    return value;
  }

  // ---- binary ----

  private void binary(byte next) {
    if (ended) {
      fail("There is data behind its end.");
      return;
    }
    switch (part) {
      case HEADER -> {
        if (missing <= BINARY_HEADER - LENGTH_IN_HEADER) {
          count = count << 8 | (next & 0xFF);
        }
      }
      case FIELDS, LENGTH -> count = count << 8 | (next & 0xFF);
      case EXTENSION -> {}
      case VALUE -> add(next);
    }
    if (--missing == 0) {
      partEnd();
    }
  }

  private void partEnd() {
    switch (part) {
      case HEADER -> begin(count == 0 ? Part.FIELDS : Part.EXTENSION, count == 0 ? 2 : count);
      case EXTENSION -> begin(Part.FIELDS, 2);
      case FIELDS -> fields((short) count);
      case LENGTH -> length();
      case VALUE -> binaryField();
    }
  }

  private void begin(Part next, long bytes) {
    part = next;
    missing = bytes;
    count = 0;
    if (bytes < 0) {
      fail("The data is malformed.");
    }
  }

  private void fields(short fields) {
    ended = fields == -1;
    if (!ended && fields != columns) {
      fail("A row has " + fields + " columns, not " + columns + ".");
    }
    number = 0;
    begin(Part.LENGTH, 4);
  }

  private void length() {
    int length = count;
    fieldLength = 0;
    if (length > 0) {
      begin(Part.VALUE, length);
    } else {
      if (number == column) {
        fail("A row has no key.");
      }
      nextField();
    }
  }

  private void binaryField() {
    if (number == column) {
      found(KeyReader.copiedBinary(Arrays.copyOf(field, fieldLength), type));
    }
    nextField();
  }

  private void nextField() {
    number++;
    fieldLength = 0;
    begin(number == columns ? Part.FIELDS : Part.LENGTH, number == columns ? 2 : 4);
  }

  // ---- keys ----

  private void found(KeyAnswer answer) {
    switch (answer) {
      case KeyAnswer.Found(String workspace) -> {
        key = workspace;
        if (expected == null) {
          expected = workspace;
        } else if (!expected.equals(workspace)) {
          fail("The rows name the workspaces " + expected + " and " + workspace + ".");
        }
      }
      case KeyAnswer.NotFound(RouteMiss miss) -> fail(miss.message());
    }
  }

  private void fail(String message) {
    if (problem == null) {
      problem = RouteMiss.of("the data of COPY", message);
    }
  }
}
