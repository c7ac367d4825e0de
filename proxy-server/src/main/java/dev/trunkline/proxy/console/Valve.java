package dev.trunkline.proxy.console;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Keeps what a socket has to say from whoever reads it, and stops reading. Stands in front of the
 * last handler while SUSPEND is in force. On the socket's loop.
 */
final class Valve extends ChannelInboundHandlerAdapter {
  private final String before;
  private final Deque<Object> held = new ArrayDeque<>();

  /** Whether the socket's owner wants to read. */
  private boolean wanted;

  /**
   * @param before name of the handler that is not to hear anything
   */
  private Valve(String before) {
    this.before = before;
  }

  /**
   * Shuts a socket.
   *
   * @return null when it is closed
   */
  static Valve shut(Channel channel, String before) {
    if (!channel.isActive() || channel.pipeline().context(before) == null) {
      return null;
    }
    Valve valve = new Valve(before);
    channel.pipeline().addBefore(before, null, valve);
    return valve;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    wanted = ctx.channel().config().isAutoRead();
    ctx.channel().config().setAutoRead(false);
  }

  /** What was on its way, or its owner has asked for it meanwhile. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    held.add(message);
    wanted |= ctx.channel().config().isAutoRead();
    ctx.channel().config().setAutoRead(false);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {}

  /** Lets all of it through, in its order. */
  void open(Channel channel) {
    ChannelHandlerContext ctx = channel.pipeline().context(this);
    if (ctx == null) {
      return; // the socket has ended
    }
    // First, so that its owner can still stop what comes.
    channel.config().setAutoRead(wanted || channel.config().isAutoRead());
    if (!held.isEmpty()) {
      while (!held.isEmpty()) {
        ctx.fireChannelRead(held.poll());
      }
      ctx.fireChannelReadComplete();
    }
    channel.pipeline().remove(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }

  @Override
  public String toString() {
    return "valve before " + before;
  }
}
