package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import io.netty.buffer.PooledByteBufAllocator;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One side that does not read: the other is slowed down, and the proxy keeps little in memory. */
@Timeout(120)
class BackPressureTest {
  private static final long MAX_GROWTH = 32L << 20;

  /** Six times high_watermark; large buffers come to 700 to 1,500 kB. */
  private static final long MAX_KEPT = 384L << 10;

  private static long memory() {
    return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory();
  }

  private static void pause() {
    LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void aClientThatDoesNotReadSlowsTheServerDown(String transport) {
    long before = memory();
    try (TestCluster cluster = TestCluster.startOn(transport, "");
        FakeClient client = cluster.client("plain")) {
      client.send(
          out -> Frontend.query(out, "SELECT repeat('x', 100000) FROM generate_series(1, 3000)"));
      pause();
      assertThat(memory() - before).isLessThan(MAX_GROWTH);
      int rows = 0;
      Message message = client.receive();
      while (message.tag() != Tags.Backend.READY_FOR_QUERY) {
        rows += message.tag() == Tags.Backend.DATA_ROW ? 1 : 0;
        message = client.receive();
      }
      assertThat(rows).isEqualTo(3000);
      assertThat(memory() - before).isLessThan(MAX_GROWTH);
    }
  }

  /** Its small messages lie in buffers that others have filled up. */
  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void whatWaitsForASlowReaderDoesNotKeepLargeBuffers(String transport) throws Exception {
    String drip =
        "DO $$ BEGIN FOR i IN 1..4000 LOOP RAISE NOTICE '%', i;"
            + " PERFORM pg_sleep(0.001); END LOOP; END $$";
    try (TestCluster cluster =
            TestCluster.startOn(transport, "pgbouncer.tcp_socket_buffer = 32768");
        FakeClient slow = cluster.client("plain");
        FakeClient other = cluster.client("plain")) {
      long before = fillBuffers(other, 1);
      slow.send(out -> Frontend.query(out, drip));
      assertThat(fillBuffers(other, 8) - before).isLessThan(MAX_KEPT);
      slow.until(Tags.Backend.READY_FOR_QUERY);
    }
  }

  /** Queries for some seconds; the most memory that was in use meanwhile. */
  private static long fillBuffers(FakeClient client, int seconds) {
    long most = 0;
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    while (System.nanoTime() < end) {
      for (int i = 0; i < 8; i++) {
        client.send(out -> Frontend.query(out, "SELECT repeat('y', 16000)"));
      }
      for (int i = 0; i < 8; i++) {
        client.until(Tags.Backend.READY_FOR_QUERY);
      }
      most = Math.max(most, memory());
    }
    return most;
  }

  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void aServerThatDoesNotReadSlowsTheClientDown(String transport)
      throws SQLException, InterruptedException {
    long before = memory();
    AtomicLong sent = new AtomicLong();
    try (Connection blocker = TestCluster.direct(0);
        TestCluster cluster = TestCluster.startOn(transport, "");
        FakeClient client = cluster.client("plain")) {
      Sql.run(blocker, "CREATE TABLE public.slow (x text)", "GRANT ALL ON public.slow TO app");
      blocker.setAutoCommit(false);
      Sql.run(blocker, "LOCK TABLE public.slow");
      Thread copier = Thread.startVirtualThread(() -> copy(client, sent));
      pause();
      assertThat(sent.get()).isLessThan(100L << 20);
      assertThat(memory() - before).isLessThan(MAX_GROWTH);
      blocker.commit();
      blocker.setAutoCommit(true);
      copier.join();
      assertThat(Wire.tags(client.until(Tags.Backend.READY_FOR_QUERY))).isEqualTo("GCZ");
      assertThat(Sql.value(blocker, "SELECT count(*) FROM public.slow")).isEqualTo("1000");
      Sql.run(blocker, "DROP TABLE public.slow");
    }
  }

  /** 100 MB in 1000 rows. */
  private static void copy(FakeClient client, AtomicLong sent) {
    byte[] row = Wire.bytes("y".repeat(100_000) + "\n");
    client.send(out -> Frontend.query(out, "COPY public.slow FROM STDIN"));
    for (int i = 0; i < 1000; i++) {
      client.send(out -> Frontend.copyData(out, row));
      sent.addAndGet(row.length);
    }
    client.send(Frontend::copyDone);
  }
}
