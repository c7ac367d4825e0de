package dev.trunkline.proxy.relay;

import io.netty.buffer.ByteBuf;

/** Decides what happens to each message of a client. */
public interface FrontendSink {
  /** The message goes to the server as it is. */
  int FORWARD = -1;

  /** The message has been dealt with. */
  int DONE = -2;

  /** The message cannot be dealt with now: it is presented again after {@code resume}. */
  int BLOCK = -3;

  /**
   * A message that is looked into, complete; of a Bind of more than 8 KB only the beginning, enough
   * to hold both names.
   *
   * @param length length of the whole body
   * @return {@link #FORWARD}, {@link #DONE}, {@link #BLOCK}, or the index in buf from which on the
   *     message goes to the server, its beginning having been replaced
   */
  int onMessage(byte tag, ByteBuf buf, int from, int to, int length);

  /** A message whose body only passes by: {@link #FORWARD}, {@link #DONE} or {@link #BLOCK}. */
  int onStreamed(byte tag, int length);

  /** A message longer than may be looked into: as {@link #onStreamed}. */
  int onOversized(byte tag, int length);

  /** Bytes for the server, in order; the receiver owns the buffer. */
  void toServer(ByteBuf bytes);

  /** Whether CopyData is looked into, as other messages are. */
  default boolean looksIntoCopy() {
    return false;
  }

  /** Whether the values of a Bind are to be read. */
  default boolean looksIntoValues() {
    return false;
  }
}
