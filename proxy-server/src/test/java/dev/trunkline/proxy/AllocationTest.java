package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A warm event loop relays one-row queries without allocating: what is measured is the JVM's own
 * count of bytes for the loop's thread.
 */
@Timeout(180)
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Until the compiler has removed what it can, which takes it thousands of queries. */
  private static final int BATCHES = 20;

  private static final int QUERIES = 4_000;

  private static ResourceLeakDetector.Level level;
  private static final String CATALOG = "catalog_allocation";

  private static TestCluster cluster;
  private static long[] loops;

  @BeforeAll
  static void start() throws Exception {
    level = ResourceLeakDetector.getLevel();
    // What the tests' JVM is told to do with every buffer allocates for each of them.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    Set<Long> before = LongStream.of(THREADS.getAllThreadIds()).boxed().collect(Collectors.toSet());
    TestHosts.SHARED.createCatalog(CATALOG);
    cluster =
        TestCluster.start(
            // What is sent first in each lease is kept for a second chance.
            TestHosts.mapOf(CATALOG, TestCluster.hostPort(0))
                +
                // Netty's io_uring makes an object for each operation; what is ours shows on epoll.
                "trunkline { loops = 1, transport = epoll }\n"
                + "databases.narrow = ${databases.plain} { pool_size = 1 }\n"
                + "databases.slim { sharded = true, pool_size = 1 }");
    try (FakeClient client = cluster.client("plain")) {
      client.query("SELECT 1");
    }
    loops =
        Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
            .filter(each -> each != null && each.getThreadName().contains("EventLoop"))
            .mapToLong(each -> each.getThreadId())
            .filter(id -> !before.contains(id))
            .toArray();
    assertThat(loops).isNotEmpty();
  }

  @AfterAll
  static void stop() throws SQLException {
    cluster.close();
    TestHosts.SHARED.dropCatalog(CATALOG);
    ResourceLeakDetector.setLevel(level);
  }

  private static long allocated() {
    return Arrays.stream(THREADS.getThreadAllocatedBytes(loops)).sum();
  }

  /** Bytes per query in the best batch: others may hold the compiler's and the clock's moments. */
  private static double bytesPerQuery(FakeClient client, Consumer<ByteBuf> query) {
    return bytesPerQuery(client, query, () -> {});
  }

  private static double bytesPerQuery(FakeClient client, Consumer<ByteBuf> query, Runnable rest) {
    double least = Double.MAX_VALUE;
    for (int batch = 0; batch < BATCHES && least >= 1; batch++) {
      long before = allocated();
      for (int i = 0; i < QUERIES; i++) {
        client.send(query);
        Wire.ready(client);
        rest.run();
      }
      least = Math.min(least, (allocated() - before) / (double) QUERIES);
    }
    return least;
  }

  private static String oneRow(String database) {
    return database.startsWith("app") ? "SELECT name FROM shard_name" : "SELECT 1";
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "sess", "app@w1"})
  void aSimpleQueryAllocatesNothing(String database) {
    try (FakeClient client = cluster.client(database)) {
      String sql = oneRow(database);
      double bytes = bytesPerQuery(client, out -> Frontend.query(out, sql));
      assertThat(bytes).as("bytes per query").isLessThan(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "sess", "app@w1"})
  void aPreparedQueryAllocatesNothing(String database) {
    try (FakeClient client = cluster.client(database)) {
      Wire.prepare(client, "one", oneRow(database));
      double bytes =
          bytesPerQuery(
              client,
              out -> {
                Frontend.bind(out, "", "one", List.of());
                Frontend.execute(out, "", 0);
                Frontend.sync(out);
              });
      assertThat(bytes).as("bytes per query").isLessThan(1);
    }
  }

  @Test
  void aReadThatIsNotDrawnForADarkReadAllocatesNothing() throws SQLException {
    try (Connection console = DarkReadTest.console(cluster)) {
      Sql.run(
          console,
          "DARK READ HOST h1 AGAINST 'host=127.0.0.1 port=1 dbname=d user=u' SAMPLE 0.000001%");
      aSimpleQueryAllocatesNothing("app@w1");
      aPreparedQueryAllocatesNothing("app@w1");
      assertThat(Sql.column(console, "SHOW DARK READS")).containsExactly("host h1");
    } finally {
      cluster.proxy().darkReads().stop(new GateScope.Host("h1"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"narrow", "slim@w1"})
  void aClientThatWaitsForAConnectionAllocatesNothing(String database) {
    try (FakeClient other = cluster.client(database);
        FakeClient client = cluster.client(database)) {
      Consumer<ByteBuf> query = out -> Frontend.query(out, "SELECT 1");
      double bytes =
          bytesPerQuery(
              client,
              out -> {
                other.send(query);
                query.accept(out);
              },
              () -> Wire.ready(other));
      assertThat(bytes).as("bytes per two queries").isLessThan(1);
    }
  }
}
