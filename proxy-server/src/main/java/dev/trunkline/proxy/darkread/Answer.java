package dev.trunkline.proxy.darkread;

import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.MessageReader;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to a read: its first rows as their bytes, or the error instead. Filled with messages
 * until ReadyForQuery.
 */
final class Answer {
  /** A column of the result. */
  record Column(String name, int type, boolean binary) {}

  private static final int MAX_BYTES = 256 * 1024;

  private final int maxRows;
  private final List<byte[]> rows = new ArrayList<>();
  private final List<Column> columns = new ArrayList<>();
  private int bytes;
  private boolean more;
  private boolean complete;
  private ErrorFields error;
  private long micros;

  Answer(int maxRows) {
    this.maxRows = maxRows;
  }

  /** Takes one message; whether it was ReadyForQuery. */
  boolean take(byte tag, ByteBuf body) {
    switch (tag) {
      case 'T' -> describe(body);
      case 'D' -> row(body);
      case 'C', 'I' -> complete = true;
      case 'E' -> error = error == null ? ErrorFields.decode(body) : error;
      default -> {}
    }
    return tag == 'Z';
  }

  private void describe(ByteBuf body) {
    columns.clear();
    int count = body.readUnsignedShort();
    for (int i = 0; i < count; i++) {
      String name = MessageReader.readCstring(body);
      body.skipBytes(6);
      int type = body.readInt();
      body.skipBytes(6);
      columns.add(new Column(name, type, body.readShort() == 1));
    }
  }

  private void row(ByteBuf body) {
    int length = body.readableBytes();
    if (rows.size() == maxRows || bytes + length > MAX_BYTES) {
      more = true;
      return;
    }
    byte[] row = new byte[length];
    body.readBytes(row);
    rows.add(row);
    bytes += length;
  }

  /** Bytes of DataRow messages, which know nothing of types and tables. */
  List<byte[]> rows() {
    return rows;
  }

  /** Empty when the result has not been described. */
  List<Column> columns() {
    return columns;
  }

  /** Whether there were more rows, or longer ones, than are kept. */
  boolean more() {
    return more;
  }

  /** Whether the command has come to its end. */
  boolean complete() {
    return complete;
  }

  /** What went wrong, or null. */
  ErrorFields error() {
    return error;
  }

  /** That it is one, and no error. */
  void demand() throws ReadFailed {
    if (error != null) {
      throw ReadFailed.of(error);
    }
  }

  /** How long it took. */
  long micros() {
    return micros;
  }

  void took(long answerMicros) {
    micros = answerMicros;
  }
}
