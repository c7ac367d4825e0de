package dev.trunkline.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.admin.Operator.Shutdown;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy behind a proxy, with a unix socket in between: both ends of it are ours. */
@Timeout(60)
class UnixSocketTest {
  @TempDir Path directory;

  private Proxy start(String name, String databases, String more) throws Exception {
    Path home = Files.createDirectories(directory.resolve(name));
    Files.writeString(home.resolve("users.txt"), "\"app\" \"secret\"\n");
    String text =
        """
        [databases]
        %s
        [users]
        app = query_timeout=1
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = 0
        unix_socket_dir = %s
        unix_socket_mode = 0750
        auth_type = trust
        auth_file = %s
        pool_mode = transaction
        [trunkline]
        metrics_listen =
        %s
        """
            .formatted(databases, home, home.resolve("users.txt"), more);
    return Proxy.start(Files.writeString(home.resolve("pgbouncer.ini"), text), Set.of());
  }

  private Proxy inFront(String transport) throws Exception {
    return start(
        "near",
        "plain = host=127.0.0.1 port=" + TestCluster.hostPort(0) + " dbname=postgres",
        transport);
  }

  private Path socket(Proxy proxy) {
    return directory.resolve("near/.s.PGSQL." + proxy.port());
  }

  private static Connection connect(Proxy proxy, String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:"
            + proxy.port()
            + "/"
            + database
            + "?user=app&sslmode=disable");
  }

  private static String ask(Proxy proxy, String database, String sql) throws SQLException {
    try (Connection connection = connect(proxy, database);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "epoll", "nio"})
  void serversAndClientsMeetAtAUnixSocket(String transport) throws Exception {
    String setting = "transport = " + transport;
    try (Proxy near = inFront(setting);
        Proxy far =
            start(
                "far",
                "plain = host=%s port=%d".formatted(directory.resolve("near"), near.port()),
                setting)) {
      assertThat(ask(far, "plain", "SELECT 41 + 1")).isEqualTo("42");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket(near))))
          .isEqualTo("rwxr-x---");
    }
    assertThat(directory.resolve("near").toFile().list()).noneMatch(name -> name.startsWith(".s."));
  }

  @Test
  void aListOfServersIsServedInTurn() throws Exception {
    int port = TestCluster.hostPort(0);
    String list = "plain = host=127.0.0.1,127.0.0.1 port=%d dbname=postgres".formatted(port);
    try (Proxy proxy = start("near", list, "")) {
      assertThat(ask(proxy, "plain", "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aUsersQueryTimeoutEndsHisQueries() throws Exception {
    try (Proxy proxy = inFront("")) {
      assertThatThrownBy(() -> ask(proxy, "plain", "SELECT pg_sleep(20)"))
          .hasMessageContaining("query timeout");
    }
  }

  @Test
  void aSocketInUseIsNotTaken() throws Exception {
    try (Proxy near = inFront("")) {
      UnixSocket taken = UnixSocket.of(directory.resolve("near").toString(), near.port());
      assertThatThrownBy(taken::claim).hasMessageContaining("unix socket is in use");
    }
  }

  @Test
  void whatADeadProcessLeftIsTaken() throws Exception {
    Path left = Files.createFile(directory.resolve(".s.PGSQL.5"));
    UnixSocket.of(directory.toString(), 5).claim();
    assertThat(left).doesNotExist();
    Files.createFile(directory.resolve(".s.PGSQL.5.lock"));
    assertThatThrownBy(UnixSocket.of(directory.toString(), 5)::claim)
        .hasMessageContaining("unix port 5 is in use");
  }

  @Test
  void theProxysOwnUserNeedsNoPasswordForTheConsole() throws Exception {
    try (Proxy near = inFront("");
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket(near)))) {
      ByteBuf startup = Unpooled.buffer();
      Frontend.startup(startup, 0, Map.of("user", "pgbouncer", "database", "pgbouncer"));
      channel.write(startup.nioBuffer());
      assertThat(read(channel, 9)).containsExactly('R', 0, 0, 0, 8, 0, 0, 0, 0);
    }
  }

  /** PgBouncer's words for who comes too late; its unix socket stays open meanwhile. */
  @ParameterizedTest
  @EnumSource(names = "WAIT_.*", mode = EnumSource.Mode.MATCH_ALL)
  void whoComesDuringAShutdownIsTold(Shutdown mode) throws Exception {
    try (Proxy near = inFront("");
        Connection client = connect(near, "plain");
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket(near)))) {
      client.setAutoCommit(false);
      client.createStatement().execute("SELECT 1");
      near.signals().shutdown(mode);
      ByteBuf startup = Unpooled.buffer();
      Frontend.startup(startup, 0, Map.of("user", "app", "database", "plain"));
      channel.write(startup.nioBuffer());
      assertThat(new String(read(channel, 60), UTF_8))
          .contains("SFATAL\0", "C57P01\0", "Mpooler is shutting down\0");
    }
  }

  private static byte[] read(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    return bytes.array();
  }
}
