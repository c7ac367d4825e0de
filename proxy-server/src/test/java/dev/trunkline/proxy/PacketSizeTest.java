package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Tags;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code max_packet_size}: one message too long ends its connection, and no other. */
@Timeout(60)
class PacketSizeTest {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("pgbouncer { max_packet_size = 100000, default_pool_size = 1 }");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void aResultMayBeLongerThanItsRows() {
    try (FakeClient client = cluster.client("plain")) {
      String sql = "SELECT repeat('x', 90000) FROM generate_series(1, 20)";
      assertThat(Wire.column(client.query(sql))).hasSize(20);
    }
  }

  @Test
  void aQueryThatIsTooLongEndsTheClient() {
    try (FakeClient client = cluster.client("plain");
        FakeClient other = cluster.client("plain")) {
      client.send(out -> Frontend.query(out, "SELECT '" + "x".repeat(100_000) + "'"));
      assertThat(client.receive().fields().message()).isEqualTo("invalid message length");
      client.expectClosed();
      assertThat(Wire.column(other.query("SELECT 1"))).containsExactly("1");
    }
  }

  @Test
  void aRowThatIsTooLongEndsTheServerConnection() {
    try (FakeClient client = cluster.client("plain");
        FakeClient other = cluster.client("plain")) {
      client.send(out -> Frontend.query(out, "SELECT repeat('x', 100000)"));
      assertThat(client.until(Tags.Backend.ERROR_RESPONSE).getLast().fields().message())
          .isEqualTo("server conn crashed?");
      client.expectClosed();
      assertThat(Wire.column(other.query("SELECT 1"))).containsExactly("1");
    }
  }
}
