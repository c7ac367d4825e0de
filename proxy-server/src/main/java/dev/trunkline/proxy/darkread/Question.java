package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;

/** A statement as its client has sent it, to be sent again. */
public sealed interface Question permits SimpleQuestion, ExtendedQuestion {
  /** The SQL text. */
  byte[] text();

  /** What it keeps in memory. */
  int bytes();

  /** Writes what asks it once; ReadyForQuery ends the answer. */
  void ask(ByteBuf out);

  /** The values it is asked with, for people. */
  List<String> values(PureRead read);

  /** Whether a value may mean the time of day. */
  boolean asksForTheTime();

  /** The text in buf[from, to). */
  static Question simple(ByteBuf buf, int from, int to) {
    return new SimpleQuestion(copy(buf, from, to));
  }

  /**
   * A prepared statement and its values.
   *
   * @param definition body of the Parse message after the name
   * @param length of it
   * @param buf has the Bind message's body after the names in [from, to)
   */
  static Question extended(byte[] definition, int length, ByteBuf buf, int from, int to) {
    return new ExtendedQuestion(Arrays.copyOf(definition, length), copy(buf, from, to));
  }

  private static byte[] copy(ByteBuf buf, int from, int to) {
    byte[] bytes = new byte[to - from];
    buf.getBytes(from, bytes);
    return bytes;
  }
}
