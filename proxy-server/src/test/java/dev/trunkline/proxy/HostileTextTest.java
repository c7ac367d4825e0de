package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Texts that are meant to keep a proxy busy or to mislead it: each is answered, and meanwhile other
 * clients of the same event loop are served.
 */
@Timeout(120)
class HostileTextTest {
  /** Generous: on two quiet cores an answer takes a few milliseconds. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private static final String KEYED = "SELECT 1 FROM hostile WHERE workspace_id = 'w1' AND ";
  private static final List<String> TEXTS =
      List.of(
          "(".repeat(65_536),
          "SELECT " + "(".repeat(60) + "1" + ")".repeat(60),
          KEYED + "x = " + "1+".repeat(10_000) + "1",
          KEYED + "(" + "x OR ".repeat(10_000) + "x)",
          KEYED + "x = " + "- ".repeat(990) + "1",
          KEYED + "x IN (" + "1, ".repeat(4_900) + "1)",
          "SELECT 'a",
          "SELECT \"a",
          "SELECT $$a",
          "SELECT $a$ $$ $b$",
          "SELECT /* a /* b */",
          "SELECT E'a\\'",
          "SELECT 1 \0 ; SELECT 2",
          "\0",
          ";;;",
          "SELECT " + "a".repeat(64_000),
          "SELECT " + "[".repeat(9_000),
          "SELECT 1; ".repeat(300),
          "\uFEFFSELECT 1",
          "INSERT INTO hostile (workspace_id, x) VALUES ('w1', '\u0083'), ('w2', '1'); --')",
          "INSERT INTO hostile (workspace_id, x) VALUES ('w1\u0081\\', ', 1), (', 'w2')");

  private static TestCluster cluster;

  @BeforeAll
  static void start() throws SQLException {
    for (int shard = 1; shard <= 6; shard++) {
      onShard(shard, "CREATE TABLE %1$s.hostile (workspace_id text, x text)");
      onShard(shard, "ALTER TABLE %1$s.hostile OWNER TO app");
    }
    cluster =
        TestCluster.start(
            """
            trunkline.loops = 1
            map.sharded_tables { key = workspace_id, user = postgres }
            """);
  }

  @AfterAll
  static void stop() throws SQLException {
    cluster.close();
    for (int shard = 1; shard <= 6; shard++) {
      onShard(shard, "DROP TABLE %1$s.hostile");
    }
  }

  private static void onShard(int shard, String sql) throws SQLException {
    try (Connection direct = TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST)) {
      Sql.run(direct, sql.formatted(TestHosts.schema(shard)));
    }
  }

  static List<String> encodings() throws SQLException {
    String all =
        "SELECT name FROM (SELECT pg_encoding_to_char(i) AS name FROM generate_series(0, 41) i) e"
            + " WHERE name NOT IN ('', 'MULE_INTERNAL')";
    try (Connection direct = TestCluster.direct(0)) {
      return Sql.column(direct, all);
    }
  }

  @ParameterizedTest
  @MethodSource("encodings")
  void areAnsweredInEveryEncoding(String encoding) throws SQLException {
    try (FakeClient client = cluster.client("app")) {
      assertThat(Wire.errors(client.query("SET client_encoding = '" + encoding + "'"))).isEmpty();
      for (String text : TEXTS) {
        assertThat(took(() -> answers(client, text))).as(shown(text)).isLessThan(LIMIT);
      }
    }
    for (int shard = 2; shard <= 6; shard++) {
      try (Connection direct = TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST)) {
        String table = TestHosts.schema(shard) + ".hostile";
        assertThat(Sql.value(direct, "SELECT count(*) FROM " + table)).isEqualTo("0");
      }
    }
  }

  @Test
  void doNotKeepOthersWaiting() throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    Thread hostile = Thread.ofPlatform().start(() -> keepSending(over));
    try (FakeClient client = cluster.client("app")) {
      for (int i = 0; i < 200; i++) {
        Duration took = took(() -> client.query("SELECT 1 FROM hostile WHERE workspace_id = 'w1'"));
        assertThat(took).isLessThan(LIMIT);
      }
    } finally {
      over.set(true);
      hostile.join();
    }
  }

  private static void keepSending(AtomicBoolean over) {
    try (FakeClient client = cluster.client("app")) {
      for (int i = 0; !over.get(); i++) {
        // A comment makes no new shape: a number in a name does.
        answers(client, TEXTS.get(i % TEXTS.size()).replace("hostile", "hostile" + i));
      }
    }
  }

  private static void answers(FakeClient client, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    client.send(
        out -> {
          out.writeByte('Q').writeInt(4 + bytes.length + 1).writeBytes(bytes).writeByte(0);
        });
    List<Message> answer = Wire.ready(client);
    assertThat(Wire.tags(answer)).as(shown(text)).endsWith("Z");
    client.send(
        out -> {
          out.writeByte('P').writeInt(4 + 1 + bytes.length + 3).writeByte(0).writeBytes(bytes);
          out.writeByte(0).writeShort(0);
          Frontend.bind(out, "", "", List.of());
          Frontend.execute(out, "", 0);
          Frontend.sync(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).as(shown(text)).endsWith("Z");
  }

  private static Duration took(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static String shown(String text) {
    return text.substring(0, Math.min(80, text.length()));
  }
}
