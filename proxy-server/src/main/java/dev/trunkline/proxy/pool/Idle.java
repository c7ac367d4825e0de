package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.QuietSink;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;

/**
 * Owner of a connection that lies in the pool. An error the server reports there means that the
 * connection is of no more use.
 */
final class Idle extends QuietSink {
  private final Pool pool;

  Idle(Pool pool, ServerConnection server) {
    super(server);
    this.pool = pool;
  }

  @Override
  public void onServerClosed(ServerConnection from) {
    pool.closed(server);
  }

  @Override
  public void error(ByteBuf buf, int from, int to, Action action) {
    pool.idleError(server, ErrorFields.decode(buf.slice(from, to - from)));
  }
}
