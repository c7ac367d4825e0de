package dev.trunkline.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;

/** The PostgreSQL types of the console's columns, and their two encodings. */
enum ColumnType {
  TEXT(25, -1),
  INT4(23, 4),
  INT8(20, 8),
  NUMERIC(1700, -1),
  FLOAT8(701, 8),
  BOOL(16, 1),
  TIMESTAMP(1114, 8),
  TIMESTAMPTZ(1184, 8);

  private static final BigInteger NUMERIC_BASE = BigInteger.valueOf(10_000);
  private static final int NUMERIC_DIGITS = 4;
  private static final int NUMERIC_NEGATIVE = 0x4000;
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);

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
   * @param value a String for TEXT, a Double for FLOAT8, a Boolean for BOOL, an Instant for the two
   *     of time, a Long or a BigDecimal for NUMERIC, a Long for the integers; null for NULL
   * @return null for NULL
   */
  byte[] encode(Object value, boolean binary) {
    if (value == null) {
      return null;
    }
    return binary ? binary(value) : text(value).getBytes(StandardCharsets.UTF_8);
  }

  private String text(Object value) {
    return switch (this) {
      case TEXT, INT4, INT8 -> value.toString();
      case NUMERIC -> decimal(value).toPlainString();
      case FLOAT8 -> value.toString().replaceFirst("\\.0$", "");
      case BOOL -> (Boolean) value ? "t" : "f";
      case TIMESTAMP -> TIME.format((Instant) value);
      case TIMESTAMPTZ -> TIME.format((Instant) value) + "+00";
    };
  }

  private byte[] binary(Object value) {
    return switch (this) {
      case TEXT -> value.toString().getBytes(StandardCharsets.UTF_8);
      case INT4 -> bytes(Unpooled.copyInt(((Long) value).intValue()));
      case INT8 -> bytes(Unpooled.copyLong((Long) value));
      case NUMERIC -> numeric(decimal(value));
      case FLOAT8 -> bytes(Unpooled.copyDouble((Double) value));
      case BOOL -> bytes(Unpooled.copyBoolean((Boolean) value));
      case TIMESTAMP, TIMESTAMPTZ ->
          bytes(Unpooled.copyLong(Duration.between(EPOCH, (Instant) value).toNanos() / 1000));
    };
  }

  private static BigDecimal decimal(Object value) {
    BigDecimal decimal =
        value instanceof Long integer ? BigDecimal.valueOf(integer) : (BigDecimal) value;
    return decimal.scale() < 0 ? decimal.setScale(0) : decimal;
  }

  /**
   * {@code numeric_send}: number of digits, weight of the first, sign, scale, base-10000 digits,
   * the decimal point between two of them.
   */
  private static byte[] numeric(BigDecimal value) {
    int fraction = Math.ceilDiv(value.scale(), NUMERIC_DIGITS);
    Deque<Integer> digits = new ArrayDeque<>();
    BigInteger rest = value.setScale(fraction * NUMERIC_DIGITS).unscaledValue().abs();
    for (; rest.signum() != 0; rest = rest.divide(NUMERIC_BASE)) {
      digits.push(rest.mod(NUMERIC_BASE).intValue());
    }
    ByteBuf out = Unpooled.buffer(8 + 2 * digits.size());
    out.writeShort(digits.size()).writeShort(digits.isEmpty() ? 0 : digits.size() - 1 - fraction);
    out.writeShort(value.signum() < 0 ? NUMERIC_NEGATIVE : 0).writeShort(value.scale());
    digits.forEach(out::writeShort);
    return bytes(out);
  }

  private static byte[] bytes(ByteBuf buffer) {
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }
}
