package dev.trunkline.admin;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.FrontendDecoder;
import java.math.BigDecimal;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One parameter of a query in SQL.
 *
 * @param oid its type: what the client said, or what the engine found out
 */
record SqlParameter(int oid) {
  private static final int BOOL = 16;
  private static final int INT8 = 20;
  private static final int INT2 = 21;
  private static final int INT4 = 23;
  private static final int FLOAT4 = 700;
  private static final int FLOAT8 = 701;
  private static final int VARCHAR = 1043;
  private static final int NUMERIC = 1700;

  /**
   * The values of a Bind, as Java knows them.
   *
   * @throws CommandFailed a value that is none of its type, or a type whose binary format nobody
   *     needs here
   */
  static List<Object> values(List<SqlParameter> parameters, FrontendDecoder.Bind bind)
      throws CommandFailed {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      byte[] bytes = bind.values().get(i);
      boolean binary = bind.format(i) == Backend.BINARY;
      values.add(bytes == null ? null : parameters.get(i).value(bytes, binary));
    }
    return values;
  }

  private Object value(byte[] bytes, boolean binary) throws CommandFailed {
    try {
      return binary ? binary(bytes) : text(utf8(bytes));
    } catch (NumberFormatException | BufferUnderflowException wrong) {
      throw CommandFailed.of("22P02", "a parameter has no value of its type " + oid);
    }
  }

  private Object text(String text) {
    return switch (oid) {
      case BOOL -> List.of("t", "true", "1", "on", "yes").contains(text.toLowerCase(Locale.ROOT));
      case INT2, INT4, INT8 -> Long.valueOf(text.strip());
      case FLOAT4, FLOAT8 -> Double.valueOf(text);
      case NUMERIC -> new BigDecimal(text.strip());
      default -> text;
    };
  }

  private Object binary(byte[] bytes) throws CommandFailed {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return switch (oid) {
      case BOOL -> in.get() != 0;
      case INT2 -> (long) in.getShort();
      case INT4 -> (long) in.getInt();
      case INT8 -> in.getLong();
      case FLOAT4 -> (double) in.getFloat();
      case FLOAT8 -> in.getDouble();
      case VARCHAR -> utf8(bytes);
      default -> {
        if (oid != ColumnType.TEXT.oid) {
          throw CommandFailed.of("0A000", "the console reads no binary values of type " + oid);
        }
        yield utf8(bytes);
      }
    };
  }

  private static String utf8(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
