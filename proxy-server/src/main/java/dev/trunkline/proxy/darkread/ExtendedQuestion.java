package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A prepared statement and its values, in the formats the client has asked for. */
final class ExtendedQuestion implements Question {
  private final byte[] definition;
  private final byte[] bind;

  /**
   * @param definition body of the Parse message after the name
   * @param bind body of the Bind message after the names
   */
  ExtendedQuestion(byte[] definition, byte[] bind) {
    this.definition = definition;
    this.bind = bind;
  }

  @Override
  public int bytes() {
    return definition.length + bind.length;
  }

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
    for (int at = textEnd() + 3; at + 4 <= definition.length; at += 4) {
      if (types.getUnsignedInt(at) >= Field.FIRST_OF_USERS) {
        types.setInt(at, 0);
      }
    }
    return types.array();
  }

  @Override
  public List<String> values(PureRead read) {
    List<String> values = new ArrayList<>(read.literals());
    parameters().forEach(field -> values.add(field.text()));
    return values;
  }

  @Override
  public boolean asksForTheTime() {
    return parameters().stream()
        .anyMatch(field -> !field.binary() && PureRead.isClock(field.text()));
  }

  private List<Field> parameters() {
    ByteBuf types = Unpooled.wrappedBuffer(definition);
    int typesAt = textEnd() + 1;
    int typed = types.getUnsignedShort(typesAt);
    ByteBuf in = Unpooled.wrappedBuffer(bind);
    int formats = in.readUnsignedShort();
    int formatsAt = in.readerIndex();
    in.skipBytes(2 * formats);
    int count = in.readUnsignedShort();
    List<Field> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int format = formats == 0 ? 0 : in.getShort(formatsAt + 2 * (formats == 1 ? 0 : i));
      int type = i < typed ? types.getInt(typesAt + 2 + 4 * i) : 0;
      int length = in.readInt();
      byte[] bytes = length < 0 ? null : new byte[length];
      if (bytes != null) {
        in.readBytes(bytes);
      }
      values.add(new Field(type, format == 1, bytes));
    }
    return values;
  }
}
