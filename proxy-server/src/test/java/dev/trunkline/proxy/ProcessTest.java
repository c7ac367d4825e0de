package dev.trunkline.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trunkline.wire.FakeClient;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program as an operator has it: a process with a pid file, a log, and signals. */
@Timeout(200)
class ProcessTest {
  @TempDir Path directory;

  private int port;
  private final List<ProcessHandle> started = new ArrayList<>();

  @BeforeEach
  void writeConfiguration() throws IOException {
    assumeTrue(Files.isReadable(Path.of("/proc/self/cmdline")), "no /proc here: skipped");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Files.writeString(directory.resolve("users.txt"), "\"app\" \"\"\n");
    Files.writeString(
        directory.resolve("pgbouncer.ini"),
        """
        [databases]
        plain = host=127.0.0.1 port=%d dbname=postgres
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir = %s
        logfile = %s/log
        pidfile = %s/pid
        pool_mode = transaction
        auth_type = trust
        auth_file = %s/users.txt
        admin_users = app
        [trunkline]
        metrics_listen =
        """
            .formatted(TestCluster.hostPort(0), port, directory, directory, directory, directory));
  }

  @AfterEach
  void endWhatStillRuns() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  private Process start(String... options) throws IOException {
    return start(List.of(), options);
  }

  /**
   * @param before words in front of the program
   */
  private Process start(List<String> before, String... options) throws IOException {
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:+StartAttachListener",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName()));
    command.addAll(List.of(options));
    command.add(directory.resolve("pgbouncer.ini").toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(directory.resolve("output").toFile()))
            .start();
    started.add(process.toHandle());
    return process;
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("90 seconds are over").isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  private String text(String file) {
    try {
      Path path = directory.resolve(file);
      return Files.exists(path) ? Files.readString(path) : "";
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Process running(String... options) throws IOException {
    Process process = start(options);
    await(() -> text("pid").strip().equals("" + process.pid()));
    return process;
  }

  private static void signal(long pid, String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, "" + pid).start().waitFor();
  }

  private FakeClient client(String database) {
    FakeClient client = FakeClient.connect(port);
    client.login("app", database, "");
    return client;
  }

  @Test
  void aSecondProcessOnTheSamePidFileIsRefused() throws Exception {
    Process first = running("-q");
    assertThat(text("output")).isEmpty();
    Process second = start();
    assertThat(second.waitFor()).isEqualTo(1);
    assertThat(text("output")).contains("another instance running?");
    signal(first.pid(), "TERM");
    assertThat(first.waitFor()).isZero();
    assertThat(directory.resolve("pid")).doesNotExist();
  }

  @Test
  void aStalePidFileIsTakenOver() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.writeString(directory.resolve("pid"), dead.pid() + "\n");
    Process process = running();
    assertThat(text("log")).contains("LOG stale pidfile, removing");
    signal(process.pid(), "INT");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void termWaitsForTheLastClientUnlessItComesTwice() throws Exception {
    Process process = running();
    try (FakeClient client = client("plain")) {
      client.query("SELECT 1");
      signal(process.pid(), "TERM");
      await(() -> text("log").contains("got SIGTERM, shutting down"));
      assertThat(process.waitFor(500, TimeUnit.MILLISECONDS)).isFalse();
      client.query("SELECT 2");
      signal(process.pid(), "TERM");
      assertThat(process.waitFor()).isZero();
    }
    assertThat(text("log")).contains("got SIGTERM while shutting down, fast exit");
  }

  @Test
  void intWaitsForTheTransactionOnly() throws Exception {
    Process process = running();
    try (FakeClient client = client("plain")) {
      client.query("BEGIN");
      signal(process.pid(), "INT");
      await(() -> text("log").contains("got SIGINT, shutting down"));
      assertThat(process.waitFor(500, TimeUnit.MILLISECONDS)).isFalse();
      client.query("COMMIT");
      assertThat(process.waitFor()).isZero();
    }
  }

  @Test
  void quitEndsAtOnce() throws Exception {
    Process process = running();
    try (FakeClient client = client("plain")) {
      client.query("BEGIN");
      signal(process.pid(), "QUIT");
      assertThat(process.waitFor()).isNotZero();
    }
  }

  @Test
  void userSignalsPauseAndResumeAndHangupReloads() throws Exception {
    Process process = running();
    try (FakeClient console = client("pgbouncer")) {
      signal(process.pid(), "USR1");
      await(() -> paused(console));
      signal(process.pid(), "USR2");
      await(() -> !paused(console));
      signal(process.pid(), "HUP");
      await(() -> text("log").contains("got SIGHUP, re-reading config"));
    }
    signal(process.pid(), "TERM");
    assertThat(process.waitFor()).isZero();
  }

  private static boolean paused(FakeClient console) {
    return console.query("SHOW STATE").stream()
        .filter(message -> message.tag() == 'D')
        .anyMatch(message -> message.row().equals(List.of("paused", "yes")));
  }

  /** Signals that whoever starts the program ignores stay ignored in it, unless it minds. */
  @Test
  void aShellThatIgnoresSignalsDoesNotMakeUsDeaf() throws Exception {
    Process process = start(List.of("sh", "-c", "trap '' HUP INT TERM; exec \"$@\"", "sh"), "-q");
    await(() -> text("pid").strip().equals("" + process.pid()));
    signal(process.pid(), "HUP");
    await(() -> text("log").contains("got SIGHUP, re-reading config"));
    signal(process.pid(), "INT");
    assertThat(process.waitFor()).isZero();
    assertThat(text("log"))
        .contains(
            "got SIGINT, shutting down, waiting for all servers connections to be released",
            "server connections dropped, exiting");
  }

  @Test
  void signalsThatComeTwiceSaySo() throws Exception {
    Process process = running();
    signal(process.pid(), "USR2");
    await(() -> text("log").contains("got SIGUSR2, but not paused"));
    signal(process.pid(), "USR1");
    await(() -> text("log").contains("got SIGUSR1, pausing all activity"));
    signal(process.pid(), "USR1");
    await(() -> text("log").contains("got SIGUSR1, but already paused"));
    signal(process.pid(), "USR2");
    await(() -> text("log").contains("got SIGUSR2, continuing from PAUSE"));
    signal(process.pid(), "TERM");
    assertThat(process.waitFor()).isZero();
    assertThat(text("log")).doesNotContain("command issued").doesNotContain("ERROR");
  }

  @Test
  void jcmdAttachesThoughQuitEndsTheProcess() throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    assumeTrue(Files.isExecutable(jcmd), "no jcmd here: skipped");
    Process process = running();
    Process asked = new ProcessBuilder("" + jcmd, "" + process.pid(), "VM.version").start();
    assertThat(new String(asked.getInputStream().readAllBytes(), UTF_8)).contains("JDK ");
    assertThat(asked.waitFor()).isZero();
    signal(process.pid(), "TERM");
    assertThat(process.waitFor()).isZero();
  }

  /** The lines that scripts wait for, and their order: who reads "process up" finds the pid. */
  @Test
  void theStartIsLogged() throws Exception {
    Process process = running();
    await(() -> text("log").contains("process up: Trunkline"));
    assertThat(text("log").lines().map(line -> line.replaceFirst(".*] ", "")))
        .filteredOn(line -> !line.contains("running as root"))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches(
                        "LOG kernel file descriptor limit: \\d+ \\(hard: \\d+\\);"
                            + " max_client_conn: 100, max expected fd use: \\d+"),
            line -> assertThat(line).isEqualTo("LOG listening on 127.0.0.1:" + port),
            line -> assertThat(line).startsWith("LOG listening on unix:" + directory),
            line -> assertThat(line).startsWith("LOG process up: Trunkline"));
    signal(process.pid(), "TERM");
    assertThat(process.waitFor()).isZero();
  }

  /** In the log, because that is where an operator looks; -q has nothing on standard error. */
  @Test
  void mistakesInTheFileAreInTheLogAndEndTheProgram() throws Exception {
    Path file = directory.resolve("pgbouncer.ini");
    Files.writeString(
        file, Files.readString(file).replace("pool_mode = transaction", "pool_mode = some"));
    Process process = start("-q");
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(text("output")).isEmpty();
    assertThat(text("log"))
        .contains("ERROR " + file + ":9: pgbouncer.pool_mode: some is none of")
        .contains("FATAL cannot load config file");
  }

  @Test
  void whatIsNoPidFileIsNotOverwritten() throws Exception {
    Files.writeString(directory.resolve("pid"), "127.0.0.1 localhost\n");
    assertThat(start().waitFor()).isEqualTo(1);
    assertThat(text("pid")).isEqualTo("127.0.0.1 localhost\n");
    assertThat(text("output")).contains("FATAL pidfile '" + directory.resolve("pid") + "' exists");
  }

  @Test
  void aDaemonThatCannotStartSaysWhy() throws Exception {
    Process first = running("-q");
    Process daemon = start("-d");
    assertThat(daemon.waitFor()).isEqualTo(1);
    assertThat(text("output")).contains("another instance running? " + first.pid());
    signal(first.pid(), "TERM");
    assertThat(first.waitFor()).isZero();
  }

  @Test
  void aDaemonServesWhenItsStarterEnds() throws Exception {
    Process starter = start("-d");
    assertThat(starter.waitFor()).as(text("output")).isZero();
    long pid = Long.parseLong(text("pid").strip());
    ProcessHandle.of(pid).ifPresent(started::add);
    assertThat(pid).isNotEqualTo(starter.pid());
    client("plain").close();
    signal(pid, "TERM");
    await(() -> !Files.exists(directory.resolve("pid")));
  }

  @Test
  void aKilledProcessLosesNothingThatWasAcknowledgedAndStartsAgainInItsPlace() throws Exception {
    try (Connection direct = TestCluster.direct(0)) {
      Sql.run(direct, "CREATE TABLE public.killed (n int PRIMARY KEY)");
      Sql.run(direct, "GRANT ALL ON public.killed TO app");
    }
    Set<Integer> acknowledged = ConcurrentHashMap.newKeySet();
    AtomicInteger next = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    Process process = running();
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      writers.add(Thread.ofVirtual().start(() -> write(next, acknowledged, over)));
    }
    for (int kill = 1; kill <= 2; kill++) {
      int enough = acknowledged.size() + 500;
      await(() -> acknowledged.size() >= enough);
      process.destroyForcibly().waitFor();
      process = running();
    }
    int last = acknowledged.size() + 500;
    await(() -> acknowledged.size() >= last);
    over.set(true);
    for (Thread writer : writers) {
      writer.join();
    }
    process.destroyForcibly().waitFor();
    try (Connection direct = TestCluster.direct(0);
        ResultSet rows = direct.createStatement().executeQuery("SELECT n FROM public.killed")) {
      Set<Integer> found = new HashSet<>();
      while (rows.next()) {
        found.add(rows.getInt(1));
      }
      assertThat(found).containsAll(acknowledged);
      Sql.run(direct, "DROP TABLE public.killed");
      await(() -> sessions(direct).equals("0"));
    }
  }

  /** One row per transaction, with a new connection after each error. */
  private void write(AtomicInteger next, Set<Integer> acknowledged, AtomicBoolean over) {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/plain?user=app&password=";
    while (!over.get()) {
      try (Connection connection = DriverManager.getConnection(url);
          PreparedStatement insert =
              connection.prepareStatement("INSERT INTO public.killed VALUES (?)")) {
        while (!over.get()) {
          int n = next.incrementAndGet();
          insert.setInt(1, n);
          insert.executeUpdate();
          acknowledged.add(n);
        }
      } catch (SQLException e) {
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }
  }

  private static String sessions(Connection direct) {
    try {
      return Sql.value(
          direct, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT%public.killed%'");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
