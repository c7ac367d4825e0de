package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;

/**
 * What the encoders share. A text with a NUL or a list that does not fit its int2 count would let
 * the caller's data end a field early, so both are refused; the frame is then half written.
 */
final class MessageWriter {
  private static final int MAX_COUNT = 0xffff;

  private MessageWriter() {}

  /** Writes tag and a blank length; returns the index of the length for {@link #end}. */
  static int begin(ByteBuf out, byte tag) {
    out.writeByte(tag);
    return beginUntagged(out);
  }

  static int beginUntagged(ByteBuf out) {
    int lengthAt = out.writerIndex();
    out.writeInt(0);
    return lengthAt;
  }

  static void end(ByteBuf out, int lengthAt) {
    out.setInt(lengthAt, out.writerIndex() - lengthAt);
  }

  /** A message without a body. */
  static void empty(ByteBuf out, byte tag) {
    out.writeByte(tag).writeInt(FrameCursor.LENGTH_BYTES);
  }

  static void bytes(ByteBuf out, byte tag, byte[] body) {
    out.writeByte(tag).writeInt(FrameCursor.LENGTH_BYTES + body.length).writeBytes(body);
  }

  static void text(ByteBuf out, byte tag, String body) {
    int at = begin(out, tag);
    cstring(out, body);
    end(out, at);
  }

  static void cstring(ByteBuf out, String value) {
    if (value.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a protocol string cannot hold a NUL");
    }
    ByteBufUtil.writeUtf8(out, value);
    out.writeByte(0);
  }

  static void count(ByteBuf out, int count) {
    if (count > MAX_COUNT) {
      throw new IllegalArgumentException(count + " items in a message, at most " + MAX_COUNT);
    }
    out.writeShort(count);
  }

  static void formats(ByteBuf out, short[] formats) {
    count(out, formats.length);
    for (short format : formats) {
      out.writeShort(format);
    }
  }

  static void oids(ByteBuf out, int[] oids) {
    count(out, oids.length);
    for (int oid : oids) {
      out.writeInt(oid);
    }
  }

  static void values(ByteBuf out, List<byte[]> values) {
    count(out, values.size());
    for (byte[] value : values) {
      value(out, value);
    }
  }

  /** Length and bytes, or -1 for null. */
  static void value(ByteBuf out, byte[] value) {
    if (value == null) {
      out.writeInt(-1);
      return;
    }
    out.writeInt(value.length).writeBytes(value);
  }
}
