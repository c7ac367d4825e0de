package dev.trunkline.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.config.HostOrder;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.FakeConnector;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Pools over two loops and a fake server, with clients that can be asked what they got. */
final class PoolBench implements AutoCloseable {
  final FakeConnector connector = new FakeConnector();
  final ScheduledExecutorService upkeep = Executors.newSingleThreadScheduledExecutor();
  final List<String> log = new CopyOnWriteArrayList<>();
  final Pools pools = new Pools(connector, connector.loops, 2, upkeep, new Recorder());
  final BlockingQueue<Client> served = new LinkedBlockingQueue<>();

  /** Sizes, reserve and times that matter to a test; everything else is off. */
  record Sizes(int size, int min, int reserve, long reserveAfterMillis, long lifetimeMillis) {
    static Sizes of(int size) {
      return new Sizes(size, 0, 0, 0, 3_600_000);
    }

    PoolOptions options() {
      return options(0);
    }

    PoolOptions options(long forgetMillis) {
      return new PoolOptions(
          size,
          min,
          reserve,
          reserveAfterMillis * 1_000_000,
          lifetimeMillis * 1_000_000,
          0,
          0,
          "",
          "",
          1_000_000_000,
          4,
          false,
          forgetMillis * 1_000_000,
          true);
    }
  }

  Pool pool(String name, PoolOptions options, Budget... budgets) {
    return pools.get(key(name), () -> spec(name, options, budgets));
  }

  Pool pool(int size) {
    return pool("p", Sizes.of(size).options());
  }

  static PoolKey key(String name) {
    return new PoolKey(name, "db", "user");
  }

  static PoolSpec spec(String host, PoolOptions options, Budget... budgets) {
    return new PoolSpec(
        new Endpoint(host, host, 5432, "db"),
        HostOrder.ROUND_ROBIN,
        options,
        List.of(budgets),
        new Credential.None(),
        Map.of(),
        null);
  }

  /** A client that has asked already. */
  Client asks(int loop, Pool pool) {
    return asks(loop, pool, null);
  }

  /** One that needs a search_path. */
  Client asks(int loop, Pool pool, String searchPath) {
    Client client = new Client(connector.loop(loop), pool, searchPath);
    client.ask();
    return client;
  }

  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + 5_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited 5 s").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** Lets everything that is under way on both loops and in the upkeep end. */
  void settle() {
    for (int i = 0; i < 4; i++) {
      run(connector.loop(0), () -> null);
      run(connector.loop(1), () -> null);
      try {
        upkeep.submit(() -> {}).get(5, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  static <T> T run(EventLoop loop, Callable<T> task) {
    try {
      return loop.submit(task).get(5, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    upkeep.shutdownNow();
    connector.close();
  }

  /** One client: waits, gets a connection or an error, gives it back. */
  final class Client extends Waiter implements Owner {
    private final EventLoop loop;
    private final Pool pool;
    private final String searchPath;
    volatile ServerConnection server;
    volatile ErrorFields error;
    volatile boolean moved;

    Client(EventLoop loop, Pool pool, String searchPath) {
      this.loop = loop;
      this.pool = pool;
      this.searchPath = searchPath;
    }

    void ask() {
      ask(pool);
    }

    void ask(Pool of) {
      run(
          loop,
          () -> {
            ServerConnection now = of.acquire(this);
            if (now != null) {
              granted(now);
            }
            return null;
          });
    }

    Client served() {
      await(() -> server != null || error != null);
      assertThat(error).isNull();
      return this;
    }

    /** It does not wait any more. */
    void leave() {
      run(loop, () -> pool.cancel(this));
    }

    void release() {
      run(
          loop,
          () -> {
            ServerConnection back = server;
            server = null;
            pool.giveBack(back, false, false);
            return null;
          });
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
      return searchPath;
    }

    @Override
    protected long timeoutNanos() {
      return 0;
    }

    @Override
    protected void granted(ServerConnection granted) {
      if (searchPath != null) {
        granted.routedTo(searchPath, null);
      }
      server = granted;
      served.add(this);
    }

    @Override
    protected void refused(ErrorFields refusal) {
      error = refusal;
    }

    @Override
    protected void moved() {
      moved = true;
    }

    @Override
    public void onServerBytes(ServerConnection from, ByteBuf chunk) {
      chunk.release();
    }

    @Override
    public void onServerReadComplete(ServerConnection from) {}

    @Override
    public void onServerWritability(ServerConnection from, boolean writable) {}

    @Override
    public void onServerClosed(ServerConnection from) {
      pool.closed(from);
    }
  }

  private final class Recorder implements Pools.Events {
    @Override
    public void connected(Pool pool, ServerConnection connection) {
      log.add("connected " + pool.key().host());
    }

    @Override
    public void disconnected(Pool pool, ServerConnection connection) {
      log.add("closed " + pool.key().host() + ": " + connection.closeReason());
    }

    @Override
    public void connectFailed(Pool pool, ConnectFailure failure) {
      log.add("failed " + pool.key().host());
    }

    @Override
    public void idleError(Pool pool, ServerConnection connection, ErrorFields error) {
      log.add("idle " + pool.key().host() + ": " + error.message());
    }

    @Override
    public void reserveTaken(Pool pool) {
      log.add("reserve " + pool.key().host());
    }
  }
}
