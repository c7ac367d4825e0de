package dev.trunkline.proxy.client;

import io.netty.buffer.ByteBuf;

/**
 * What a client connection is doing: starting up, conversing with servers, or talking to the
 * console. All calls come on the connection's event loop.
 */
public interface ClientStage {
  /** Bytes from the client; the receiver releases them. */
  void onBytes(ByteBuf chunk);

  /** The read burst is over: flush what was written. */
  void onReadComplete();

  /** The client can take more data again, or should not be given more for now. */
  void onWritability(boolean writable);

  /** The connection is gone. Comes once. */
  void onClosed();
}
