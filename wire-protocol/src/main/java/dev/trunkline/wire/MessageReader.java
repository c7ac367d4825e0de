package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the fields of a message body: by index, to peek without moving anything, or at the reader
 * index up to the writer index. Whatever the body holds, the only exception is {@link
 * ProtocolViolation}, with the words of PostgreSQL's {@code pqformat.c}.
 *
 * <p>Text is strict UTF-8 where no charset is given. A lossy decoder would let two names that
 * differ on the wire be one name here, and the routing must never mix up names.
 */
public final class MessageReader {
  private static final byte NUL = 0;

  private MessageReader() {}

  /**
   * Index of the first NUL of {@code buf[from, to)}, or -1. Never looks outside the range, even if
   * it is empty or reversed.
   */
  public static int cstringEnd(ByteBuf buf, int from, int to) {
    return from < to ? buf.indexOf(from, to, NUL) : -1;
  }

  /**
   * The NUL-terminated string at {@code from}.
   *
   * @throws ProtocolViolation if no NUL follows before {@code to}, or if it is not UTF-8
   */
  public static String cstring(ByteBuf buf, int from, int to) {
    int end = requireEnd(buf, from, to);
    return utf8(buf, from, end - from);
  }

  /**
   * Index after the NUL-terminated string at {@code from}.
   *
   * @throws ProtocolViolation if no NUL follows before {@code to}
   */
  public static int skipCstring(ByteBuf buf, int from, int to) {
    return requireEnd(buf, from, to) + 1;
  }

  /** Reads a NUL-terminated string of strict UTF-8. */
  public static String readCstring(ByteBuf body) {
    int from = body.readerIndex();
    int end = requireEnd(body, from, body.writerIndex());
    String value = utf8(body, from, end - from);
    body.readerIndex(end + 1);
    return value;
  }

  /**
   * Reads a NUL-terminated string in the given charset, replacing what it cannot decode: for text
   * that is shown and never compared.
   */
  public static String readCstring(ByteBuf body, Charset charset) {
    int from = body.readerIndex();
    int end = requireEnd(body, from, body.writerIndex());
    body.readerIndex(end + 1);
    return body.toString(from, end - from, charset);
  }

  /** Moves the reader index past a NUL-terminated string. */
  public static void skipCstring(ByteBuf body) {
    body.readerIndex(skipCstring(body, body.readerIndex(), body.writerIndex()));
  }

  public static byte readByte(ByteBuf body) {
    requireReadable(body, Byte.BYTES);
    return body.readByte();
  }

  public static short readInt16(ByteBuf body) {
    requireReadable(body, Short.BYTES);
    return body.readShort();
  }

  /**
   * Reads an int2 that counts items, 0 to 65535, and refuses a count that the rest of the body
   * cannot hold: nobody gets an array allocated by a number alone.
   *
   * @param itemBytes smallest size of an item in bytes, at least 1
   */
  public static int readCount(ByteBuf body, int itemBytes) {
    requireReadable(body, Short.BYTES);
    int count = body.readUnsignedShort();
    requireReadable(body, (long) count * itemBytes);
    return count;
  }

  public static int readInt32(ByteBuf body) {
    requireReadable(body, Integer.BYTES);
    return body.readInt();
  }

  /** Reads {@code count} bytes; a negative count is a violation. */
  public static byte[] readBytes(ByteBuf body, int count) {
    requireReadable(body, count);
    byte[] bytes = new byte[count];
    body.readBytes(bytes);
    return bytes;
  }

  /** Reads an int4 length and as many bytes; null for length -1, which is SQL's NULL. */
  public static byte[] readValue(ByteBuf body) {
    int length = readInt32(body);
    return length == -1 ? null : readBytes(body, length);
  }

  /** Reads an int2 count and as many {@linkplain #readValue values}. */
  static List<byte[]> readValues(ByteBuf body) {
    int count = readCount(body, Integer.BYTES);
    List<byte[]> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(readValue(body));
    }
    return values;
  }

  /** Reads an int2 count and as many format codes. */
  static short[] readFormats(ByteBuf body) {
    short[] formats = new short[readCount(body, Short.BYTES)];
    for (int i = 0; i < formats.length; i++) {
      formats[i] = readInt16(body);
    }
    return formats;
  }

  /** Reads all that is left. */
  public static byte[] readRest(ByteBuf body) {
    return readBytes(body, body.readableBytes());
  }

  /**
   * To be called after the last field.
   *
   * @throws ProtocolViolation if bytes are left over
   */
  public static void requireEnd(ByteBuf body) {
    if (body.isReadable()) {
      throw new ProtocolViolation("invalid message format");
    }
  }

  private static int requireEnd(ByteBuf buf, int from, int to) {
    int end = cstringEnd(buf, from, to);
    if (end < 0) {
      throw new ProtocolViolation("invalid string in message");
    }
    return end;
  }

  private static void requireReadable(ByteBuf body, long bytes) {
    if (bytes < 0 || body.readableBytes() < bytes) {
      throw new ProtocolViolation("insufficient data left in message");
    }
  }

  private static String utf8(ByteBuf buf, int from, int count) {
    byte[] bytes = new byte[count];
    buf.getBytes(from, bytes);
    for (byte value : bytes) {
      if (value < 0) {
        return strictUtf8(bytes);
      }
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String strictUtf8(byte[] bytes) {
    try {
      CharBuffer chars = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return chars.toString();
    } catch (CharacterCodingException invalid) {
      throw new ProtocolViolation(
          "22021", "invalid byte sequence for encoding \"UTF8\"", invalid.getMessage());
    }
  }
}
