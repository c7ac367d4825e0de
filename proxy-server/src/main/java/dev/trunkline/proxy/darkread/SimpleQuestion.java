package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** A statement of the simple query protocol. */
final class SimpleQuestion implements Question {
  private final byte[] text;

  SimpleQuestion(byte[] text) {
    this.text = text;
  }

  @Override
  public int bytes() {
    return text.length;
  }

  @Override
  public byte[] text() {
    return text;
  }

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
