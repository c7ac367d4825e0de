package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Reply;
import io.netty.buffer.ByteBuf;

/** Looks on while a server answers one client; changes nothing. On the client's event loop. */
public interface Witness {
  /** A message of the client's is about to be forwarded. */
  void expects(Reply reply);

  /** Bytes on their way to the client; only valid during the call. */
  void passes(ByteBuf bytes);

  /** ReadyForQuery with this status has come; its bytes may still have to pass. */
  void ready(byte status, boolean failed);

  /** All of a chunk has passed; whether it goes on looking. */
  boolean goesOn();
}
