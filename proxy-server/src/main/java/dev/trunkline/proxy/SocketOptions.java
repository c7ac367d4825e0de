package dev.trunkline.proxy;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Setting;
import dev.trunkline.proxy.config.Settings;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.uring.IoUringChannelOption;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;

/**
 * The kernel's TCP options as the configuration asks for them, in the words of one transport. What
 * is at 0 is not mentioned and stays as the kernel has it.
 *
 * @param userTimeout null where the transport cannot set it
 * @param deferAccept null where the transport cannot set it
 */
record SocketOptions(
    ChannelOption<Integer> keepIdle,
    ChannelOption<Integer> keepIntvl,
    ChannelOption<Integer> keepCnt,
    ChannelOption<Integer> userTimeout,
    ChannelOption<Integer> deferAccept,
    ChannelOption<Boolean> reusePort) {
  static SocketOptions of(Transport transport) {
    return switch (transport) {
      case IO_URING ->
          new SocketOptions(
              IoUringChannelOption.TCP_KEEPIDLE,
              IoUringChannelOption.TCP_KEEPINTVL,
              IoUringChannelOption.TCP_KEEPCNT,
              IoUringChannelOption.TCP_USER_TIMEOUT,
              IoUringChannelOption.TCP_DEFER_ACCEPT,
              IoUringChannelOption.SO_REUSEPORT);
      case EPOLL ->
          new SocketOptions(
              EpollChannelOption.TCP_KEEPIDLE,
              EpollChannelOption.TCP_KEEPINTVL,
              EpollChannelOption.TCP_KEEPCNT,
              EpollChannelOption.TCP_USER_TIMEOUT,
              EpollChannelOption.TCP_DEFER_ACCEPT,
              EpollChannelOption.SO_REUSEPORT);
      case NIO ->
          new SocketOptions(
              NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE),
              NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL),
              NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT),
              null,
              null,
              NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT));
    };
  }

  /** For a connection, to a client or to a server. */
  Map<ChannelOption<?>, Object> connection(Settings settings) {
    Map<ChannelOption<?>, Object> options = new HashMap<>();
    boolean keepAlive = settings.get(Keys.TCP_KEEPALIVE);
    options.put(ChannelOption.TCP_NODELAY, true);
    options.put(ChannelOption.SO_KEEPALIVE, keepAlive);
    if (keepAlive) {
      put(options, keepIdle, settings, Keys.TCP_KEEPIDLE);
      put(options, keepIntvl, settings, Keys.TCP_KEEPINTVL);
      put(options, keepCnt, settings, Keys.TCP_KEEPCNT);
    }
    put(options, userTimeout, settings, Keys.TCP_USER_TIMEOUT);
    put(options, ChannelOption.SO_SNDBUF, settings, Keys.TCP_SOCKET_BUFFER);
    put(options, ChannelOption.SO_RCVBUF, settings, Keys.TCP_SOCKET_BUFFER);
    return Map.copyOf(options);
  }

  /** For a listening socket, before it is bound. */
  Map<ChannelOption<?>, Object> listener(Settings settings) {
    Map<ChannelOption<?>, Object> options = new HashMap<>();
    options.put(ChannelOption.SO_REUSEADDR, true);
    if (settings.get(Keys.SO_REUSEPORT)) {
      options.put(reusePort, true);
    }
    put(options, deferAccept, settings, Keys.TCP_DEFER_ACCEPT);
    return Map.copyOf(options);
  }

  private static void put(
      Map<ChannelOption<?>, Object> options,
      ChannelOption<Integer> option,
      Settings settings,
      Setting<Integer> setting) {
    int value = settings.get(setting);
    if (option != null && value > 0) {
      options.put(option, value);
    }
  }
}
