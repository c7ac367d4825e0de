package dev.trunkline.proxy.storm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.TestCluster;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host that loses its backends, goes away and comes back, under load. */
@Timeout(180)
class ChaosTest {
  private static final int CLIENTS = 8;
  private static final long QUICK_MILLIS = 2_000;

  @TempDir Path directory;

  /** What the clients of one host have met. */
  private static final class Load {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicReference<String> strange = new AtomicReference<>();
    private final Tally tally = new Tally(1);
    private final AtomicLong good = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private final AtomicLong slowest = new AtomicLong();

    /** Queries one after the other; connects again after a fatal error. */
    Void run(int port, String workspace, String schema) throws IOException {
      while (!stop.get()) {
        try (RawClient client =
            RawClient.connect(port, "app", "-c trunkline.workspace=" + workspace)) {
          while (!stop.get() && one(client, schema)) {}
        }
      }
      return null;
    }

    private boolean one(RawClient client, String schema) throws IOException {
      long began = System.nanoTime();
      Reply reply = client.simple("SELECT name FROM shard_name");
      slowest.accumulateAndGet((System.nanoTime() - began) / 1_000_000, Math::max);
      if (reply.ok()) {
        good.incrementAndGet();
        if (!reply.rows().equals(List.of(schema))) {
          strange.set("row of " + reply.rows());
        }
        return true;
      }
      bad.incrementAndGet();
      tally.count(reply.error() + " " + reply.message());
      if (!reply.error().startsWith("57P") && !reply.error().startsWith("08")) {
        strange.set(reply.toString());
      }
      return !reply.fatal();
    }

    /** Waits for some more good answers; the number of bad ones among them. */
    long more(int answers) throws Exception {
      long from = good.get();
      long badBefore = bad.get();
      Await.until(
          () -> "answers, after " + tally,
          Duration.ofSeconds(20),
          () -> good.get() >= from + answers);
      return bad.get() - badBefore;
    }
  }

  @Test
  void troubleOfOneHostIsItsOwnAndPasses() throws Exception {
    EmbeddedPostgres server = server(0);
    fill(server);
    int port = server.getPort();
    String overrides =
        """
        pgbouncer { auth_type = trust, default_pool_size = 4, log_pooler_errors = 0 }
        hosts.h2.port = %d
        """
            .formatted(port);
    Load steady = new Load();
    Load shaken = new Load();
    try (TestCluster cluster = TestCluster.start(overrides);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(() -> steady.run(cluster.port(), "w1", "schema_001")));
        clients.add(threads.submit(() -> shaken.run(cluster.port(), "w4", "schema_004")));
      }
      try {
        steady.more(50);
        shaken.more(50);
        for (int i = 0; i < 5; i++) {
          terminate(server);
          shaken.more(50);
        }
        System.out.println("chaos: backends terminated: " + shaken.tally);
        server.close();
        long failures = shaken.bad.get();
        shaken.slowest.set(0);
        Await.until(
            () -> "errors", Duration.ofSeconds(10), () -> shaken.bad.get() > failures + 100);
        System.out.printf(
            "chaos: host down, an error within %d ms; %s%n", shaken.slowest.get(), shaken.tally);
        assertThat(shaken.slowest.get()).isLessThan(QUICK_MILLIS);
        server = server(port);
        long began = System.nanoTime();
        shaken.more(1);
        System.out.printf("chaos: back after %d ms%n", (System.nanoTime() - began) / 1_000_000);
        shaken.more(CLIENTS);
        assertThat(shaken.more(500)).as("errors after the host is back").isZero();
        steady.more(50);
      } finally {
        steady.stop.set(true);
        shaken.stop.set(true);
        for (Future<Void> client : clients) {
          client.get();
        }
      }
    } finally {
      server.close();
    }
    assertThat(shaken.strange.get()).isNull();
    assertThat(steady.strange.get()).isNull();
    assertThat(steady.bad.get()).as("errors of the other host: " + steady.tally).isZero();
  }

  private EmbeddedPostgres server(int port) throws IOException {
    Path data = directory.resolve("data");
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setServerConfig("shared_buffers", "16MB");
    return (Files.exists(data) ? builder.setPort(port) : builder).start();
  }

  private static void fill(EmbeddedPostgres server) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE ROLE app LOGIN; CREATE SCHEMA schema_004 AUTHORIZATION app;"
              + "CREATE TABLE schema_004.shard_name AS SELECT 'schema_004'::text AS name;"
              + "ALTER TABLE schema_004.shard_name OWNER TO app");
    }
  }

  private static void terminate(EmbeddedPostgres server) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    }
  }
}
