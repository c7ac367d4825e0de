package dev.trunkline.proxy;

import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.server.Sockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.spi.SelectorProvider;

/** How sockets are driven: {@code trunkline.transport}. */
enum Transport {
  IO_URING("io_uring"),
  EPOLL("epoll"),
  NIO("nio");

  static {
    // Both have to be set before Netty's io_uring classes are loaded; why: docs/decisions.md.
    // One poll that goes on for ever tells of each event once; what comes during a read is lost.
    unlessSet("io.netty.iouring.pollAddMultishotEnabled");
    // One receive that goes on for ever goes on with reading switched off, once the ring is empty.
    unlessSet("io.netty.iouring.recvMultiShotEnabled");
  }

  private final String text;

  Transport(String text) {
    this.text = text;
  }

  private static void unlessSet(String feature) {
    if (System.getProperty(feature) == null) {
      System.setProperty(feature, "false");
    }
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

  /** Not io_uring: it is faster, but Netty's is not known well enough: docs/decisions.md. */
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
      case IO_URING -> IoUringIoHandler.newFactory(BufferRings.config());
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  Sockets sockets() {
    return switch (this) {
      case IO_URING ->
          new Sockets(
              () -> lent(new IoUringSocketChannel()),
              () -> lent(new IoUringDomainSocketChannel()),
              this::unixAddress);
      case EPOLL ->
          new Sockets(EpollSocketChannel::new, EpollDomainSocketChannel::new, this::unixAddress);
      case NIO ->
          new Sockets(NioSocketChannel::new, NioDomainSocketChannel::new, this::unixAddress);
    };
  }

  /**
   * The group of the buffer ring that accepted connections use; null for none. It has to be set
   * before they are registered.
   */
  Short bufferGroup() {
    return this == IO_URING ? BufferRings.group() : null;
  }

  private Channel lent(Channel channel) {
    if (bufferGroup() != null) {
      channel.config().setOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, bufferGroup());
    }
    return channel;
  }

  /** An abstract path begins with NUL; the JDK has none of those. */
  SocketAddress unixAddress(String path) {
    return this == NIO ? UnixDomainSocketAddress.of(path) : new DomainSocketAddress(path);
  }

  ChannelFactory<? extends ServerChannel> unixListeners() {
    return switch (this) {
      case IO_URING -> IoUringServerDomainSocketChannel::new;
      case EPOLL -> EpollServerDomainSocketChannel::new;
      case NIO -> NioServerDomainSocketChannel::new;
    };
  }

  /**
   * Makes listeners. One for an IPv4 address is of that family where the transport can: where
   * processes share a port, the kernel gives an IPv4 client to a listener of IPv6 only when there
   * is none of its own family, and PgBouncer's are.
   *
   * @param address null for all of both families
   */
  ChannelFactory<? extends ServerChannel> listeners(InetAddress address) {
    boolean old = address instanceof Inet4Address;
    return switch (this) {
      case IO_URING -> IoUringServerSocketChannel::new;
      case EPOLL ->
          old
              ? () -> new EpollServerSocketChannel(SocketProtocolFamily.INET)
              : EpollServerSocketChannel::new;
      case NIO ->
          old
              ? () ->
                  new NioServerSocketChannel(SelectorProvider.provider(), SocketProtocolFamily.INET)
              : NioServerSocketChannel::new;
    };
  }
}
