package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import io.netty.buffer.PooledByteBufAllocator;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replication through the proxy: PostgreSQL's own programs, and the protocol by hand. */
@Timeout(180)
class ReplicationTest {
  private static final String CONFIGURATION =
      """
      pgbouncer { auth_type = %2$s, default_pool_size = 3, query_wait_timeout = 3 }
      databases {
        replication { host = "127.0.0.1", port = %1$d, dbname = postgres }
        plain { host = "127.0.0.1", port = %1$d, dbname = postgres }
      }
      hosts.h1 { host = "127.0.0.1", port = %1$d, dbname = postgres }
      users { repl { password = secret, may_set_shard = true }, app { password = secret } }
      """;

  private static EmbeddedPostgres postgres;

  @TempDir Path directory;
  private TestCluster cluster;

  @BeforeAll
  static void startServer() throws IOException, SQLException {
    postgres =
        OldestPostgres.builder()
            .setServerConfig("wal_level", "logical")
            .setServerConfig("max_wal_size", "4GB")
            .start();
    try (Connection connection = direct()) {
      Sql.run(
          connection,
          "CREATE ROLE repl LOGIN REPLICATION PASSWORD 'secret'",
          "CREATE ROLE app LOGIN PASSWORD 'secret'",
          "CREATE TABLE item (id int PRIMARY KEY, name text)");
    }
  }

  @AfterAll
  static void stopServer() throws IOException {
    postgres.close();
  }

  @AfterEach
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private void start(String authType) {
    cluster = TestCluster.start(CONFIGURATION.formatted(postgres.getPort(), authType));
  }

  private static Connection direct() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres?user=postgres");
  }

  // ---- PostgreSQL's programs ----

  @ParameterizedTest
  @ValueSource(strings = {"md5", "scram-sha-256"})
  void pgBasebackupCopiesTheServer(String authType) throws Exception {
    start(authType);
    Path copy = directory.resolve("copy");
    run("pg_basebackup", "-D", "" + copy, "-X", "stream", "-c", "fast");
    assertThat(copy.resolve("PG_VERSION")).hasContent("14");
    assertThat(copy.resolve("backup_manifest")).isNotEmptyFile();
    try (Stream<Path> log = Files.list(copy.resolve("pg_wal"))) {
      assertThat(log.filter(Files::isRegularFile)).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"md5", "scram-sha-256"})
  void pgReceivewalFollowsTheLog(String authType) throws Exception {
    start(authType);
    Path log = Files.createDirectory(directory.resolve("log"));
    String slot = "s_" + authType.replace('-', '_');
    run("pg_receivewal", "--create-slot", "--slot", slot);
    String end;
    try (Connection connection = direct()) {
      Sql.run(connection, "CREATE TABLE filler AS SELECT generate_series(1, 1000)");
      end = Sql.value(connection, "SELECT pg_current_wal_insert_lsn()");
      Sql.run(connection, "DROP TABLE filler");
    }
    run("pg_receivewal", "-D", "" + log, "--slot", slot, "--endpos", end, "--no-loop");
    try (Stream<Path> files = Files.list(log)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .anyMatch(name -> name.matches("[0-9A-F]{24}(\\.partial)?"));
    }
    run("pg_receivewal", "--drop-slot", "--slot", slot);
  }

  @ParameterizedTest
  @ValueSource(strings = {"md5", "scram-sha-256"})
  void pgRecvlogicalDecodesChanges(String authType) throws Exception {
    start(authType);
    String slot = "l_" + authType.replace('-', '_');
    run("pg_recvlogical", "-d", "plain", "--slot", slot, "--create-slot", "-P", "test_decoding");
    String end;
    try (Connection connection = direct()) {
      Sql.run(connection, "TRUNCATE item", "INSERT INTO item VALUES (1, 'decoded')");
      Sql.run(connection, "SELECT pg_logical_emit_message(false, 'behind', 'it')");
      end = Sql.value(connection, "SELECT pg_current_wal_insert_lsn()");
    }
    Path out = directory.resolve("changes");
    run(
        "pg_recvlogical",
        "-d",
        "plain",
        "--slot",
        slot,
        "--start",
        "--endpos",
        end,
        "-f",
        "" + out);
    assertThat(out).content().contains("table public.item: INSERT: id[integer]:1 name[text]:'dec");
    run("pg_recvlogical", "-d", "plain", "--slot", slot, "--drop-slot");
  }

  private void run(String... command) throws IOException, InterruptedException {
    assumeTrue(ClientDrivers.installed(command[0]), command[0] + " is not installed: skipped");
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("-h", "127.0.0.1", "-p", "" + cluster.port(), "-U", "repl", "-w"));
    Path output = directory.resolve("output");
    ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
    builder.redirectOutput(output.toFile());
    builder.environment().put("PGPASSWORD", "secret");
    Process process = builder.start();
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    process.destroyForcibly();
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
  }

  // ---- by hand ----

  private FakeClient replicate(String user, String database, Map<String, String> more) {
    FakeClient client = FakeClient.connect(cluster.port());
    client.send(out -> Frontend.startup(out, 0, startup(user, database, more)));
    Message last = client.authenticate(user, "secret").getLast();
    assertThat(Wire.errors(List.of(last))).isEmpty();
    return client;
  }

  private static Map<String, String> startup(
      String user, String database, Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(more);
    all.put("user", user);
    all.put("database", database);
    return all;
  }

  private FakeClient replicate(String replication) {
    return replicate("repl", "plain", Map.of("replication", replication));
  }

  private List<List<String>> console(String command) {
    try (FakeClient console =
        FakeClient.connect(cluster.port()).login("admin", "pgbouncer", "secret")) {
      return console.query(command).stream()
          .filter(message -> message.tag() == Tags.Backend.DATA_ROW)
          .map(Message::row)
          .toList();
    }
  }

  /** Type, user, database, replication, state of what is not the console's. */
  private List<String> shown(String command) {
    return console(command).stream()
        .filter(row -> !row.get(2).equals("pgbouncer"))
        .map(row -> String.join(" ", row.subList(0, 5)))
        .toList();
  }

  private void awaitServers(int count) {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (shown("SHOW SERVERS").size() != count) {
      if (System.nanoTime() > end) {
        throw new AssertionError(shown("SHOW SERVERS") + " instead of " + count);
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"database", "true", "on", "yes", "1"})
  void viewsNameTheKindAndTheServerConnectionEndsWithTheClient(String replication) {
    start("trust");
    String kind = replication.equals("database") ? "logical" : "physical";
    try (FakeClient client = replicate(replication)) {
      assertThat(Wire.tags(client.query("IDENTIFY_SYSTEM"))).isEqualTo("TDCZ");
      assertThat(shown("SHOW CLIENTS")).containsExactly("C repl plain " + kind + " active");
      assertThat(shown("SHOW SERVERS")).containsExactly("S repl plain " + kind + " active");
      client.terminate();
    }
    awaitServers(0);
    assertThat(shown("SHOW CLIENTS")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "off", "no", "0"})
  void anOrdinarySessionCanSayThatItIsOne(String replication) {
    start("trust");
    try (FakeClient client = replicate(replication)) {
      assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
      assertThat(shown("SHOW CLIENTS")).containsExactly("C repl plain none idle");
    }
  }

  @Test
  void itsEndIsToldOnce() throws IOException {
    Path log = directory.resolve("log");
    cluster =
        TestCluster.start(
            CONFIGURATION.formatted(postgres.getPort(), "trust")
                + "pgbouncer { logfile = \"%s\", log_disconnections = 1 }\n".formatted(log));
    try {
      replicate("database").close();
      awaitServers(0);
      assertThat(Files.readAllLines(log))
          .filteredOn(
              line -> line.contains(": plain/repl@") && line.contains("client unexpected eof"))
          .singleElement()
          .asString()
          .contains("closing because: client unexpected eof (age=");
    } finally {
      Log.configure(null, false, 0);
    }
  }

  @Test
  void whatPostgresqlRefusesIsRefused() {
    start("trust");
    try (FakeClient client = FakeClient.connect(cluster.port())) {
      client.send(
          out ->
              Frontend.startup(
                  out, 0, startup("repl", "plain", Map.of("replication", "sometimes"))));
      assertThat(client.receive().fields().message())
          .isEqualTo("invalid value for parameter \"replication\": \"sometimes\"");
    }
  }

  @Test
  void itsParametersAreThoseOfTheServerConnection() {
    start("trust");
    Map<String, String> more =
        Map.of(
            "replication", "database", "application_name", "standby", "options", "-c work_mem=7MB");
    try (FakeClient client = replicate("repl", "plain", more)) {
      assertThat(client.parameters()).containsEntry("application_name", "standby");
      assertThat(Wire.column(client.query("SHOW work_mem"))).containsExactly("7MB");
    }
  }

  @Test
  void itCountsInThePoolAndIdleConnectionsMakeRoom() throws SQLException {
    start("trust");
    List<FakeClient> ordinary = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      FakeClient client = FakeClient.connect(cluster.port()).login("repl", "plain", "secret");
      client.query("BEGIN");
      client.query("SELECT 1");
      ordinary.add(client);
    }
    ordinary.getFirst().query("COMMIT");
    try (FakeClient client = replicate("database")) {
      assertThat(Wire.tags(client.query("IDENTIFY_SYSTEM"))).isEqualTo("TDCZ");
      assertThat(shown("SHOW SERVERS"))
          .containsExactlyInAnyOrder(
              "S repl plain none active",
              "S repl plain none active",
              "S repl plain logical active");
      refusedFor(client, "query_wait_timeout");
    }
    ordinary.forEach(FakeClient::close);
  }

  /** The pool is full of what is in use. */
  private void refusedFor(FakeClient present, String message) {
    try (FakeClient second = FakeClient.connect(cluster.port())) {
      second.send(
          out ->
              Frontend.startup(
                  out, 0, startup("repl", "plain", Map.of("replication", "database"))));
      assertThat(second.receive().fields().message()).isEqualTo(message);
    }
    assertThat(Wire.tags(present.query("IDENTIFY_SYSTEM"))).isEqualTo("TDCZ");
  }

  @Test
  void aRefusalOfTheServerIsItsClientsOwn() {
    start("trust");
    try (FakeClient client = FakeClient.connect(cluster.port())) {
      client.send(
          out -> Frontend.startup(out, 0, startup("app", "plain", Map.of("replication", "true"))));
      assertThat(client.receive().fields().sqlstate()).isEqualTo("42501");
    }
    try (FakeClient client = FakeClient.connect(cluster.port()).login("app", "plain", "")) {
      assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
    }
  }

  @Test
  void aShardedDatabaseReplicatesFromTheHostOfANamedShard() {
    start("trust");
    try (FakeClient client = FakeClient.connect(cluster.port())) {
      client.send(
          out ->
              Frontend.startup(out, 0, startup("repl", "app", Map.of("replication", "database"))));
      assertThat(client.receive().fields().message())
          .isEqualTo("a replication connection to a sharded database needs trunkline.shard");
    }
    Map<String, String> more =
        Map.of("replication", "database", "options", "-c trunkline.shard=schema_001");
    try (FakeClient client = replicate("repl", "app", more)) {
      assertThat(Wire.column(client.query("SELECT current_database()")))
          .containsExactly("postgres");
    }
  }

  @Test
  void itCanBeCancelled() throws SQLException {
    start("trust");
    try (FakeClient client = replicate("database")) {
      client.send(out -> Frontend.query(out, "SELECT pg_sleep(60) /* stream */"));
      awaitRunning("SELECT pg_sleep(60) /* stream */");
      Wire.cancel(cluster, client);
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
    }
  }

  private static void awaitRunning(String sql) throws SQLException {
    try (Connection direct = direct()) {
      String running = "SELECT count(*) FROM pg_stat_activity WHERE query = '" + sql + "'";
      while (Sql.value(direct, running).equals("0")) {
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
    }
  }

  @Test
  void killingTheDatabaseEndsIt() {
    start("trust");
    try (FakeClient client = replicate("database")) {
      console("KILL plain");
      assertThat(client.receive().fields().message()).isEqualTo("database removed");
      client.expectClosed();
    }
    awaitServers(0);
  }

  /**
   * COPY BOTH: what the client says while it gets data arrives, and a slow reader is waited for.
   */
  @Test
  void aStreamGoesBothWaysAndASlowReaderSlowsTheServerDown() throws SQLException {
    start("trust");
    long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
    try (FakeClient client = replicate("true");
        Connection connection = direct()) {
      String from = Sql.value(connection, "SELECT pg_current_wal_insert_lsn()");
      client.send(out -> Frontend.query(out, "START_REPLICATION PHYSICAL " + from));
      assertThat(client.receive().tag()).isEqualTo(Tags.Backend.COPY_BOTH_RESPONSE);
      Sql.run(
          connection,
          "CREATE TABLE big AS SELECT repeat(md5(i::text), 40) x FROM generate_series(1, 80000) i",
          "DROP TABLE big");
      LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
      long grown = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before;
      assertThat(grown).isLessThan(32L << 20);
      String end = Sql.value(connection, "SELECT pg_current_wal_insert_lsn()");
      long wanted = lsn(end) - lsn(from);
      long got = 0;
      while (got < wanted) {
        got += log(client.receive());
      }
      assertThat(wanted).isGreaterThan(50L << 20);
      confirm(client, lsn(end));
      awaitConfirmed(connection, end);
      client.send(Frontend::copyDone);
      assertThat(Wire.tags(client.until(Tags.Backend.READY_FOR_QUERY))).endsWith("CZ");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static long lsn(String text) {
    String[] halves = text.split("/", -1);
    return (Long.parseLong(halves[0], 16) << 32) + Long.parseLong(halves[1], 16);
  }

  /** Bytes of the log in a message of the stream; keepalives have none. */
  private static int log(Message message) throws IOException {
    assertThat(message.tag()).isEqualTo(Tags.Backend.COPY_DATA);
    return message.buffer().getByte(0) == 'w' ? message.buffer().readableBytes() - 25 : 0;
  }

  /** A standby status update: written, flushed and applied up to there. */
  private static void confirm(FakeClient client, long lsn) {
    byte[] update =
        ByteBuffer.allocate(34)
            .put((byte) 'r')
            .putLong(lsn)
            .putLong(lsn)
            .putLong(lsn)
            .putLong(0)
            .put((byte) 0)
            .array();
    client.send(out -> Frontend.copyData(out, update));
  }

  private static void awaitConfirmed(Connection connection, String lsn) throws SQLException {
    String confirmed = "SELECT count(*) FROM pg_stat_replication WHERE flush_lsn = '" + lsn + "'";
    while (Sql.value(connection, confirmed).equals("0")) {
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
  }
}
