package dev.trunkline.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Translates Netty's callbacks of a server socket into calls on the owner, on the owner's loop. The
 * usual case is that both loops are the same.
 */
final class ServerHandler extends ChannelInboundHandlerAdapter {
  private final ServerConnection server;

  ServerHandler(ServerConnection server) {
    this.server = server;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf chunk = (ByteBuf) message;
    Owner owner = server.owner();
    if (here()) {
      owner.onServerBytes(server, chunk);
    } else {
      elsewhere(() -> owner.onServerBytes(server, chunk));
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Owner owner = server.owner();
    if (here()) {
      owner.onServerReadComplete(server);
    } else {
      elsewhere(() -> owner.onServerReadComplete(server));
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Owner owner = server.owner();
    boolean writable = ctx.channel().isWritable();
    if (here()) {
      owner.onServerWritability(server, writable);
    } else {
      elsewhere(() -> owner.onServerWritability(server, writable));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Owner owner = server.owner();
    if (here()) {
      closed(owner);
    } else {
      elsewhere(() -> closed(owner));
    }
  }

  private void closed(Owner owner) {
    server.closed();
    owner.onServerClosed(server);
  }

  /** Reset by peer and the like: channelInactive follows and tells the owner. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    failed(cause);
  }

  private void failed(Throwable cause) {
    Unexpected.log(server.toString(), cause);
    server.close();
  }

  private boolean here() {
    return server.ownerLoop().inEventLoop();
  }

  /** The owner's loop would only log a failure, and the client wait for ever. */
  private void elsewhere(Runnable call) {
    server
        .ownerLoop()
        .execute(
            () -> {
              try {
                call.run();
              } catch (RuntimeException | AssertionError e) {
                failed(e);
              }
            });
  }
}
