package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;

/** What a session learns from its relay. On the client's event loop. */
public interface RelayEvents {
  /** ReadyForQuery has been passed on. */
  void serverReady(byte status, boolean failed, long effects);

  /** A command the client asked for is complete; its tag is in buf[from, to). */
  void commandComplete(ByteBuf buf, int from, int to);

  /** The client's own work changed a reported parameter; whether to tell the client. */
  boolean parameterChanged(String name, String value);

  /** The server reported an error to the client; the five characters of SQLSTATE in buf. */
  void serverError(ByteBuf buf, int from, int to);

  /** Whether the client keeps the connection when the server owes nothing. */
  boolean keepsServer();

  /** The client holds no server connection any more. */
  void leaseEnded();

  /**
   * The server's first word about what the client has sent first in its lease is an error such as a
   * fence causes, and nothing has taken effect. True: it is held back until {@link Relay#proceed}
   * or {@link Relay#startOver}.
   */
  boolean suspects();

  /**
   * What was sent in front of the client's data failed, so the data did not run.
   *
   * @param lost the connection, which is closed
   */
  void preambleFailed(ErrorFields error, ServerConnection lost);

  /** A message was skipped by the server because of an earlier error. */
  void skipped(Reply reply, Object note);

  /** A chunk of the server has been dealt with: the lease may end now. */
  void serverQuiet();

  /** The server can take more data, or should not be given more for now. */
  void serverWritable(boolean writable);

  /** The connection is gone, and the lease with it. */
  void serverLost(boolean protocolError);
}
