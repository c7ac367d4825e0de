package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reads are repeated on a server that hears of changes by logical replication, while rows change.
 * {@code -Dtrunkline.dark.seconds=60} makes the long run.
 */
@Timeout(180)
class DarkReadLagTest {
  private static final int SECONDS = Integer.getInteger("trunkline.dark.seconds", 3);

  private static Replicas replicas;
  private Connection console;
  private Connection client;

  @BeforeAll
  static void start() throws Exception {
    replicas = new Replicas("trunkline.dark_read_catch_up = 3s");
  }

  @AfterAll
  static void stop() throws Exception {
    replicas.close();
  }

  @BeforeEach
  void connect() throws SQLException {
    console = replicas.console();
    client = replicas.cluster.workspace("w1");
  }

  @AfterEach
  void disconnect() throws SQLException {
    Sql.run(console, "STOP DARK READ SHARD schema_001");
    client.close();
    console.close();
  }

  private void read(String mode) throws SQLException {
    Sql.run(
        console,
        "DARK READ SHARD schema_001 AGAINST 'host=127.0.0.1 port=%d dbname=postgres user=postgres'"
                .formatted(replicas.port(1))
            + " SAMPLE 100% "
            + mode);
  }

  private static void subscription(String does) throws SQLException {
    try (Connection fresh = replicas.connect(1)) {
      Sql.run(fresh, "ALTER SUBSCRIPTION home_1 " + does);
    }
  }

  @Test
  void aRowThatIsLateIsLag() throws Exception {
    read("CAUGHT UP");
    subscription("DISABLE");
    try {
      Sql.run(client, "UPDATE counter SET n = 1000 WHERE client = 60");
      Sql.value(client, "SELECT n FROM counter WHERE client = 60");
      // It is asked within a quarter of a second, and asked again until the change has come.
      Thread.sleep(600);
    } finally {
      subscription("ENABLE");
    }
    Map<String, String> row = DarkReadTest.settled(console);
    assertThat(row).containsEntry("lag", "1").containsEntry("mismatch", "0");
  }

  @Test
  void aHomeThatDoesNotCatchUpIsLagToo() throws Exception {
    read("");
    subscription("DISABLE");
    try {
      Sql.run(client, "UPDATE counter SET n = n + 1000 WHERE client = 61");
      Sql.value(client, "SELECT n FROM counter WHERE client = 61");
      Map<String, String> row = DarkReadTest.settled(console);
      assertThat(row).containsEntry("lag", "1").containsEntry("mismatch", "0");
    } finally {
      subscription("ENABLE");
    }
  }

  @Test
  void aDelayLetsTheOtherHomeCatchUp() throws Exception {
    read("DELAY 1s");
    Sql.run(client, "UPDATE counter SET n = 2000 WHERE client = 62");
    Sql.value(client, "SELECT n FROM counter WHERE client = 62");
    assertThat(DarkReadTest.settled(console)).containsEntry("equal", "1");
  }

  @Test
  void aCorruptedRowIsFoundAmongChangingOnes() throws Exception {
    read("");
    try (Connection fresh = replicas.connect(1)) {
      // As a change from elsewhere: the old home does not hear of it.
      Sql.run(
          fresh,
          "SELECT pg_replication_origin_create('elsewhere')",
          "SELECT pg_replication_origin_session_setup('elsewhere')",
          "UPDATE schema_001.counter SET n = -1 WHERE client = 63");
    }
    Sql.run(client, "UPDATE counter SET n = n + 1 WHERE client = 62");
    Sql.value(client, "SELECT n FROM counter WHERE client = 63");
    assertThat(DarkReadTest.settled(console)).containsEntry("mismatch", "1");
  }

  @Test
  void hotRowsGiveNoFalseAlarm() throws Exception {
    read("");
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> writes = threads.submit(() -> write(stop));
      Future<?> reads = threads.submit(() -> read(stop));
      Thread.sleep(SECONDS * 1_000L);
      stop.set(true);
      writes.get(30, TimeUnit.SECONDS);
      reads.get(30, TimeUnit.SECONDS);
    }
    Map<String, String> row = DarkReadTest.settled(console);
    System.out.println("hot rows: " + row);
    assertThat(row).containsEntry("mismatch", "0").containsEntry("error", "0");
    assertThat(Integer.parseInt(row.get("lag")) + Integer.parseInt(row.get("overwritten")))
        .isPositive();
  }

  /** Rows that only grow, and one that goes to and fro. */
  private static Void write(AtomicBoolean stop) throws SQLException {
    try (Connection writer = replicas.cluster.workspace("w1");
        PreparedStatement count =
            writer.prepareStatement("UPDATE counter SET n = n + 1 WHERE client = ?");
        PreparedStatement toggle =
            writer.prepareStatement("UPDATE counter SET n = 1 - n WHERE client = 5")) {
      for (int i = 0; !stop.get(); i++) {
        count.setInt(1, 1 + i % 4);
        count.executeUpdate();
        toggle.executeUpdate();
      }
    }
    return null;
  }

  private static Void read(AtomicBoolean stop) throws SQLException, InterruptedException {
    try (Connection reader = replicas.cluster.workspace("w1");
        PreparedStatement read =
            reader.prepareStatement("SELECT n FROM counter WHERE client = ?")) {
      for (int i = 0; !stop.get(); i++) {
        read.setInt(1, 1 + i % 5);
        Sql.column(read);
        Thread.sleep(2);
      }
    }
    return null;
  }
}
