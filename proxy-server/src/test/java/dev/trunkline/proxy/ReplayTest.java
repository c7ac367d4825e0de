package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bytes to the server and to the proxy bring the same messages back. */
@Timeout(60)
class ReplayTest {
  /** Ready for query so often. */
  private static final int SYNCS = 15;

  @BeforeAll
  static void createTable() throws SQLException {
    try (Connection direct = TestCluster.direct(0)) {
      Sql.run(
          direct,
          "CREATE TABLE public.replayed (id int PRIMARY KEY, x text)",
          "GRANT ALL ON public.replayed TO app");
    }
  }

  @AfterAll
  static void dropTable() throws SQLException {
    try (Connection direct = TestCluster.direct(0)) {
      Sql.run(direct, "DROP TABLE public.replayed");
    }
  }

  private static void conversation(ByteBuf out) {
    Frontend.query(out, "SELECT 1 AS one, 'two' AS two; SELECT 3; BEGIN");
    Frontend.query(out, "CREATE TABLE public.unused (x int)");
    Frontend.parse(out, "put", "INSERT INTO public.replayed VALUES ($1, $2)");
    Frontend.describe(out, Frontend.STATEMENT, "put");
    for (int i = 0; i < 3; i++) {
      Frontend.bind(out, "", "put", Wire.values("" + i, "x".repeat(i * 1000)));
      Frontend.execute(out, "", 0);
    }
    Frontend.sync(out);
    Frontend.query(out, "SAVEPOINT a");
    Frontend.bind(out, "", "put", Wire.values("1", "again"));
    Frontend.execute(out, "", 0);
    Frontend.bind(out, "", "put", Wire.values("9", "skipped"));
    Frontend.sync(out);
    Frontend.query(out, "ROLLBACK TO a");
    Frontend.parse(out, "", "SELECT id, x FROM public.replayed WHERE id >= $1 ORDER BY id");
    Frontend.bind(out, "p", "", Wire.values("0"));
    Frontend.describe(out, Frontend.PORTAL, "p");
    Frontend.execute(out, "p", 2);
    Frontend.flush(out);
    Frontend.execute(out, "p", 2);
    Frontend.close(out, Frontend.PORTAL, "p");
    Frontend.sync(out);
    Frontend.query(out, "COPY public.replayed TO STDOUT");
    Frontend.query(out, "COPY public.replayed FROM STDIN");
    Frontend.copyData(out, Wire.bytes("7\tseven\n8\t"));
    Frontend.copyData(out, Wire.bytes("eight\n"));
    Frontend.copyDone(out);
    Frontend.query(out, "");
    Frontend.query(out, "SELECT nothing FROM nowhere");
    Frontend.query(out, "COMMIT");
    Frontend.close(out, Frontend.STATEMENT, "put");
    Frontend.sync(out);
    Frontend.query(out, "SET application_name = 'replayed'");
    Frontend.query(out, "DO $$ BEGIN RAISE NOTICE 'noticed'; END $$");
  }

  private static byte[] bytes() {
    return Message.bytes((Consumer<ByteBuf>) ReplayTest::conversation);
  }

  private static List<Message> replay(FakeClient client, int piece) {
    byte[] bytes = bytes();
    for (int at = 0; at < bytes.length; at += piece) {
      int end = Math.min(bytes.length, at + piece);
      client.send(Arrays.copyOfRange(bytes, at, end));
    }
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < SYNCS; i++) {
      messages.addAll(client.until(Tags.Backend.READY_FOR_QUERY));
    }
    return messages;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100, 1_000_000})
  void theAnswersAreTheServersOwn(int piece) {
    List<Message> expected;
    try (FakeClient direct = TestCluster.directClient(0)) {
      expected = replay(direct, 1_000_000);
    }
    try (FakeClient client = TestCluster.shared().client("plain")) {
      assertThat(replay(client, piece)).isEqualTo(expected);
    }
  }

  @Test
  void theServersSettingsAreReported() {
    try (FakeClient direct = TestCluster.directClient(0);
        FakeClient client = TestCluster.shared().client("plain")) {
      assertThat(client.parameters()).isEqualTo(direct.parameters());
    }
  }
}
