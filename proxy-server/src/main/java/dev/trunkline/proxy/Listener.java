package dev.trunkline.proxy;

import dev.trunkline.proxy.client.ClientAcceptor;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.metrics.Log;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** A listening socket: the common one, or a group's own. */
final class Listener {
  private final Channel channel;
  private final String group;

  private Listener(Channel channel, String group) {
    this.channel = channel;
    this.group = group;
  }

  /**
   * Binds.
   *
   * @param address name or address; "*" for all
   * @param group whose own listener it is, null for the common one
   * @throws IOException when the address cannot be bound, with a sentence
   */
  static Listener open(
      String address,
      int port,
      String group,
      Transport transport,
      EventLoopGroup loops,
      ClientAcceptor acceptor,
      Settings settings)
      throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(transport.listeners())
            .option(ChannelOption.SO_BACKLOG, settings.get(Keys.LISTEN_BACKLOG))
            .handler(listenerOptions(SocketOptions.of(transport), settings))
            .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(
                    settings.get(Keys.LOW_WATERMARK), settings.get(Keys.HIGH_WATERMARK)))
            .childHandler(acceptor.forGroup(group));
    try {
      Channel channel = bootstrap.bind(resolve(address, port)).syncUninterruptibly().channel();
      Listener listener = new Listener(channel, group);
      Log.log("listening on " + address + ":" + listener.port() + suffix(group));
      return listener;
    } catch (UnknownHostException e) {
      throw new IOException("cannot listen on " + address + ":" + port + ": unknown address", e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // Netty throws the checked exception of a failed bind unchanged.
      throw new IOException("cannot listen on " + address + ":" + port + ": " + e.getMessage(), e);
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
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  void close() {
    channel.close().syncUninterruptibly();
  }
}
