package dev.trunkline.proxy.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.TestCluster;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.ServerState;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Far more clients than server connections. */
@Timeout(300)
class CrowdTest {
  private static final int IDLE = 2000;
  private static final int BUSY = 200;
  private static final int POOL = 20;
  private static final int QUERIES = 100;

  /** A query holds its connection for this long, so that queues form. */
  private static final int HELD_MILLIS = 2;

  private static final String CONFIGURATION =
      """
      pgbouncer { auth_type = trust, default_pool_size = %d, max_client_conn = 3000 }
      trunkline.loops = %d
      """;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void everyoneIsServedInTurn(int loops) throws Exception {
    List<RawClient> idle = new ArrayList<>();
    Shards.alone();
    try (TestCluster cluster = TestCluster.start(CONFIGURATION.formatted(POOL, loops))) {
      try {
        try (RawClient warm = RawClient.connect(cluster.port(), "plain", null)) {
          warm.simple("SELECT 1");
        }
        long before = memory();
        for (int i = 0; i < IDLE; i++) {
          idle.add(RawClient.connect(cluster.port(), "plain", null));
        }
        // The sockets of the test itself are in it too.
        System.out.printf(
            "crowd: %d bytes per idle client, both ends%n", (memory() - before) / IDLE);
        serve(cluster, loops);
        for (RawClient client : idle) {
          assertThat(client.simple("SELECT 1").rows()).containsExactly("1");
        }
      } finally {
        idle.forEach(RawClient::close);
      }
      Await.until(() -> "all at rest", Duration.ofSeconds(10), () -> atRest(cluster));
    }
  }

  private static boolean atRest(TestCluster cluster) {
    for (Pool pool : cluster.proxy().directory().pools().all()) {
      if (pool.count(ServerState.IDLE) != pool.connections() || pool.connections() > POOL) {
        return false;
      }
    }
    return true;
  }

  private static void serve(TestCluster cluster, int loops) throws Exception {
    long began = System.nanoTime();
    long longest = 0;
    long most = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> clients = new ArrayList<>();
      for (int i = 0; i < BUSY; i++) {
        clients.add(threads.submit(() -> longestWait(cluster.port())));
      }
      while (!clients.stream().allMatch(Future::isDone)) {
        most = Math.max(most, Shards.backends(0, "backend_type = 'client backend'"));
      }
      for (Future<Long> client : clients) {
        longest = Math.max(longest, client.get());
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    double mean = seconds / QUERIES;
    System.out.printf(
        "crowd: %d loops, %.0f queries/s, mean %.0f ms, longest wait %.0f ms, at most %d"
            + " backends%n",
        loops, BUSY * QUERIES / seconds, mean * 1e3, longest / 1e6, most);
    assertThat(most).isLessThanOrEqualTo(POOL);
    // In a fair queue nobody waits much longer than everybody; a machine that stalls is allowed.
    assertThat(longest / 1e9).isLessThan(5 * mean + 2);
  }

  private static long longestWait(int port) throws IOException {
    long longest = 0;
    try (RawClient client = RawClient.connect(port, "plain", null)) {
      for (int i = 0; i < QUERIES; i++) {
        long began = System.nanoTime();
        Reply reply = client.simple("SELECT " + i + " FROM pg_sleep(0.00" + HELD_MILLIS + ")");
        longest = Math.max(longest, System.nanoTime() - began);
        assertThat(reply.rows()).containsExactly("" + i);
      }
    }
    return longest;
  }

  private static long memory() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory()
        - runtime.freeMemory()
        + PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }
}
