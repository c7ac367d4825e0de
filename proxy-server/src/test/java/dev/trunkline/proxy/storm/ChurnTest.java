package dev.trunkline.proxy.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.TestCluster;
import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that come and vanish at any point, as fast as they can, while a patient one works on.
 * {@code trunkline.seed} and {@code trunkline.churn} (seconds) repeat or lengthen a run.
 */
@Timeout(120)
class ChurnTest {
  private static final int CLIENTS = 24;
  private static final Duration CHURN =
      Duration.ofSeconds(Integer.getInteger("trunkline.churn", 3));
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private static final String CONFIGURATION =
      """
      pgbouncer { auth_type = trust, default_pool_size = 10, log_pooler_errors = 0 }
      trunkline { loops = 2 }
      """;

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll", "nio"})
  void nothingIsLeftOfClientsThatVanish(String transport) throws Exception {
    long seed = Long.getLong("trunkline.seed", System.nanoTime());
    System.out.println("churn: " + transport + ", trunkline.seed=" + seed);
    Shards.alone();
    try (TestCluster cluster = TestCluster.startOn(transport, CONFIGURATION)) {
      warmUp(cluster.port());
      Await.until(() -> "nobody there", PATIENCE, () -> clients(cluster) == 0);
      long sockets = clientSockets(cluster);
      int visits = churn(cluster, new SplittableRandom(seed));
      System.out.println("churn: " + visits + " clients");
      Await.until(
          () -> clients(cluster) + " clients counted", PATIENCE, () -> clients(cluster) == 0);
      Await.until(
          () -> "sockets before: " + sockets + ", now: " + clientSockets(cluster),
          PATIENCE,
          () -> clientSockets(cluster) <= sockets);
    }
    Await.until(
        () -> "connected: " + Shards.backends(0), PATIENCE, () -> Shards.backends(0).isEmpty());
  }

  /** A loop is known from its first client on. */
  private static void warmUp(int port) throws IOException {
    for (int i = 0; i < 2; i++) {
      try (RawClient client = RawClient.connect(port, "plain", null)) {
        client.simple("SELECT 1");
      }
    }
  }

  private static int clients(TestCluster cluster) {
    return cluster.proxy().admission().clients();
  }

  /** Sockets of this process but for those to servers: both ends of the clients', and listeners. */
  private static long clientSockets(TestCluster cluster) throws IOException {
    if (!Files.isDirectory(DESCRIPTORS)) {
      return 0;
    }
    long servers = 0;
    for (Pool pool : cluster.proxy().directory().pools().all()) {
      servers += pool.connections();
    }
    try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
      return descriptors.filter(ChurnTest::isSocket).count() - servers;
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private static int churn(TestCluster cluster, SplittableRandom random) throws Exception {
    long end = System.nanoTime() + CHURN.toNanos();
    for (LoopContext context : cluster.proxy().contexts()) {
      stutter(context.loop(), end);
    }
    int visits = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 1)) {
      Future<?> patient = threads.submit(() -> work(cluster.port(), end));
      List<Future<Integer>> vanishing = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        SplittableRandom own = random.split();
        vanishing.add(threads.submit(() -> visit(cluster.port(), own, end)));
      }
      for (Future<Integer> client : vanishing) {
        visits += client.get();
      }
      patient.get();
    }
    return visits;
  }

  /** Holds a loop up again and again, so that much happens to a socket between two looks at it. */
  private static void stutter(EventLoop loop, long end) {
    if (System.nanoTime() < end) {
      loop.schedule(
          () -> {
            LockSupport.parkNanos(1_000_000);
            stutter(loop, end);
          },
          1,
          TimeUnit.MILLISECONDS);
    }
  }

  /** What befalls the others must not befall somebody who gets their descriptor numbers. */
  private static Void work(int port, long end) throws IOException {
    while (System.nanoTime() < end) {
      try (RawClient client = RawClient.connect(port, "plain", null)) {
        assertThat(client.simple("SELECT 7").rows()).containsExactly("7");
      }
    }
    return null;
  }

  private static int visit(int port, SplittableRandom random, long end) throws IOException {
    int visits = 0;
    while (System.nanoTime() < end) {
      visits++;
      try (Socket socket = new Socket()) {
        socket.setTcpNoDelay(true);
        // A linger time of 0 makes a close a reset.
        socket.setSoLinger(random.nextBoolean(), 0);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        talk(socket, random);
      } catch (SocketException hungUpMeanwhile) {
        // The proxy was first to go, as it is entitled to after a Terminate.
      }
    }
    return visits;
  }

  /** Says as much as it likes and hears as much as it likes. */
  private static void talk(Socket socket, SplittableRandom random) throws IOException {
    ByteBuf words = words(random);
    if (random.nextInt(4) == 0) {
      say(socket, words, random.nextInt(words.readableBytes()), random);
      return;
    }
    say(socket, words, words.readableBytes(), random);
    if (random.nextInt(3) > 0) {
      socket.getInputStream().read(new byte[1 + random.nextInt(2000)]);
    }
    if (random.nextBoolean()) {
      // A part of a message and the end of the connection, in one moment.
      Frontend.query(words.clear(), "SELECT 1");
      words.readBytes(socket.getOutputStream(), 1 + random.nextInt(words.readableBytes()));
    }
  }

  private static void say(Socket socket, ByteBuf words, int length, SplittableRandom random)
      throws IOException {
    int piece = random.nextBoolean() ? length : 1 + random.nextInt(60);
    for (int said = 0; said < length; said += piece) {
      words.readBytes(socket.getOutputStream(), Math.min(piece, length - said));
    }
  }

  private static ByteBuf words(SplittableRandom random) {
    ByteBuf words = Unpooled.buffer();
    Frontend.startup(words, 0, Map.of("user", "app", "database", "plain"));
    for (int queries = random.nextInt(4); queries > 0; queries--) {
      Frontend.query(words, query(random.nextInt(4)));
    }
    if (random.nextInt(4) == 0) {
      Frontend.terminate(words);
    }
    return words;
  }

  private static String query(int which) {
    return switch (which) {
      case 0 -> "SELECT 1";
      case 1 -> "SELECT repeat('x', 1000) FROM generate_series(1, 300)";
      case 2 -> "SELECT pg_sleep(0.002)";
      default -> "BEGIN";
    };
  }
}
