package dev.trunkline.proxy;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** The protocol in one line each. */
final class Wire {
  private Wire() {}

  /** The tags of messages, such as {@code 12DCZ}. */
  static String tags(List<Message> messages) {
    StringBuilder tags = new StringBuilder();
    messages.forEach(message -> tags.append((char) message.tag()));
    return tags.toString();
  }

  static List<Message> ready(FakeClient client) {
    return client.until(Tags.Backend.READY_FOR_QUERY);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Values as text parameters. */
  static List<byte[]> values(String... values) {
    return Arrays.stream(values).map(Wire::bytes).toList();
  }

  /** Parse and Sync; the tags of the answer. */
  static String prepare(FakeClient client, String name, String sql) {
    client.send(
        out -> {
          Frontend.parse(out, name, sql);
          Frontend.sync(out);
        });
    return tags(ready(client));
  }

  /** Bind, Execute and Sync. */
  static List<Message> execute(FakeClient client, String statement, String... values) {
    client.send(
        out -> {
          Frontend.bind(out, "", statement, values(values));
          Frontend.execute(out, "", 0);
          Frontend.sync(out);
        });
    return ready(client);
  }

  /** The first column of the rows among messages. */
  static List<String> column(List<Message> messages) {
    return messages.stream()
        .filter(message -> message.tag() == Tags.Backend.DATA_ROW)
        .map(message -> message.row().getFirst())
        .toList();
  }

  /** SQLSTATEs of the errors among messages. */
  static List<String> errors(List<Message> messages) {
    return messages.stream()
        .filter(message -> message.tag() == Tags.Backend.ERROR_RESPONSE)
        .map(message -> message.fields().sqlstate())
        .toList();
  }

  /** Sends a client's CancelRequest and waits until the proxy has taken it. */
  static void cancel(TestCluster cluster, FakeClient client) {
    try (FakeClient canceler = FakeClient.connect(cluster.port())) {
      canceler.send(out -> Frontend.cancelRequest(out, client.key().pid(), client.key().key()));
      canceler.expectClosed();
    }
  }

  /** Waits until a server runs a statement with this text. */
  static void awaitRunning(String sql) throws SQLException {
    try (Connection direct = TestCluster.direct(0)) {
      String running =
          "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = '%s'"
              .formatted(sql.replace("'", "''"));
      long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (Sql.value(direct, running).equals("0")) {
        if (System.nanoTime() > end) {
          throw new AssertionError("nothing runs " + sql);
        }
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
    }
  }
}
