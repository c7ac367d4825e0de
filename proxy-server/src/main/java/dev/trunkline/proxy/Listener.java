package dev.trunkline.proxy;

import dev.trunkline.proxy.client.ClientAcceptor;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.OsError;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.metrics.Log;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;

/** A listening socket: the common one, or a group's own. */
final class Listener {
  private final Channel channel;
  private final String group;
  private final UnixSocket unix;

  private Listener(Channel channel, String group, UnixSocket unix) {
    this.channel = channel;
    this.group = group;
    this.unix = unix;
  }

  /**
   * What listeners are made with.
   *
   * @param loops of the listeners and of what they accept
   */
  record Parts(
      Transport transport, EventLoopGroup loops, ClientAcceptor acceptor, Settings settings) {}

  /**
   * Binds.
   *
   * @param address name or address; "*" for all
   * @param group whose own listener it is, null for the common one
   * @throws IOException when the address cannot be bound, with a sentence
   */
  static Listener open(String address, int port, String group, Parts parts) throws IOException {
    SocketOptions options = SocketOptions.of(parts.transport());
    String where = address + ":" + port;
    try {
      InetSocketAddress socket = resolve(address, port);
      InetAddress own = address.equals("*") ? null : socket.getAddress();
      ServerBootstrap bootstrap =
          bootstrap(parts, parts.transport().listeners(own), parts.acceptor().forGroup(group, 0))
              .handler(listenerOptions(options, parts.settings()));
      Channel channel = bind(bootstrap, socket, where);
      Listener listener = new Listener(channel, group, null);
      Log.log("listening on " + address + ":" + listener.port() + suffix(group));
      return listener;
    } catch (UnknownHostException e) {
      throw new IOException("cannot listen on " + where + ": unknown address", e);
    }
  }

  /**
   * Binds a unix socket.
   *
   * @throws IOException when it is in use or cannot be made, with a sentence
   */
  static Listener open(UnixSocket socket, Parts parts) throws IOException {
    Transport transport = parts.transport();
    socket.claim();
    ServerBootstrap bootstrap =
        bootstrap(parts, transport.unixListeners(), parts.acceptor().forGroup(null, socket.port()));
    Channel channel = bind(bootstrap, transport.unixAddress(socket.path()), socket.toString());
    socket.protect(parts.settings());
    Log.log("listening on " + socket);
    return new Listener(channel, null, socket);
  }

  private static ServerBootstrap bootstrap(
      Parts parts, ChannelFactory<? extends ServerChannel> factory, ChannelHandler clients) {
    Settings settings = parts.settings();
    return new ServerBootstrap()
        .group(parts.loops())
        .channelFactory(factory)
        .option(ChannelOption.SO_BACKLOG, settings.get(Keys.LISTEN_BACKLOG))
        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(
                settings.get(Keys.LOW_WATERMARK), settings.get(Keys.HIGH_WATERMARK)))
        .childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, parts.transport().bufferGroup())
        .childHandler(clients);
  }

  private static Channel bind(ServerBootstrap bootstrap, SocketAddress address, String where)
      throws IOException {
    try {
      return bootstrap.bind(address).syncUninterruptibly().channel();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // Netty throws the checked exception of a failed bind unchanged.
      throw new IOException("cannot listen on " + where + ": bind(): " + OsError.reason(e), e);
    }
  }

  private static ChannelInitializer<Channel> listenerOptions(
      SocketOptions options, Settings settings) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel listener) {
        listener.config().setOptions(options.listener(settings));
      }
    };
  }

  private static InetSocketAddress resolve(String address, int port) throws UnknownHostException {
    if (address.equals("*")) {
      return new InetSocketAddress(port);
    }
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(address);
    return new InetSocketAddress(
        literal == null ? InetAddress.getByName(address) : InetAddress.getByAddress(literal), port);
  }

  private static String suffix(String group) {
    return group == null ? "" : " (group " + group + ")";
  }

  String group() {
    return group;
  }

  int port() {
    return unix != null ? unix.port() : ((InetSocketAddress) channel.localAddress()).getPort();
  }

  boolean unix() {
    return unix != null;
  }

  void accepting(boolean on) {
    channel.config().setAutoRead(on);
  }

  void close() {
    channel.close().syncUninterruptibly();
    if (unix != null) {
      removeSocket();
    }
  }

  private void removeSocket() {
    try {
      unix.remove();
    } catch (IOException e) {
      Log.warning("cannot remove " + unix + ": " + e.getMessage());
    }
  }
}
