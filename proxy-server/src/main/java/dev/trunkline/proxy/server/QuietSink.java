package dev.trunkline.proxy.server;

import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/**
 * Owner of a server connection that no client holds: nobody is told what the server says. A
 * parameter is remembered; bytes that break the protocol close the connection. On the connection's
 * own loop.
 */
public abstract class QuietSink implements Owner, ServerSink {
  protected final ServerConnection server;

  protected QuietSink(ServerConnection server) {
    this.server = server;
  }

  @Override
  public final void onServerBytes(ServerConnection from, ByteBuf chunk) {
    try {
      server.accept(chunk, this);
    } catch (ProtocolViolation e) {
      server.close();
    }
  }

  @Override
  public final void onServerReadComplete(ServerConnection from) {}

  @Override
  public final void onServerWritability(ServerConnection from, boolean writable) {}

  @Override
  public final void forward(ByteBuf bytes) {
    bytes.release();
  }

  @Override
  public final void local(Reply reply) {}

  @Override
  public final void skipped(Reply reply, Object note) {}

  @Override
  public final void commandComplete(ByteBuf buf, int from, int to) {}

  @Override
  public final boolean parameter(String name, String value, boolean clients) {
    server.parameters().put(name, value);
    return false;
  }

  @Override
  public void ready(byte status, Action action) {}

  @Override
  public void chunkEnd() {}
}
