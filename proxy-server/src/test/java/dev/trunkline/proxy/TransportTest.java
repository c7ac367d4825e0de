package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.FakeServer;
import dev.trunkline.wire.FakeServerConnection;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.LeakCheck;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ways to drive sockets have gone wrong with, or may: bytes in bulk, and their end. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class TransportTest {
  private static final byte[] MEGABYTE = new byte[1 << 20];
  private static final int MAX_MEGABYTES = 20;
  private static final Duration PAUSE = Duration.ofMillis(100);

  /**
   * Each result is longer than the one before, so that the end comes at any point of the way: of
   * some it is there while the client takes nothing and reading from the server is off.
   */
  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void allThatAServerSaidBeforeItEndedReachesASlowClient(String transport) {
    try (FakeServer server = FakeServer.start(TransportTest::sayALotAndEnd);
        TestCluster cluster =
            TestCluster.startOn(
                transport,
                "databases.fake { host = \"127.0.0.1\", port = %d }".formatted(server.port()))) {
      for (int megabytes = 1; megabytes <= MAX_MEGABYTES; megabytes++) {
        String wanted = Integer.toString(megabytes);
        try (FakeClient client = cluster.client("fake")) {
          client.send(out -> Frontend.query(out, wanted));
          LockSupport.parkNanos(PAUSE.toNanos());
          assertThat(rows(client)).isEqualTo(megabytes);
        }
      }
    }
  }

  private static int rows(FakeClient client) {
    int rows = 0;
    Message message = client.receive();
    while (message.tag() == Tags.Backend.DATA_ROW) {
      rows++;
      message = client.receive();
    }
    assertThat(message.tag()).isEqualTo(Tags.Backend.ERROR_RESPONSE);
    return rows;
  }

  private static void sayALotAndEnd(FakeServerConnection connection) {
    connection.login();
    byte[] body = connection.expect(Tags.Frontend.QUERY).body();
    int rows = Integer.parseInt(new String(body, 0, body.length - 1, StandardCharsets.US_ASCII));
    for (int i = 0; i < rows; i++) {
      connection.send(out -> Backend.dataRow(out, List.of(MEGABYTE)));
    }
  }

  /** More than the memory that is lent to the kernel, from all clients in the same moment. */
  @ParameterizedTest
  @ValueSource(strings = {"io_uring", "epoll"})
  void manyLargeMessagesAtOnceArriveWhole(String transport) throws Exception {
    int clients = 24;
    CyclicBarrier together = new CyclicBarrier(clients);
    try (TestCluster cluster =
            TestCluster.startOn(
                transport, "pgbouncer.default_pool_size = 8\npgbouncer.query_wait_timeout = 50");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        int seed = i;
        all.add(
            threads.submit(
                () -> {
                  thereAndBack(cluster, together, seed);
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  private static void thereAndBack(TestCluster cluster, CyclicBarrier together, int seed)
      throws Exception {
    byte[] value = new byte[1 << 20];
    new SplittableRandom(seed).nextBytes(value);
    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(value));
    try (Connection connection = cluster.connect("plain", "binaryTransfer=true");
        PreparedStatement echo =
            connection.prepareStatement("SELECT md5(b), b FROM (VALUES (?::bytea)) v(b)")) {
      together.await();
      for (int i = 0; i < 3; i++) {
        echo.setBytes(1, value);
        try (ResultSet rows = echo.executeQuery()) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getString(1)).isEqualTo(sum);
          assertThat(rows.getBytes(2)).isEqualTo(value);
        }
      }
    }
  }
}
