package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Something is killed in the middle of a swap, while clients write: afterwards the host has one
 * home, whole, and everything that was acknowledged is there. {@code -Dtrunkline.kills=all} kills
 * everything at each step.
 */
@Timeout(900)
class SwapKillTest {
  private static final int CLIENTS = 8;

  /** What is killed. */
  enum Victim {
    PROXY,
    NEW_HOME,
    OLD_HOME,
    CATALOG
  }

  /** As the log of a swap has them. */
  enum Step {
    READY,
    PAUSED,
    DRAINED,
    FENCED,
    VERIFIED,
    REPOINTED
  }

  @TempDir private static Path directory;

  private static Replicated homes;
  private static EmbeddedPostgres catalog;
  private static Path catalogData;
  private static int port;
  private static Process proxy;
  private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();
  private static final AtomicBoolean OVER = new AtomicBoolean();
  private static final List<Writer> WRITERS = new ArrayList<>();

  static Stream<Arguments> kills() {
    if ("all".equals(System.getProperty("trunkline.kills"))) {
      return Stream.of(Victim.values())
          .flatMap(victim -> Stream.of(Step.values()).map(step -> Arguments.of(victim, step)));
    }
    return Stream.of(
        Arguments.of(Victim.PROXY, Step.DRAINED),
        Arguments.of(Victim.PROXY, Step.VERIFIED),
        Arguments.of(Victim.PROXY, Step.REPOINTED),
        Arguments.of(Victim.NEW_HOME, Step.DRAINED),
        Arguments.of(Victim.OLD_HOME, Step.DRAINED),
        Arguments.of(Victim.CATALOG, Step.FENCED));
  }

  // ---- the stage ----

  @BeforeAll
  static void start() throws Exception {
    homes = new Replicated();
    catalogData = Files.createTempDirectory("catalog");
    catalog = catalogServer().start();
    try (Connection connection = catalog.getPostgresDatabase().getConnection()) {
      Sql.run(
          connection,
          Files.readString(Path.of("..", "docs", "catalog.sql")),
          "INSERT INTO trunkline.shard VALUES ('schema_001', 'h1')",
          "INSERT INTO trunkline.workspace VALUES ('w1', 'schema_001')");
    }
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Files.writeString(directory.resolve("trunkline.conf"), configuration());
    startProxy();
    for (int i = 1; i <= CLIENTS; i++) {
      Writer writer = new Writer(i);
      WRITERS.add(writer);
      THREADS.execute(writer);
    }
  }

  private static EmbeddedPostgres.Builder catalogServer() {
    return EmbeddedPostgres.builder()
        .setServerConfig("synchronous_commit", "on")
        .setDataDirectory(catalogData)
        .setCleanDataDirectory(false);
  }

  private static String configuration() {
    return """
    pgbouncer {
      listen_addr = "127.0.0.1", listen_port = %d, auth_type = scram-sha-256, admin_users = [admin]
      server_tls_sslmode = disable, logfile = "%s", server_login_retry = 1
    }
    trunkline { metrics_listen = "", swap_user = postgres }
    users { app { password = secret }, admin { password = secret } }
    databases { app { sharded = true } }
    hosts { h1 { host = "127.0.0.1", port = %d, dbname = postgres } }
    groups { g1 { hosts = [h1] } }
    map {
      type = postgres, host = "127.0.0.1", port = %d, dbname = postgres, user = postgres
      snapshot_file = "%s"
    }
    """
        .formatted(
            port,
            directory.resolve("log"),
            homes.port(0),
            catalog.getPort(),
            directory.resolve("snapshot"));
  }

  private static void startProxy() throws IOException {
    proxy =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                directory.resolve("trunkline.conf").toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(directory.resolve("output").toFile()))
            .start();
    eventually("a console", () -> SwapKillTest.ask("SHOW VERSION") != null);
  }

  @AfterAll
  static void stop() throws Exception {
    OVER.set(true);
    THREADS.shutdown();
    THREADS.awaitTermination(30, TimeUnit.SECONDS);
    proxy.destroyForcibly();
    homes.close();
    catalog.close();
  }

  private static String url(String database, String user) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=secret&connectTimeout=5&socketTimeout=20"
        .formatted(port, database, user);
  }

  /** The first value of a console command's answer. */
  private static String ask(String command) throws SQLException {
    try (Connection console =
        DriverManager.getConnection(url("pgbouncer", "admin") + "&preferQueryMode=simple")) {
      return Sql.value(console, command);
    }
  }

  private static void eventually(String what, Callable<Boolean> condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    Exception last = null;
    while (System.nanoTime() < end) {
      try {
        if (condition.call()) {
          return;
        }
      } catch (Exception e) {
        last = e;
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
    throw new AssertionError("not within a minute: " + what, last);
  }

  // ---- who writes ----

  /** Writes a row and counts it, in one transaction; a number is never used again. */
  private static final class Writer implements Runnable {
    private final int number;
    private final Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    private int next;

    Writer(int number) {
      this.number = number;
    }

    @Override
    public void run() {
      while (!OVER.get()) {
        try (Connection connection = DriverManager.getConnection(url("app@w1", "app"));
            PreparedStatement insert =
                connection.prepareStatement("INSERT INTO entry VALUES (?, ?)");
            PreparedStatement count =
                connection.prepareStatement("UPDATE counter SET n = n + 1 WHERE client = ?")) {
          connection.setAutoCommit(false);
          while (!OVER.get()) {
            next++;
            insert.setInt(1, number);
            insert.setInt(2, next);
            insert.executeUpdate();
            count.setInt(1, number);
            count.executeUpdate();
            connection.commit();
            acknowledged.add(next);
          }
        } catch (SQLException e) {
          LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
      }
    }
  }

  // ---- the play ----

  @ParameterizedTest
  @MethodSource("kills")
  void oneHomeAndNothingAcknowledgedIsLost(Victim victim, Step step) throws Exception {
    int old = home();
    int other = 1 - old;
    eventually("the replica follows", () -> follows(other));
    long from = Files.size(directory.resolve("log"));
    Future<Boolean> swap = THREADS.submit(() -> swap(other));
    await(swap, from, "swap \\d+: " + step);
    kill(victim, old);
    boolean swapped = swap.get(60, TimeUnit.SECONDS);
    restart(victim, old);
    progress();
    int now = home();
    if (swapped || step == Step.REPOINTED) {
      assertThat(now).isEqualTo(other);
    }
    everythingIsAt(now);
  }

  private static boolean swap(int to) {
    try {
      ask("SWAP HOST h1 " + homes.to(to) + " WITHIN 5s" + Replicated.catchUp(to));
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  /** Waits for a line of the log, or for the end of the swap. */
  private static void await(Future<Boolean> swap, long from, String line) throws IOException {
    Pattern pattern = Pattern.compile(line);
    while (!swap.isDone()) {
      byte[] log = Files.readAllBytes(directory.resolve("log"));
      if (pattern
          .matcher(new String(log, (int) from, log.length - (int) from, StandardCharsets.UTF_8))
          .find()) {
        return;
      }
      LockSupport.parkNanos(500_000);
    }
  }

  private static void kill(Victim victim, int old) throws Exception {
    switch (victim) {
      case PROXY -> proxy.destroyForcibly().waitFor();
      case NEW_HOME -> homes.kill(1 - old);
      case OLD_HOME -> homes.kill(old);
      case CATALOG -> {
        Replicated.kill(catalogData);
        catalog.close();
      }
    }
  }

  private static void restart(Victim victim, int old) throws IOException {
    switch (victim) {
      case PROXY -> startProxy();
      case NEW_HOME -> homes.restart(1 - old);
      case OLD_HOME -> homes.restart(old);
      case CATALOG ->
          catalog = Replicated.again(() -> catalogServer().setPort(catalog.getPort()).start());
    }
  }

  /** Everybody writes again. */
  private static void progress() {
    List<Integer> before = WRITERS.stream().map(writer -> writer.acknowledged.size()).toList();
    for (int i = 0; i < CLIENTS; i++) {
      int enough = before.get(i) + 20;
      Writer writer = WRITERS.get(i);
      eventually("client " + i + " writes", () -> writer.acknowledged.size() >= enough);
    }
  }

  /** Where clients are sent, by the word of a server. */
  private static int home() throws Exception {
    String[] found = new String[1];
    eventually(
        "a home",
        () -> {
          try (Connection client = DriverManager.getConnection(url("app@w1", "app"))) {
            found[0] = Sql.value(client, "SHOW port");
            return true;
          }
        });
    return found[0].equals("" + homes.port(0)) ? 0 : 1;
  }

  private static boolean follows(int server) throws SQLException {
    try (Connection connection = homes.connect(server)) {
      String behind =
          "SELECT count(*) FROM pg_stat_subscription WHERE subname = 'home_%d' AND pid IS NOT NULL"
              .formatted(server);
      return Sql.value(connection, behind).equals("1");
    }
  }

  private static void everythingIsAt(int server) throws SQLException {
    List<Set<Integer>> acknowledged = new ArrayList<>();
    WRITERS.forEach(writer -> acknowledged.add(new HashSet<>(writer.acknowledged)));
    try (Connection connection = homes.connect(server);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      for (Writer writer : WRITERS) {
        Set<Integer> found = new HashSet<>();
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT seq FROM schema_001.entry WHERE client = " + writer.number)) {
          while (rows.next()) {
            found.add(rows.getInt(1));
          }
        }
        Set<Integer> lost = acknowledged.get(writer.number - 1);
        lost.removeAll(found);
        assertThat(lost).isEmpty();
        String counted = "SELECT n FROM schema_001.counter WHERE client = " + writer.number;
        assertThat(Sql.value(connection, counted)).isEqualTo("" + found.size());
      }
    }
  }
}
