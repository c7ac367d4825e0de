package dev.trunkline.proxy.client;

import dev.trunkline.shard.KeyValues;
import io.netty.buffer.ByteBuf;

/**
 * The parameters of the Bind at hand, read in place. A message that is not well-formed has no
 * parameters here; the server says what is wrong with it. One per event loop, used again and again.
 */
final class BindValues implements KeyValues {
  private static final int NULL = -1;

  private ByteBuf buf;
  private int formats;
  private int formatCount;
  private int first;
  private int count;
  private int end;
  private byte[] definition;
  private int types;
  private int typeCount;

  /**
   * Turns to a Bind.
   *
   * @param from behind the statement's name
   * @param to end of the message
   * @param definition body of the Parse behind the name: text, NUL, types
   * @param textEnd offset of that NUL
   */
  BindValues of(ByteBuf buf, int from, int to, byte[] definition, int textEnd) {
    this.buf = buf;
    this.end = to;
    this.definition = definition;
    this.types = textEnd + 3;
    this.typeCount = shortAt(definition, textEnd + 1);
    this.count = 0;
    if (to - from >= 2) {
      formatCount = buf.getUnsignedShort(from);
      formats = from + 2;
      int at = formats + 2 * formatCount;
      if (at + 2 <= to) {
        count = buf.getUnsignedShort(at);
        first = at + 2;
      }
    }
    return this;
  }

  private static int shortAt(byte[] bytes, int at) {
    return at + 1 < bytes.length ? (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF) : 0;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int type(int parameter) {
    if (parameter >= typeCount) {
      return 0;
    }
    int at = types + 4 * parameter;
    return shortAt(definition, at) << 16 | shortAt(definition, at + 2);
  }

  @Override
  public boolean binary(int parameter) {
    if (formatCount == 0) {
      return false;
    }
    int at = formatCount == 1 ? 0 : parameter;
    return at >= formatCount || buf.getShort(formats + 2 * at) != 0;
  }

  @Override
  public byte[] value(int parameter) {
    int at = first;
    for (int i = 0; i < parameter && at + 4 <= end; i++) {
      at += 4 + Math.max(0, buf.getInt(at));
      if (at < first) {
        return null;
      }
    }
    int length = at + 4 <= end ? buf.getInt(at) : NULL;
    if (length < 0 || length > end - at - 4) {
      return null;
    }
    byte[] value = new byte[length];
    buf.getBytes(at + 4, value);
    return value;
  }
}
