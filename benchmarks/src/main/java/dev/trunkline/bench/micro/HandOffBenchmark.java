package dev.trunkline.bench.micro;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.auth.LoginContext;
import dev.trunkline.proxy.config.HostOrder;
import dev.trunkline.proxy.config.SslMode;
import dev.trunkline.proxy.names.HostNames;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.PoolKey;
import dev.trunkline.proxy.pool.PoolOptions;
import dev.trunkline.proxy.pool.PoolSpec;
import dev.trunkline.proxy.pool.Pools;
import dev.trunkline.proxy.pool.Waiter;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerOptions;
import dev.trunkline.proxy.server.SocketConnector;
import dev.trunkline.proxy.server.Sockets;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A lease from a pool of one connection, and its return; per pair of them. It is the product's pool
 * with its lock, its connection over a real socket (to a server that only lets it in) and real
 * epoll loops; nothing is sent over it. Where the client lives on another loop than the connection,
 * two tasks travel to the connection's loop and one back, with the wake-ups that they need.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class HandOffBenchmark {
  private static final int PAIRS = 1_000;
  private static final int BUFFER = 1 << 16;
  private static final int PATIENCE_SECONDS = 60;
  private static final long NEVER = 0;
  private static final long AN_HOUR = 3_600_000_000_000L;

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private final ScheduledExecutorService upkeep = Executors.newSingleThreadScheduledExecutor();
  private final LoginContext logins = new LoginContext(LoginContext.Limits.DEFAULT);
  private final HostNames names =
      new HostNames(() -> new HostNames.Ttl(Duration.ofHours(1), Duration.ofHours(1)));
  private WelcomingServer server;
  private Client near;
  private Client far;

  @Setup
  public void open() throws IOException, InterruptedException {
    server = new WelcomingServer();
    SocketConnector connector =
        new SocketConnector(
            new Sockets(
                EpollSocketChannel::new, EpollDomainSocketChannel::new, DomainSocketAddress::new),
            () -> options(),
            logins,
            names);
    Pools pools = new Pools(connector, loops, 2, upkeep, new Unheard());
    Endpoint endpoint = new Endpoint("main", "127.0.0.1", server.port(), "db");
    Pool pool = pools.get(new PoolKey("main", "db", "user"), () -> spec(endpoint));
    near = new Client(pool, loops.next());
    far = new Client(pool, loops.next());
    near.run(1); // opens the connection, on its own loop
  }

  private static ServerOptions options() {
    return new ServerOptions(
        10_000, 10_000, SslMode.DISABLE, null, BUFFER, BUFFER / 2, Integer.MAX_VALUE, Map.of());
  }

  private static PoolSpec spec(Endpoint endpoint) {
    PoolOptions options =
        new PoolOptions(
            1, 0, 0, NEVER, AN_HOUR, NEVER, NEVER, "", "", AN_HOUR, 1, false, NEVER, false);
    return new PoolSpec(
        endpoint, HostOrder.ROUND_ROBIN, options, List.of(), new Credential.None(), Map.of(), null);
  }

  @TearDown
  public void close() throws IOException {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    upkeep.shutdownNow();
    names.close();
    logins.close();
    server.close();
  }

  @Benchmark
  @OperationsPerInvocation(PAIRS)
  public void onOneLoop() throws InterruptedException {
    near.run(PAIRS);
  }

  @Benchmark
  @OperationsPerInvocation(PAIRS)
  public void acrossLoops() throws InterruptedException {
    far.run(PAIRS);
  }

  /** Leases and gives back, one after the other, on its loop. */
  private static final class Client extends Waiter implements Owner {
    private final Pool pool;
    private final EventLoop loop;
    private CountDownLatch done;
    private int left;

    Client(Pool pool, EventLoop loop) {
      this.pool = pool;
      this.loop = loop;
    }

    void run(int pairs) throws InterruptedException {
      done = new CountDownLatch(1);
      loop.execute(
          () -> {
            left = pairs;
            lease();
          });
      if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the pool does not serve");
      }
    }

    /** As long as they come at once; else it goes on when one is granted. */
    private void lease() {
      ServerConnection server = pool.acquire(this);
      while (server != null && giveBack(server)) {
        server = pool.acquire(this);
      }
    }

    private boolean giveBack(ServerConnection server) {
      pool.giveBack(server, false, false);
      if (--left == 0) {
        done.countDown();
      }
      return left > 0;
    }

    @Override
    protected void granted(ServerConnection server) {
      if (giveBack(server)) {
        lease();
      }
    }

    @Override
    protected void refused(ErrorFields error) {
      throw new IllegalStateException(error.message());
    }

    @Override
    protected void moved() {
      throw new IllegalStateException("the pool is gone");
    }

    @Override
    protected EventLoop loop() {
      return loop;
    }

    @Override
    protected Owner owner() {
      return this;
    }

    @Override
    protected String searchPath() {
      return null;
    }

    @Override
    protected long timeoutNanos() {
      return NEVER;
    }

    @Override
    public void onServerBytes(ServerConnection server, ByteBuf chunk) {
      chunk.release();
    }

    @Override
    public void onServerReadComplete(ServerConnection server) {}

    @Override
    public void onServerWritability(ServerConnection server, boolean writable) {}

    @Override
    public void onServerClosed(ServerConnection server) {
      pool.closed(server);
    }
  }

  /** Nothing happens that would have to be told, but for failures, which end the run anyway. */
  private static final class Unheard implements Pools.Events {
    @Override
    public void connected(Pool pool, ServerConnection server) {}

    @Override
    public void disconnected(Pool pool, ServerConnection server) {}

    @Override
    public void connectFailed(Pool pool, ConnectFailure failure) {
      throw new IllegalStateException(failure.toString());
    }

    @Override
    public void idleError(Pool pool, ServerConnection server, ErrorFields error) {}

    @Override
    public void reserveTaken(Pool pool) {}
  }
}
