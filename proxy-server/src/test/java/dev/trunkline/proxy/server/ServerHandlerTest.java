package dev.trunkline.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServerHandlerTest {
  /** An owner with a bug. */
  private static final class Broken implements Owner {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public void onServerBytes(ServerConnection server, ByteBuf chunk) {
      chunk.release();
      throw new IllegalStateException("a bug");
    }

    @Override
    public void onServerReadComplete(ServerConnection server) {}

    @Override
    public void onServerWritability(ServerConnection server, boolean writable) {}

    @Override
    public void onServerClosed(ServerConnection server) {
      closed.countDown();
    }
  }

  @Test
  void aFailureOfAnOwnerOnAnotherLoopClosesTheConnection() throws Exception {
    Broken owner = new Broken();
    try (DefaultEventLoop elsewhere = new DefaultEventLoop()) {
      EmbeddedChannel channel = new EmbeddedChannel();
      ServerConnection server = ServerConnections.over(channel);
      server.attach(owner, elsewhere);
      channel.pipeline().addLast(new ServerHandler(server));
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {1}));
      assertThat(owner.closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(channel.isOpen()).isFalse();
    }
  }
}
