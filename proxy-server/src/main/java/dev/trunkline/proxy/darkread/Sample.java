package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.Home;
import io.netty.buffer.ByteBuf;

/**
 * A read that has been answered, to be repeated.
 *
 * @param old where it was answered
 * @param reply what the server has sent, on the heap; what follows ReadyForQuery does not belong to
 *     it
 * @param nanos when it was answered, {@link System#nanoTime}
 * @param micros how long the answer took
 */
record Sample(
    Question question,
    Circumstances circumstances,
    Home old,
    ByteBuf reply,
    long nanos,
    long micros) {
  /** What it keeps in memory, about. */
  int bytes() {
    return reply.capacity() + question.bytes();
  }

  /** What the client was answered: its first rows. */
  Answer answer(int maxRows) {
    Answer answer = new Answer(maxRows);
    ByteBuf in = reply.duplicate();
    boolean over = false;
    while (!over) {
      byte tag = in.readByte();
      over = answer.take(tag, in.readSlice(in.readInt() - 4));
    }
    return answer;
  }
}
