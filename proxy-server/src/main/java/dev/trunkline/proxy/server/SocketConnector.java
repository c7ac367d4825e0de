package dev.trunkline.proxy.server;

import dev.trunkline.proxy.auth.LoginContext;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Opens connections to PostgreSQL servers over the sockets of the process's transport. */
public final class SocketConnector implements Connector {
  private final ChannelFactory<? extends Channel> channels;
  private final Supplier<ServerOptions> options;
  private final LoginContext context;
  private final Executor offLoop;

  /**
   * @param offLoop runs name resolution
   */
  public SocketConnector(
      ChannelFactory<? extends Channel> channels,
      Supplier<ServerOptions> options,
      LoginContext context,
      Executor offLoop) {
    this.channels = channels;
    this.options = options;
    this.context = context;
    this.offLoop = offLoop;
  }

  /**
   * Not before the events at hand are dealt with: a socket that takes over the descriptor of one
   * closed among them would be told of the other's events.
   */
  @Override
  public void open(EventLoop loop, Target target, Callback callback) {
    loop.execute(
        () ->
            resolve(
                loop,
                target.endpoint(),
                address -> connect(loop, target, address, callback),
                cause -> callback.failed(ConnectFailure.of(target.endpoint(), cause))));
  }

  @Override
  public void cancel(ServerConnection server) {
    server.cancelBegins();
    EventLoop loop = server.loop();
    loop.execute(
        () ->
            resolve(
                loop,
                server.endpoint(),
                address -> sendCancel(loop, server, address),
                cause -> server.cancelEnds()));
  }

  private void sendCancel(EventLoop loop, ServerConnection server, InetSocketAddress address) {
    ServerOptions current = options.get();
    CancelSender sender =
        new CancelSender(
            server.backendPid(),
            server.cancelKey(),
            current.cancelTimeoutMillis(),
            server::cancelEnds);
    bootstrap(loop, current, pipeline(server.endpoint(), current, sender, sender))
        .connect(address)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                sender.failed(ConnectFailure.of(server.endpoint(), connected.cause()));
              }
            });
  }

  private void connect(
      EventLoop loop, Target target, InetSocketAddress address, Callback callback) {
    ServerOptions current = options.get();
    ServerHandshake handshake = new ServerHandshake(target, context, current, callback);
    bootstrap(loop, current, pipeline(target.endpoint(), current, handshake, handshake))
        .connect(address)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                handshake.failed(ConnectFailure.of(target.endpoint(), connected.cause()));
              }
            });
  }

  private static ChannelInitializer<Channel> pipeline(
      Endpoint endpoint,
      ServerOptions options,
      TlsNegotiation.Outcome outcome,
      ChannelHandler handler) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.config().setOptions(options.socketOptions());
        channel
            .pipeline()
            .addLast(new TlsNegotiation(endpoint, options, outcome))
            .addLast("server", handler);
      }
    };
  }

  private Bootstrap bootstrap(
      EventLoop loop, ServerOptions options, ChannelInitializer<Channel> pipeline) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(channels)
        .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, options.connectTimeoutMillis())
        .option(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(options.lowWatermark(), options.highWatermark()))
        .handler(pipeline);
  }

  private void resolve(
      EventLoop loop,
      Endpoint endpoint,
      Consumer<InetSocketAddress> found,
      Consumer<Throwable> failed) {
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
    if (literal == null) {
      offLoop.execute(() -> lookUp(loop, endpoint, found, failed));
      return;
    }
    try {
      InetAddress address = InetAddress.getByAddress(endpoint.host(), literal);
      found.accept(new InetSocketAddress(address, endpoint.port()));
    } catch (UnknownHostException e) {
      failed.accept(e);
    }
  }

  private static void lookUp(
      EventLoop loop,
      Endpoint endpoint,
      Consumer<InetSocketAddress> found,
      Consumer<Throwable> failed) {
    try {
      InetAddress address = InetAddress.getByName(endpoint.host());
      loop.execute(() -> found.accept(new InetSocketAddress(address, endpoint.port())));
    } catch (UnknownHostException e) {
      loop.execute(() -> failed.accept(e));
    }
  }
}
