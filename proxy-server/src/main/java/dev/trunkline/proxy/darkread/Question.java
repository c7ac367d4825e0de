package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A statement as its client has sent it, to be sent again. */
public sealed interface Question {
  /** The SQL text. */
  byte[] text();

  /** Writes what asks it once; ReadyForQuery ends the answer. */
  void ask(ByteBuf out);

  /** The values it is asked with, for people. */
  List<String> values(PureRead read);

  /** Whether a value may mean the time of day. */
  boolean asksForTheTime();

  /** The text in buf[from, to). */
  static Question simple(ByteBuf buf, int from, int to) {
    return new Simple(copy(buf, from, to));
  }

  /**
   * A prepared statement and its values.
   *
   * @param definition body of the Parse message after the name
   * @param length of it
   * @param buf has the Bind message's body after the names in [from, to)
   */
  static Question extended(byte[] definition, int length, ByteBuf buf, int from, int to) {
    return new Extended(Arrays.copyOf(definition, length), copy(buf, from, to));
  }

  private static byte[] copy(ByteBuf buf, int from, int to) {
    byte[] bytes = new byte[to - from];
    buf.getBytes(from, bytes);
    return bytes;
  }

  /** By the simple query protocol. */
  record Simple(byte[] text) implements Question {
    @Override
    public void ask(ByteBuf out) {
      out.writeByte('Q').writeInt(4 + text.length + 1).writeBytes(text).writeByte(0);
    }

    @Override
    public List<String> values(PureRead read) {
      return read.literals();
    }

    @Override
    public boolean asksForTheTime() {
      return false;
    }
  }

  /** By the extended query protocol, in the formats the client has asked for. */
  record Extended(byte[] definition, byte[] bind) implements Question {
    /** Object ids from here on are the users' own, and differ from server to server. */
    private static final int FIRST_OF_USERS = 16_384;

    @Override
    public byte[] text() {
      return Arrays.copyOf(definition, textEnd());
    }

    private int textEnd() {
      int end = 0;
      while (definition[end] != 0) {
        end++;
      }
      return end;
    }

    @Override
    public void ask(ByteBuf out) {
      byte[] portable = portable();
      out.writeByte('P').writeInt(4 + 1 + portable.length).writeByte(0).writeBytes(portable);
      out.writeByte('B').writeInt(4 + 2 + bind.length).writeShort(0).writeBytes(bind);
      Frontend.describe(out, Frontend.PORTAL, "");
      Frontend.execute(out, "", 0);
      Frontend.sync(out);
    }

    /** The definition with the server left to find out parameters of the users' own types. */
    private byte[] portable() {
      ByteBuf types = Unpooled.wrappedBuffer(definition.clone());
      int at = textEnd() + 3;
      for (; at + 4 <= definition.length; at += 4) {
        if (types.getUnsignedInt(at) >= FIRST_OF_USERS) {
          types.setInt(at, 0);
        }
      }
      return types.array();
    }

    @Override
    public List<String> values(PureRead read) {
      List<String> values = new ArrayList<>(read.literals());
      for (Value value : parameters()) {
        values.add(value.text());
      }
      return values;
    }

    @Override
    public boolean asksForTheTime() {
      return parameters().stream()
          .anyMatch(value -> !value.binary() && PureRead.isClock(value.text()));
    }

    private List<Value> parameters() {
      ByteBuf in = Unpooled.wrappedBuffer(bind);
      int formats = in.readUnsignedShort();
      int formatsAt = in.readerIndex();
      in.skipBytes(2 * formats);
      int count = in.readUnsignedShort();
      List<Value> values = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int format = formats == 0 ? 0 : in.getShort(formatsAt + 2 * (formats == 1 ? 0 : i));
        int length = in.readInt();
        byte[] bytes = length < 0 ? null : new byte[length];
        if (bytes != null) {
          in.readBytes(bytes);
        }
        values.add(new Value(format == 1, bytes));
      }
      return values;
    }
  }

  /** A parameter; null bytes for NULL. */
  record Value(boolean binary, byte[] bytes) {
    String text() {
      if (bytes == null) {
        return "NULL";
      }
      return binary ? "\\x" + Digest.hex(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
