package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A whole tagged message, for tests: compares by content and reads well in a failure.
 *
 * @param body without tag and length
 */
@SuppressWarnings("ArrayRecordComponent") // with its own equals and hashCode
public record Message(byte tag, byte[] body) {
  private static final int SHOWN_BYTES = 200;

  /** The only message that an encoder writes. */
  public static Message of(Consumer<ByteBuf> encoder) {
    List<Message> messages = all(bytes(encoder));
    if (messages.size() != 1) {
      throw new AssertionError("expected one message, but was " + messages);
    }
    return messages.getFirst();
  }

  /** The bytes that an encoder writes. */
  public static byte[] bytes(Consumer<ByteBuf> encoder) {
    ByteBuf out = Unpooled.buffer();
    encoder.accept(out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  /** Takes a stream of whole messages apart. */
  public static List<Message> all(byte[] stream) {
    List<Message> messages = new ArrayList<>();
    ByteBuf in = Unpooled.wrappedBuffer(stream);
    while (in.isReadable()) {
      byte tag = in.readByte();
      byte[] body = new byte[in.readInt() - FrameCursor.LENGTH_BYTES];
      in.readBytes(body);
      messages.add(new Message(tag, body));
    }
    return messages;
  }

  /** The body for one of the decoders; each call starts at its first byte. */
  public ByteBuf buffer() {
    return Unpooled.wrappedBuffer(body);
  }

  /** Tag, length and body as they travel. */
  public byte[] bytes() {
    return bytes(out -> MessageWriter.bytes(out, tag, body));
  }

  /** The content of an ErrorResponse or NoticeResponse. */
  public ErrorFields fields() {
    if (tag != Tags.Backend.ERROR_RESPONSE && tag != Tags.Backend.NOTICE_RESPONSE) {
      throw new AssertionError("expected an error or a notice, but was " + this);
    }
    return ErrorFields.decode(buffer());
  }

  /** The values of a DataRow as text; null for SQL's NULL. */
  public List<String> row() {
    if (tag != Tags.Backend.DATA_ROW) {
      throw new AssertionError("expected a row, but was " + this);
    }
    List<String> values = new ArrayList<>();
    for (byte[] value : BackendDecoder.dataRow(buffer())) {
      values.add(value == null ? null : new String(value, StandardCharsets.UTF_8));
    }
    return values;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Message that && tag == that.tag && Arrays.equals(body, that.body);
  }

  @Override
  public int hashCode() {
    return 31 * tag + Arrays.hashCode(body);
  }

  /** Like {@code Q(9)[select 1\0]}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    show(text, tag);
    text.append('(').append(body.length).append(")[");
    for (int i = 0; i < Math.min(body.length, SHOWN_BYTES); i++) {
      show(text, body[i]);
    }
    return text.append(body.length > SHOWN_BYTES ? "…]" : "]").toString();
  }

  private static void show(StringBuilder text, byte value) {
    if (value == 0) {
      text.append("\\0");
    } else if (value >= ' ' && value < 0x7f) {
      text.append((char) value);
    } else {
      text.append(String.format("\\x%02x", value));
    }
  }
}
