package dev.trunkline.proxy.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;

/**
 * Sends at the end of a turn of the event loop what the turn has flushed, so that a loop receives
 * everything that is there before it sends: what a send wakes up does not take the processor in the
 * middle of a turn. io_uring hands all operations of a turn to the kernel at once by itself.
 */
public final class TurnFlush extends ChannelOutboundHandlerAdapter {
  /** More than this is sent at once: long results are not held in memory for all connections. */
  private static final int LONG_BYTES = 16 * 1024;

  private static final FastThreadLocal<Turn> TURNS =
      new FastThreadLocal<>() {
        @Override
        protected Turn initialValue() {
          return new Turn();
        }
      };

  /** Of one loop: who has something to send. */
  private static final class Turn implements Runnable {
    private TurnFlush[] flushes = new TurnFlush[32];
    private int count;

    void add(TurnFlush flush) {
      if (count == flushes.length) {
        flushes = Arrays.copyOf(flushes, 2 * count);
      }
      flushes[count++] = flush;
      if (count == 1) {
        flush.context.executor().execute(this);
      }
    }

    /** A flush may lead to others, which join. */
    @Override
    public void run() {
      try {
        for (int i = 0; i < count; i++) {
          TurnFlush flush = flushes[i];
          flushes[i] = null;
          flush.send();
        }
      } finally {
        count = 0;
      }
    }
  }

  private final Turn turn = TURNS.get();
  private ChannelHandlerContext context;
  private boolean waiting;

  private TurnFlush() {}

  /** Lets a connection's flushes wait for the end of their turn; on its loop. */
  public static void addTo(Channel channel) {
    boolean ring =
        channel instanceof IoUringSocketChannel || channel instanceof IoUringDomainSocketChannel;
    if (!ring) {
      channel.pipeline().addFirst("flush", new TurnFlush());
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ChannelOutboundBuffer written = ctx.channel().unsafe().outboundBuffer();
    if (written == null || written.totalPendingWriteBytes() > LONG_BYTES) {
      ctx.flush();
    } else if (!waiting) {
      waiting = true;
      turn.add(this);
    }
  }

  private void send() {
    waiting = false;
    context.flush();
  }

  /** What has been flushed before still goes out. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if (waiting) {
      ctx.flush();
    }
    ctx.close(promise);
  }
}
