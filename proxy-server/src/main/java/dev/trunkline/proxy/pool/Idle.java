package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerSink;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/**
 * Owner of connections that lie in the pool. A server may report a parameter or a notice at any
 * time; anything else, an error above all, means that the connection is of no more use.
 */
final class Idle implements Owner, ServerSink {
  private final Pool pool;
  private ServerConnection current;

  Idle(Pool pool) {
    this.pool = pool;
  }

  @Override
  public void onServerBytes(ServerConnection server, ByteBuf chunk) {
    // One owner object serves connections of several loops only through this per-call copy.
    Idle listener = new Idle(pool);
    listener.current = server;
    try {
      server.accept(chunk, listener);
    } catch (ProtocolViolation e) {
      server.close();
    }
  }

  @Override
  public void onServerReadComplete(ServerConnection server) {}

  @Override
  public void onServerWritability(ServerConnection server, boolean writable) {}

  @Override
  public void onServerClosed(ServerConnection server) {
    pool.closed(server);
  }

  @Override
  public void forward(ByteBuf bytes) {
    bytes.release();
  }

  @Override
  public void local(Reply reply) {}

  @Override
  public void skipped(Reply reply, Object note) {}

  @Override
  public void commandComplete(ByteBuf buf, int from, int to) {}

  @Override
  public boolean parameter(String name, String value, boolean clients) {
    current.parameters().put(name, value);
    return false;
  }

  @Override
  public void error(ByteBuf buf, int from, int to, Action action) {
    current.close();
  }

  @Override
  public void ready(byte status, Action action) {}

  @Override
  public void chunkEnd() {}
}
