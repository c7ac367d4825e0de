package dev.trunkline.proxy.server;

import dev.trunkline.proxy.auth.LoginContext;
import dev.trunkline.proxy.names.HostNames;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Opens connections to PostgreSQL servers over the sockets of the process's transport. */
public final class SocketConnector implements Connector {
  private final Sockets sockets;
  private final Supplier<ServerOptions> options;
  private final LoginContext context;
  private final HostNames names;

  public SocketConnector(
      Sockets sockets, Supplier<ServerOptions> options, LoginContext context, HostNames names) {
    this.sockets = sockets;
    this.options = options;
    this.context = context;
    this.names = names;
  }

  @Override
  public void refresh(Endpoint endpoint) {
    if (endpoint.socketPath() == null) {
      names.refresh(endpoint.host());
    }
  }

  @Override
  public boolean current(ServerConnection server) {
    return !(server.channel().remoteAddress() instanceof InetSocketAddress at)
        || names.lists(server.endpoint().host(), at.getAddress());
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
  public void cancel(ServerConnection server, Runnable done) {
    server.cancelBegins();
    CancelSender sender =
        sender(
            server.backendPid(),
            server.cancelKey(),
            () -> {
              server.cancelEnds();
              done.run();
            });
    EventLoop loop = server.loop();
    // Where the connection goes, whatever its name means by now.
    SocketAddress address =
        server.endpoint().socketPath() == null
            ? server.channel().remoteAddress()
            : sockets.unixAddress().apply(server.endpoint().socketPath());
    loop.execute(() -> send(loop, server.endpoint(), options.get(), sender, address));
  }

  /** A proxy that offers TLS to its clients does not insist on it for cancel requests. */
  @Override
  public void pass(EventLoop loop, Endpoint proxy, int pid, byte[] key, Runnable done) {
    CancelSender sender = sender(pid, key, done);
    loop.execute(
        () ->
            resolve(
                loop,
                proxy,
                address -> send(loop, proxy, options.get().withoutTls(), sender, address),
                cause -> sender.failed(ConnectFailure.of(proxy, cause))));
  }

  private CancelSender sender(int pid, byte[] key, Runnable done) {
    return new CancelSender(pid, key, options.get().cancelTimeoutMillis(), done);
  }

  private void send(
      EventLoop loop,
      Endpoint to,
      ServerOptions current,
      CancelSender sender,
      SocketAddress address) {
    if (address == null) {
      sender.failed(ConnectFailure.closed(to)); // there is nothing left to cancel
      return;
    }
    bootstrap(loop, to, current, pipeline(to, current, sender, sender))
        .connect(address)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                sender.failed(ConnectFailure.of(to, connected.cause()));
              }
            });
  }

  private void connect(EventLoop loop, Target target, SocketAddress address, Callback callback) {
    ServerOptions current = options.get();
    ServerHandshake handshake = new ServerHandshake(target, context, current, callback);
    Endpoint endpoint = target.endpoint();
    bootstrap(loop, endpoint, current, pipeline(endpoint, current, handshake, handshake))
        .connect(address)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                handshake.failed(ConnectFailure.of(endpoint, connected.cause()));
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
        TurnFlush.addTo(channel);
        channel
            .pipeline()
            .addLast(new TlsNegotiation(endpoint, options, outcome))
            .addLast("server", handler);
      }
    };
  }

  private Bootstrap bootstrap(
      EventLoop loop,
      Endpoint endpoint,
      ServerOptions options,
      ChannelInitializer<Channel> pipeline) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(endpoint.socketPath() == null ? sockets.tcp() : sockets.unix())
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
      Consumer<SocketAddress> found,
      Consumer<Throwable> failed) {
    if (endpoint.socketPath() != null) {
      found.accept(sockets.unixAddress().apply(endpoint.socketPath()));
      return;
    }
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
    if (literal == null) {
      names.find(endpoint.host(), new Named(loop, endpoint, found, failed));
      return;
    }
    try {
      InetAddress address = InetAddress.getByAddress(endpoint.host(), literal);
      found.accept(new InetSocketAddress(address, endpoint.port()));
    } catch (UnknownHostException e) {
      failed.accept(e);
    }
  }

  /** Goes on, on its loop, when its name has an address. */
  private record Named(
      EventLoop loop,
      Endpoint endpoint,
      Consumer<SocketAddress> then,
      Consumer<Throwable> otherwise)
      implements HostNames.Asking {
    @Override
    public void found(InetAddress address) {
      loop.execute(() -> then.accept(new InetSocketAddress(address, endpoint.port())));
    }

    @Override
    public void failed(UnknownHostException cause) {
      loop.execute(() -> otherwise.accept(cause));
    }
  }
}
