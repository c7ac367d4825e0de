package dev.trunkline.proxy.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.TestCluster;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.wire.LeakCheck;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Many clients in many workspaces, with errors, cancels and disconnects. The whole storm of 640,000
 * transactions:
 *
 * <pre>mvn -pl proxy-server -am verify -Dtest=StormTest -Dsurefire.failIfNoSpecifiedTests=false \
 *   -Dtrunkline.storm.transactions=10000</pre>
 */
@ExtendWith(LeakCheck.class)
@Timeout(3600)
class StormTest {
  private static final int CLIENTS = 64;
  private static final int POOL = 12;
  private static final int TRANSACTIONS = Integer.getInteger("trunkline.storm.transactions", 500);

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void noRowIsEverWrittenOrReadInAnotherShard(String transport) throws Exception {
    storm(transport, 1, TRANSACTIONS / 2, false);
  }

  @Test
  void cancelsFromOutsideSendNothingToAnotherShard() throws Exception {
    storm("auto", 2, Math.max(TRANSACTIONS / 4, 50), true);
  }

  private static void storm(String transport, int loops, int transactions, boolean strayCancels)
      throws Exception {
    long seed = Long.getLong("trunkline.storm.seed", new Random().nextLong());
    System.out.println("storm: seed " + seed);
    Shards.create();
    Tally tally = new Tally(CLIENTS);
    String overrides =
        """
        pgbouncer { auth_type = trust, default_pool_size = %d, log_pooler_errors = 0 }
        trunkline.loops = %d
        """
            .formatted(POOL, loops);
    Shards.alone();
    try (TestCluster cluster = TestCluster.startOn(transport, overrides + Shards.map())) {
      long began = System.nanoTime();
      run(cluster, seed, tally, transactions, strayCancels);
      double seconds = (System.nanoTime() - began) / 1e9;
      System.out.printf(
          "storm: %d transactions in %.1f s, %.0f/s; %s%n",
          CLIENTS * transactions, seconds, CLIENTS * transactions / seconds, tally);
      settles(cluster);
    } finally {
      report(tally);
    }
    Shards.drop();
  }

  private static void run(
      TestCluster cluster, long seed, Tally tally, int transactions, boolean strayCancels)
      throws Exception {
    AtomicLong progress = new AtomicLong();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        StormClient client = new StormClient(i, cluster.port(), seed, tally, progress);
        clients.add(
            threads.submit(
                () -> {
                  client.run(transactions);
                  return null;
                }));
      }
      Future<?> canceler = strayCancels ? threads.submit(() -> cancelAll(clients)) : null;
      for (Future<?> client : clients) {
        client.get();
      }
      if (canceler != null) {
        System.out.println("storm: " + canceler.get() + " stray cancels");
      }
    }
  }

  /** Cancels random backends as long as the clients run. */
  private static long cancelAll(List<Future<?>> clients) throws SQLException {
    String cancel =
        "SELECT count(pg_cancel_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
            + " WHERE usename = 'app' ORDER BY random() LIMIT 2)";
    long sent = 0;
    try (Connection first = TestCluster.direct(0);
        Connection second = TestCluster.direct(1);
        Statement one = first.createStatement();
        Statement two = second.createStatement()) {
      while (!clients.stream().allMatch(Future::isDone)) {
        one.execute(cancel);
        two.execute(cancel);
        sent += 4;
      }
    }
    return sent;
  }

  /** When all clients are gone, no connection is at work and none is left over. */
  private static void settles(TestCluster cluster) throws Exception {
    Await.until(
        () -> "nothing active",
        Duration.ofSeconds(20),
        () -> cluster.proxy().directory().pools().all().stream().allMatch(StormTest::atRest));
    for (int host = 0; host < 2; host++) {
      int at = host;
      Await.until(
          () -> "busy on host " + at + ": " + Shards.busy(at),
          Duration.ofSeconds(10),
          () -> Shards.busy(at).isEmpty());
      // A backend needs a moment to notice that its connection was closed.
      Await.until(
          () -> "too many on host " + at + ": " + Shards.backends(at),
          Duration.ofSeconds(10),
          () -> Shards.backends(at).size() <= POOL);
    }
  }

  private static boolean atRest(Pool pool) {
    return pool.count(ServerState.ACTIVE) == 0
        && pool.count(ServerState.TESTED) == 0
        && pool.count(ServerState.BEING_CANCELED) == 0
        && pool.count(ServerState.IDLE) == pool.connections()
        && pool.snapshot().waiting() == 0;
  }

  private static void report(Tally tally) throws SQLException {
    long kept = tally.keptRows();
    List<Long> undead = new ArrayList<>();
    long rows =
        Shards.each(
            number -> {
              if (!tally.mayExist(number)) {
                undead.add(number);
              }
              tally.found(number);
            });
    System.out.printf("storm: %d rows found, %d acknowledged%n", rows, kept);
    assertThat(undead).as("rows that were rolled back").isEmpty();
    assertThat(tally.keptRows()).as("acknowledged rows that are lost").isZero();
  }
}
