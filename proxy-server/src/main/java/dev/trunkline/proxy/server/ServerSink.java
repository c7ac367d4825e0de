package dev.trunkline.proxy.server;

import io.netty.buffer.ByteBuf;

/** What a server connection's owner learns while the server's bytes are walked. */
public interface ServerSink extends Ledger.Undo {
  /** Bytes for the client, in order; the receiver owns the buffer. */
  void forward(ByteBuf bytes);

  /** A reply of our own is due at this place. */
  void local(Reply reply);

  /** A CommandComplete that the client asked for: its tag is in buf[from, to). */
  void commandComplete(ByteBuf buf, int from, int to);

  /**
   * A ParameterStatus. Servers report at the end of a batch, so what the proxy has set in front of
   * the client's data is reported among the client's replies.
   *
   * @param clients whether the client's replies are coming
   * @return whether the client is told
   */
  boolean parameter(String name, String value, boolean clients);

  /**
   * An ErrorResponse, its fields in buf[from, to).
   *
   * @param action of the failed message; null when the server sent the error of its own accord
   */
  void error(ByteBuf buf, int from, int to, Action action);

  /**
   * The last words of a server that has been asked nothing; it closes the connection.
   *
   * @return whether the client is told
   */
  default boolean farewell() {
    return true;
  }

  /** ReadyForQuery with this status (I, T or E), in answer to a message with that action. */
  void ready(byte status, Action action);

  /** All of a chunk has been handled. The moment to release the connection. */
  void chunkEnd();
}
