package dev.trunkline.proxy.auth;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/** A TLS handshake between two channels in memory. */
final class Handshake implements AutoCloseable {
  private final EmbeddedChannel client;
  private final EmbeddedChannel server;
  final SslHandler clientTls;
  final SslHandler serverTls;

  Handshake(SslContext clientContext, SslContext serverContext, String host) {
    clientTls = clientContext.newHandler(UnpooledByteBufAllocator.DEFAULT, host, 5432);
    serverTls = serverContext.newHandler(UnpooledByteBufAllocator.DEFAULT);
    server = new EmbeddedChannel(serverTls);
    client = new EmbeddedChannel(clientTls);
    while (move(client, server) || move(server, client)) {
      client.runPendingTasks();
      server.runPendingTasks();
    }
  }

  private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
    boolean moved = false;
    for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      deliver(bytes, to);
      moved = true;
    }
    return moved;
  }

  /** A failed handshake closes its channel and tells the reader: that is for the futures to say. */
  private static void deliver(Object bytes, EmbeddedChannel to) {
    if (!to.isOpen()) {
      ReferenceCountUtil.release(bytes);
      return;
    }
    to.pipeline().fireChannelRead(bytes);
    to.pipeline().fireChannelReadComplete();
  }

  boolean succeeded() {
    return clientTls.handshakeFuture().isSuccess() && serverTls.handshakeFuture().isSuccess();
  }

  /** What the side that gave up first says; both texts where both fail. */
  String failure() {
    return clientTls.handshakeFuture().cause() + " / " + serverTls.handshakeFuture().cause();
  }

  @Override
  public void close() {
    client.close().syncUninterruptibly();
    server.close().syncUninterruptibly();
    move(client, server);
    move(server, client);
    client.releaseInbound();
    server.releaseInbound();
    client.releaseOutbound();
    server.releaseOutbound();
  }
}
