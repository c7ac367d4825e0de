package dev.trunkline.proxy.server;

import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends one CancelRequest and waits until the server has closed the connection, which it does after
 * it has signalled the backend: only then can the signal no longer hit a later statement.
 */
final class CancelSender extends ChannelInboundHandlerAdapter implements TlsNegotiation.Outcome {
  private final int pid;
  private final byte[] key;
  private final int timeoutMillis;
  private final Runnable done;
  private ChannelHandlerContext ctx;

  /**
   * @param timeoutMillis after which a server that does not close is given up; 0 = never
   */
  CancelSender(int pid, byte[] key, int timeoutMillis, Runnable done) {
    this.pid = pid;
    this.key = key;
    this.timeoutMillis = timeoutMillis;
    this.done = done;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    // From the beginning: a server that does not even answer the request for TLS is given up too.
    if (timeoutMillis > 0) {
      ScheduledFuture<?> deadline =
          ctx.executor().schedule((Runnable) ctx::close, timeoutMillis, TimeUnit.MILLISECONDS);
      ctx.channel().closeFuture().addListener(closed -> deadline.cancel(false));
    }
    ctx.channel().closeFuture().addListener(closed -> done.run());
  }

  @Override
  public void open() {
    ByteBuf request = ctx.alloc().buffer(16 + key.length);
    Frontend.cancelRequest(request, pid, key);
    ctx.writeAndFlush(request);
  }

  @Override
  public void failed(ConnectFailure failure) {
    if (ctx == null) { // there was not even a descriptor for a socket
      done.run();
    } else {
      ctx.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    ctx.close();
  }
}
