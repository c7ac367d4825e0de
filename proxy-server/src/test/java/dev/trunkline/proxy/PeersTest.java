package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.BackendDecoder.BackendKeyData;
import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import dev.trunkline.wire.Tags;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several processes at one address: a cancel request finds the one it is for. */
@Timeout(60)
class PeersTest {
  private static final String SLEEP = "SELECT pg_sleep(60) /* of a peer */";

  @TempDir Path directory;
  private final List<Proxy> proxies = new ArrayList<>();

  @AfterEach
  void stop() {
    proxies.forEach(Proxy::close);
  }

  /** A process with its own unix socket, and a section of peers in PgBouncer's format. */
  private Proxy start(int id, int port, String more) throws Exception {
    Path home = Files.createDirectories(directory.resolve("" + id));
    Files.writeString(home.resolve("users"), "\"app\" \"secret\"\n\"admin\" \"secret\"\n");
    Path file =
        Files.writeString(
            home.resolve("pgbouncer.ini"),
            """
            [databases]
            plain = host=127.0.0.1 port=%d dbname=postgres
            [peers]
            1 = host=%s/1 port=%d
            2 = host=%s/2 port=%d pool_size=1
            %s
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = %d
            so_reuseport = 1
            peer_id = %d
            unix_socket_dir = %s
            auth_file = %s/users
            auth_type = trust
            admin_users = admin
            cancel_wait_timeout = 1
            """
                .formatted(
                    TestCluster.hostPort(0),
                    directory,
                    port,
                    directory,
                    port,
                    more,
                    port,
                    id,
                    home,
                    home));
    Proxy proxy = Proxy.start(file, java.util.Set.of());
    proxies.add(proxy);
    return proxy;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The process behind a key, as PgBouncer writes it. */
  private static int peer(BackendKeyData key) {
    return (key.pid() >>> 16 & 0xff) | (key.pid() >>> 8 & 0xff) << 8;
  }

  private static FakeClient login(int port) {
    return FakeClient.connect(port).login("app", "plain", "secret");
  }

  /** The kernel chooses the process: asks until both have been met. */
  private static FakeClient clientOf(int peer, int port) {
    while (true) {
      FakeClient client = login(port);
      if (peer(client.key()) == peer) {
        return client;
      }
      client.terminate();
    }
  }

  private static void cancel(int port, int pid, byte[] key) {
    try (FakeClient canceler = FakeClient.connect(port)) {
      canceler.send(out -> Frontend.cancelRequest(out, pid, key));
      canceler.expectClosed();
    }
  }

  @Test
  void aCancelRequestFindsItsProcessThroughAnyOther() throws Exception {
    int port = freePort();
    start(1, port, "");
    start(2, port, "");
    for (int peer = 1; peer <= 2; peer++) {
      try (FakeClient client = clientOf(peer, port)) {
        assertThat(client.key().key()[3] & 3).isEqualTo(3);
        for (int i = 0; i < 12; i++) { // some of them reach the other process
          client.send(out -> Frontend.query(out, SLEEP));
          Wire.awaitRunning(SLEEP);
          cancel(port, client.key().pid(), client.key().key());
          assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
        }
      }
    }
    assertThat(show("SHOW PEERS"))
        .containsExactly(
            List.of("1", directory + "/1", "" + port, "20"),
            List.of("2", directory + "/2", "" + port, "1"));
  }

  private List<List<String>> show(String command) {
    try (FakeClient console =
        FakeClient.connect(proxies.getFirst().port()).login("admin", "pgbouncer", "secret")) {
      return console.query(command).stream()
          .filter(message -> message.tag() == Tags.Backend.DATA_ROW)
          .map(Message::row)
          .toList();
    }
  }

  /** Cut down to no hop: as if it had gone round in circles. */
  @Test
  void aRequestThatHasBeenPassedOnTooOftenGoesNoFurther() throws Exception {
    int port = freePort();
    int other = freePort();
    start(1, port, "");
    Proxy second = start(2, other, "1 = host=127.0.0.1 port=" + port);
    try (FakeClient client = login(port)) {
      client.send(out -> Frontend.query(out, SLEEP));
      Wire.awaitRunning(SLEEP);
      byte[] tired = client.key().key().clone();
      tired[3] &= (byte) ~3;
      cancel(second.port(), client.key().pid(), tired);
      assertThat(running()).isTrue();
      tired[3] |= 1;
      cancel(second.port(), client.key().pid(), tired);
      assertThat(Wire.errors(Wire.ready(client))).containsExactly("57014");
    }
  }

  private static boolean running() throws SQLException {
    try (var direct = TestCluster.direct(0)) {
      return !Sql.value(
              direct,
              "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = '"
                  + SLEEP
                  + "'")
          .equals("0");
    }
  }

  /** A peer that does not answer: one request is under way, the other waits, both are given up. */
  @Test
  void aPeersPoolBoundsWhatIsOnItsWay() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Proxy proxy =
          start(1, freePort(), "3 = host=127.0.0.1 port=" + silent.getLocalPort() + " pool_size=1");
      int pid = 3 << 16 | 7;
      byte[] key = {1, 2, 3, 3};
      try (FakeClient first = FakeClient.connect(proxy.port());
          FakeClient second = FakeClient.connect(proxy.port())) {
        first.send(out -> Frontend.cancelRequest(out, pid, key));
        try (Socket peer = silent.accept()) {
          byte[] request = peer.getInputStream().readNBytes(16);
          assertThat(request[15]).isEqualTo((byte) 2);
          second.send(out -> Frontend.cancelRequest(out, pid, key));
          while (!show("SHOW PEER_POOLS").equals(List.of(List.of("3", "1", "1", "1", "0")))) {
            Thread.onSpinWait();
          }
          second.expectClosed();
          first.expectClosed();
        }
      }
      assertThat(show("SHOW PEER_POOLS")).containsExactly(List.of("3", "0", "0", "0", "0"));
    }
  }

  @Test
  void withoutPeersAKeyTellsNothing() {
    try (FakeClient client = TestCluster.shared().client("plain")) {
      assertThat(client.key().pid()).isPositive();
      byte[] wrong = client.key().key().clone();
      wrong[3] ^= 1;
      cancel(TestCluster.shared().port(), client.key().pid(), wrong);
      assertThat(Wire.column(client.query("SELECT 1"))).containsExactly("1");
    }
  }
}
