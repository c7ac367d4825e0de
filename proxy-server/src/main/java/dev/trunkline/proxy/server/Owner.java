package dev.trunkline.proxy.server;

import io.netty.buffer.ByteBuf;

/**
 * Whoever a server connection belongs to at the moment: its pool while it is idle, a client's relay
 * while it is leased. All calls come on the owner's event loop.
 */
public interface Owner {
  /** Bytes from the server; the receiver releases them. */
  void onServerBytes(ServerConnection server, ByteBuf chunk);

  /** The read burst is over: flush what was written. */
  void onServerReadComplete(ServerConnection server);

  /** The server can take more data again, or should not be given more for now. */
  void onServerWritability(ServerConnection server, boolean writable);

  /** The connection is gone. Comes once. */
  void onServerClosed(ServerConnection server);
}
