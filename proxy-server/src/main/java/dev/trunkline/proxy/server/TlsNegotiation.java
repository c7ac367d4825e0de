package dev.trunkline.proxy.server;

import dev.trunkline.proxy.config.SslMode;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * The first step on a socket to a server: SSLRequest and the TLS handshake, as {@code
 * server_tls_sslmode} asks for. Leaves the pipeline when it is done.
 */
final class TlsNegotiation extends ChannelInboundHandlerAdapter {
  /** Called once, on the socket's loop. */
  interface Outcome {
    /** The socket may be talked on, encrypted or not. */
    void open();

    void failed(ConnectFailure failure);
  }

  private final Endpoint endpoint;
  private final ServerOptions options;
  private final Outcome outcome;

  TlsNegotiation(Endpoint endpoint, ServerOptions options, Outcome outcome) {
    this.endpoint = endpoint;
    this.options = options;
    this.outcome = outcome;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.fireChannelActive();
    if (options.sslMode() == SslMode.DISABLE || endpoint.socketPath() != null) {
      done(ctx);
      return;
    }
    ByteBuf request = ctx.alloc().buffer(8);
    Frontend.sslRequest(request);
    ctx.writeAndFlush(request);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf chunk = (ByteBuf) message;
    int length = chunk.readableBytes();
    byte answer = chunk.readByte();
    chunk.release();
    if (length > 1) {
      outcome.failed(ConnectFailure.protocol(endpoint, "Unencrypted data after SSL request."));
    } else if (answer == 'S') {
      handshake(ctx);
    } else if (answer == 'N' && plainAllowed()) {
      done(ctx);
    } else {
      outcome.failed(ConnectFailure.noTls(endpoint));
    }
  }

  private boolean plainAllowed() {
    return options.sslMode() == SslMode.ALLOW || options.sslMode() == SslMode.PREFER;
  }

  private void handshake(ChannelHandlerContext ctx) {
    SslHandler tls = options.sslContext().newHandler(ctx.alloc(), endpoint.host(), endpoint.port());
    ctx.pipeline().addFirst("tls", tls);
    tls.handshakeFuture()
        .addListener(
            shaken -> {
              if (shaken.isSuccess()) {
                done(ctx);
              } else {
                outcome.failed(ConnectFailure.tls(endpoint, shaken.cause()));
              }
            });
  }

  private void done(ChannelHandlerContext ctx) {
    ctx.pipeline().remove(this);
    outcome.open();
  }
}
