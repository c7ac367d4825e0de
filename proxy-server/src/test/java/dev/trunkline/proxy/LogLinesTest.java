package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lines that run books and log parsers look for, in PgBouncer's words. */
@Timeout(60)
class LogLinesTest {
  private static final String AT = "@127\\.0\\.0\\.1:\\d+ ";

  @TempDir Path directory;
  private Path log;
  private TestCluster cluster;

  @BeforeEach
  void start() {
    log = directory.resolve("log");
    cluster =
        TestCluster.start(
            """
            pgbouncer { logfile = "%s", log_connections = 1, log_disconnections = 1 }
            databases.down { host = "127.0.0.1", port = 1, dbname = postgres }
            databases.gone { host = "127.0.0.1", port = %d, dbname = nosuch }
            """
                .formatted(log, TestCluster.hostPort(0)));
  }

  @AfterEach
  void stop() throws IOException {
    cluster.close();
    Log.configure(null, false, 0);
  }

  /** Without the stamp. */
  private List<String> lines() {
    try {
      return Files.readAllLines(log).stream()
          .map(line -> line.replaceFirst("^[-0-9]+ [0-9:.]+ UTC \\[\\d+] ", ""))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private boolean has(String pattern) {
    return lines().stream().anyMatch(line -> line.matches(pattern));
  }

  /** What is not in the file when its cause is seen. */
  private void comes(String pattern) {
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (!has(pattern)) {
      assertThat(System.nanoTime()).as(pattern + " in " + lines()).isLessThan(end);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private void is(String pattern) {
    assertThat(lines()).anyMatch(line -> line.matches(pattern));
  }

  private FakeClient refused(String user, String database, String password) {
    FakeClient client = FakeClient.connect(cluster.port());
    client.startup(user, database);
    Message last = client.authenticate(user, password).getLast();
    assertThat(last.tag()).isEqualTo(Tags.Backend.ERROR_RESPONSE);
    return client;
  }

  @Test
  void aLoginAQueryAndAGoodbye() {
    try (FakeClient client = cluster.client("plain")) {
      client.query("SELECT 1");
      client.terminate();
    }
    String client = "LOG C-0x[0-9a-f]+: plain/app" + AT;
    is(client + "login attempt: db=plain user=app tls=no replication=no");
    is(
        "LOG S-0x[0-9a-f]+: plain/app"
            + AT
            + "new connection to server \\(from 127\\.0\\.0\\.1:\\d+\\)");
    comes(client + "closing because: client close request \\(age=0s\\)");
  }

  /** The line is in the file before the client sees the error. */
  @Test
  void loginsThatFail() {
    String app = ": plain/app" + AT;
    refused("app", "plain", "wrong").close();
    is("WARNING C-0x[0-9a-f]+" + app + "pooler error: SASL authentication failed");
    refused("app", "nosuch", "secret").close();
    is("LOG C-0x[0-9a-f]+: nosuch/app" + AT + "login failed: db=nosuch user=app");
    refused("nobody", "plain", "x").close();
    is("LOG C-0x[0-9a-f]+: plain/nobody" + AT + "no such user: nobody");
    FakeClient.connect(cluster.port()).close();
    comes(
        "LOG C-0x[0-9a-f]+: \\(nodb\\)/\\(nouser\\)"
            + AT
            + "closing because: client unexpected eof \\(age=0s\\)");
  }

  /** As PgBouncer's: first why it ends, then what the client is told. */
  @Test
  void theEndStandsBeforeTheError() {
    refused("app", "nosuch", "secret").close();
    List<String> last =
        lines().stream().filter(line -> line.contains("no such database: nosuch")).toList();
    assertThat(last).hasSize(2);
    assertThat(last.get(0))
        .matches("LOG .* closing because: no such database: nosuch \\(age=0s\\)");
    assertThat(last.get(1)).matches("WARNING .* pooler error: no such database: nosuch");
  }

  @Test
  void cancelRequests() {
    String who = "LOG C-0x[0-9a-f]+: plain/\\(nouser\\)" + AT + "closing because: ";
    try (FakeClient client = cluster.client("plain")) {
      client.send(out -> Frontend.query(out, "SELECT pg_sleep(20)"));
      LockSupport.parkNanos(300_000_000);
      cancel(client);
      comes(who + "successfully sent cancel request \\(age=0s\\)");
      client.until(Tags.Backend.READY_FOR_QUERY);
      cancel(client);
      comes(who + "cancel request for idle client \\(age=0s\\)");
    }
  }

  private void cancel(FakeClient client) {
    try (FakeClient canceler = FakeClient.connect(cluster.port())) {
      canceler.send(out -> Frontend.cancelRequest(out, client.key().pid(), client.key().key()));
      canceler.expectClosed();
    }
  }

  @Test
  void aServerThatEndsAnIdleConnectionIsQuoted() throws Exception {
    try (FakeClient client = cluster.client("plain");
        Connection direct = TestCluster.direct(0)) {
      client.query("SELECT 1");
      Sql.run(
          direct, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
      String server = "S-0x[0-9a-f]+: plain/app" + AT;
      comes(
          "WARNING "
              + server
              + "got packet 'E' from server when not linked: FATAL terminating connection.*");
      comes("LOG " + server + "closing because: server conn crashed\\? \\(age=0s\\)");
    }
  }

  /** A pool looks by itself whether its server is back; it does not fill the log with that. */
  @Test
  void whatNobodyWaitsForIsToldOnce() {
    refused("app", "down", "secret").close();
    refused("app", "gone", "secret").close();
    LockSupport.parkNanos(3_000_000_000L);
    assertThat(lines()).filteredOn(line -> line.matches("LOG S-0x0: (down|gone)/app.*")).hasSize(2);
  }

  @Test
  void serversThatRefuse() {
    refused("app", "gone", "secret").close();
    is("WARNING server login failed: FATAL database \"nosuch\" does not exist");
    is("LOG S-0x0: gone/app" + AT + "closing because: database \"nosuch\" does not exist .*");
    refused("app", "down", "secret").close();
    is("WARNING down/app" + AT + "connect failed: 127.0.0.1:1 \\(Connection refused\\)");
    is("LOG S-0x0: down/app" + AT + "closing because: connect failed \\(age=0s\\)");
  }

  @Test
  void commandsAndTheirErrors() {
    try (FakeClient console =
        FakeClient.connect(cluster.port()).login("admin", "pgbouncer", "secret")) {
      console.query("PAUSE plain");
      is("LOG PAUSE 'plain' command issued");
      console.query("RESUME plain");
      is("LOG RESUME 'plain' command issued");
      console.query("RECONNECT");
      is("LOG RECONNECT command issued");
      console.query("SET default_pool_size = x");
      is("ERROR default_pool_size: x is not a whole number.*");
      is("ERROR SET failed");
      console.query("SHOW nonsense");
      is("ERROR invalid command 'SHOW nonsense', use SHOW HELP;");
      is(
          "WARNING C-0x[0-9a-f]+: pgbouncer/admin"
              + AT
              + "pooler error: invalid command 'SHOW nonsense', use SHOW HELP;");
    }
  }
}
