package dev.trunkline.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** The PostgreSQL types of the console's columns, and their two encodings. */
enum ColumnType {
  TEXT(25, -1),
  INT4(23, 4),
  INT8(20, 8),
  NUMERIC(1700, -1);

  private static final int NUMERIC_BASE = 10_000;
  private static final int NUMERIC_NEGATIVE = 0x4000;

  /** Type id as in {@code pg_type}. */
  final int oid;

  /** Bytes of a value, -1 for variable. */
  final short size;

  ColumnType(int oid, int size) {
    this.oid = oid;
    this.size = (short) size;
  }

  /**
   * The bytes of a value in a DataRow.
   *
   * @param value a String for TEXT, a Long for the others, null for NULL
   * @return null for NULL
   */
  byte[] encode(Object value, boolean binary) {
    if (value == null) {
      return null;
    }
    return binary ? binary(value) : value.toString().getBytes(StandardCharsets.UTF_8);
  }

  private byte[] binary(Object value) {
    return switch (this) {
      case TEXT -> value.toString().getBytes(StandardCharsets.UTF_8);
      case INT4 -> bytes(Unpooled.copyInt(((Long) value).intValue()));
      case INT8 -> bytes(Unpooled.copyLong((Long) value));
      case NUMERIC -> numeric((Long) value);
    };
  }

  /**
   * {@code numeric_send}: number of digits, weight of the first, sign, scale, base-10000 digits.
   */
  private static byte[] numeric(long value) {
    Deque<Integer> digits = new ArrayDeque<>();
    for (long rest = value; rest != 0; rest /= NUMERIC_BASE) {
      digits.push(Math.abs((int) (rest % NUMERIC_BASE)));
    }
    ByteBuf out = Unpooled.buffer(8 + 2 * digits.size());
    out.writeShort(digits.size()).writeShort(Math.max(digits.size() - 1, 0));
    out.writeShort(value < 0 ? NUMERIC_NEGATIVE : 0).writeShort(0);
    digits.forEach(out::writeShort);
    return bytes(out);
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }
}
