package dev.trunkline.proxy.compat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trunkline.proxy.Proxy;
import dev.trunkline.proxy.TestCluster;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Tags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One set of peers of both kinds: a cancel request finds its process from either to the other. */
@Timeout(60)
class PeerOfPgBouncerTest {
  private static final String SLEEP = "SELECT pg_sleep(60) /* of either */";

  @TempDir Path directory;
  private int theirs;
  private int ours;

  @Test
  void cancelRequestsGoBothWays() throws Exception {
    assumeTrue(Since.knows("peer_id=1", Bouncer.version()), "this PgBouncer has no peers: skipped");
    theirs = Bouncer.freePort();
    ours = Bouncer.freePort();
    try (Bouncer _ = Bouncer.start(write(1, theirs), theirs);
        Proxy _ = Proxy.start(write(2, ours), Set.of())) {
      cancels(theirs, ours);
      cancels(ours, theirs);
    }
  }

  private Path write(int id, int port) throws IOException {
    Path home = Files.createDirectories(directory.resolve("" + id));
    Files.writeString(home.resolve("users.txt"), "\"app\" \"secret\"\n");
    return Files.writeString(
        home.resolve("pgbouncer.ini"),
        """
        [databases]
        plain = host=127.0.0.1 port=%d dbname=postgres
        [peers]
        1 = host=127.0.0.1 port=%d
        2 = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        peer_id = %d
        auth_type = trust
        auth_file = %s/users.txt
        logfile = %s/log
        """
            .formatted(TestCluster.hostPort(0), theirs, ours, port, id, home, home));
  }

  /** A query that runs through one is cancelled through the other. */
  private static void cancels(int runs, int asked) throws SQLException {
    try (FakeClient client = FakeClient.connect(runs).login("app", "plain", "secret");
        FakeClient canceler = FakeClient.connect(asked)) {
      client.send(out -> Frontend.query(out, SLEEP));
      awaitRunning();
      canceler.send(out -> Frontend.cancelRequest(out, client.key().pid(), client.key().key()));
      canceler.expectClosed();
      assertThat(client.until(Tags.Backend.ERROR_RESPONSE).getLast().fields().sqlstate())
          .isEqualTo("57014");
    }
  }

  private static void awaitRunning() throws SQLException {
    String running =
        "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = '" + SLEEP + "'";
    try (Connection connection = TestCluster.direct(0);
        Statement statement = connection.createStatement()) {
      boolean found = false;
      while (!found) {
        LockSupport.parkNanos(10_000_000);
        try (ResultSet result = statement.executeQuery(running)) {
          found = result.next();
        }
      }
    }
  }
}
