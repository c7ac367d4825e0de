package dev.trunkline.proxy;

import dev.trunkline.proxy.config.Settings;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;

/** How sockets are driven: {@code trunkline.transport}. */
enum Transport {
  IO_URING("io_uring"),
  EPOLL("epoll"),
  NIO("nio");

  private static final String MULTISHOT_POLL = "io.netty.iouring.pollAddMultishotEnabled";

  static {
    // One poll that goes on for ever tells of each event once. If that comes while a read is
    // already
    // under way, Netty drops it, and a reset that follows data is never seen: docs/decisions.md.
    // Has to be set before Netty's io_uring classes are loaded.
    if (System.getProperty(MULTISHOT_POLL) == null) {
      System.setProperty(MULTISHOT_POLL, "false");
    }
  }

  private final String text;

  Transport(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  /**
   * The transport asked for.
   *
   * @throws IllegalStateException when one is asked for that this machine does not have, with why
   */
  static Transport choose(Settings.Transport wanted) {
    return switch (wanted) {
      case AUTO -> best();
      case IO_URING -> available(IO_URING, IoUring.unavailabilityCause());
      case EPOLL -> available(EPOLL, Epoll.unavailabilityCause());
      case NIO -> NIO;
    };
  }

  /** Not io_uring: it is faster, but left server sockets open in a storm of clients. */
  private static Transport best() {
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  private static Transport available(Transport transport, Throwable obstacle) {
    if (obstacle != null) {
      throw new IllegalStateException(
          "trunkline.transport = " + transport.text + " is not available here: " + obstacle);
    }
    return transport;
  }

  IoHandlerFactory handlers() {
    return switch (this) {
      case IO_URING -> IoUringIoHandler.newFactory();
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  ChannelFactory<? extends Channel> sockets() {
    return switch (this) {
      case IO_URING -> IoUringSocketChannel::new;
      case EPOLL -> EpollSocketChannel::new;
      case NIO -> NioSocketChannel::new;
    };
  }

  ChannelFactory<? extends ServerChannel> listeners() {
    return switch (this) {
      case IO_URING -> IoUringServerSocketChannel::new;
      case EPOLL -> EpollServerSocketChannel::new;
      case NIO -> NioServerSocketChannel::new;
    };
  }
}
