package dev.trunkline.proxy.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Opens connections without sockets, to a server that logs everybody in, that has to be told when,
 * or that is down.
 */
public final class FakeConnector implements Connector, AutoCloseable {
  /** What becomes of an attempt. */
  public enum Server {
    UP,
    SLOW,
    DOWN
  }

  public final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
  public final List<ServerConnection> opened = new CopyOnWriteArrayList<>();
  public final List<Target> attempts = new CopyOnWriteArrayList<>();
  private final List<Runnable> held = new ArrayList<>();
  private final LocalAddress address = new LocalAddress(FakeConnector.class);
  private volatile Server server = Server.UP;

  public FakeConnector() {
    new ServerBootstrap()
        .group(loops)
        .channel(LocalServerChannel.class)
        .childHandler(new Plain())
        .bind(address)
        .syncUninterruptibly();
  }

  /** The two loops. */
  public EventLoop loop(int index) {
    Iterator<?> each = loops.iterator();
    Object loop = each.next();
    for (int i = 0; i < index; i++) {
      loop = each.next();
    }
    return (EventLoop) loop;
  }

  public void server(Server next) {
    server = next;
  }

  /** Lets all held logins succeed. */
  public void answer() {
    List<Runnable> now;
    synchronized (held) {
      now = List.copyOf(held);
      held.clear();
    }
    now.forEach(Runnable::run);
  }

  @Override
  public void open(EventLoop loop, Target target, Callback callback) {
    attempts.add(target);
    switch (server) {
      case UP -> connect(loop, target, callback);
      case SLOW -> {
        synchronized (held) {
          held.add(() -> connect(loop, target, callback));
        }
      }
      case DOWN -> loop.execute(() -> callback.failed(refused(target)));
    }
  }

  private static ConnectFailure refused(Target target) {
    return ConnectFailure.of(target.endpoint(), new ConnectException("refused"));
  }

  private void connect(EventLoop loop, Target target, Callback callback) {
    new Bootstrap()
        .group(loop)
        .channel(LocalChannel.class)
        .handler(new Plain())
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                connected -> {
                  ServerConnection made = new ServerConnection(connected.channel(), target);
                  connected.channel().pipeline().addLast(new ServerHandler(made));
                  made.welcomed();
                  opened.add(made);
                  callback.connected(made);
                });
  }

  @Override
  public void cancel(ServerConnection connection, Runnable done) {
    throw new AssertionError("nobody cancels " + connection);
  }

  @Override
  public void pass(EventLoop loop, Endpoint proxy, int pid, byte[] key, Runnable done) {
    throw new AssertionError("nobody passes anything on to " + proxy);
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class Plain extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {}
  }
}
