package dev.trunkline.proxy.client;

import dev.trunkline.proxy.server.TurnFlush;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Gives each accepted socket its connection and first stage. Safe from any thread. */
public final class ClientAcceptor {
  private static final long TICK_MILLIS = 250;

  private final Services services;
  private final ConcurrentHashMap<EventLoop, LoopContext> contexts = new ConcurrentHashMap<>();
  private final AtomicInteger loops = new AtomicInteger();

  public ClientAcceptor(Services services) {
    this.services = services;
  }

  /** The contexts of the loops that have had clients; their contents belong to the loops. */
  public Iterable<LoopContext> contexts() {
    return contexts.values();
  }

  /**
   * A handler for the sockets of one listener.
   *
   * @param group whose own listener it is, null for the common one
   * @param unixPort the number in the name of the unix socket; 0 for TCP
   */
  public ChannelHandler forGroup(String group, int unixPort) {
    return new ChannelInitializer<Channel>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.config().setOptions(services.socketOptions());
        services.admission().connected(channel);
        ClientConnection connection =
            new ClientConnection(channel, group, unixPort, () -> services.config().settings());
        connection.stage(new ClientStartup(connection, services, context(channel.eventLoop())));
        TurnFlush.addTo(channel);
        channel.pipeline().addLast("client", new ClientHandler(connection));
      }
    };
  }

  private LoopContext context(EventLoop loop) {
    LoopContext known = contexts.get(loop);
    return known != null ? known : contexts.computeIfAbsent(loop, this::newContext);
  }

  private LoopContext newContext(EventLoop loop) {
    LoopContext context = new LoopContext(loop, loops.getAndIncrement());
    loop.scheduleWithFixedDelay(context::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    return context;
  }
}
