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

  private static long memory() {
    return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
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
