package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.client.ClientSession;
import dev.trunkline.proxy.client.LoopContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is read back from live sockets. */
class SocketOptionsTest {
  private static final String CONFIGURATION =
      """
      trunkline { loops = 1, transport = %s }
      pgbouncer {
        tcp_keepidle = 71, tcp_keepintvl = 17, tcp_keepcnt = 7
        tcp_user_timeout = 4321, tcp_socket_buffer = 50000, so_reuseport = %d
      }
      """;

  @ParameterizedTest
  @EnumSource(Transport.class)
  void clientsAndServersSocketsAreTunedAlike(Transport transport) throws Exception {
    try (TestCluster cluster = start(transport, 0, "");
        Connection client = cluster.connect("plain")) {
      client.setAutoCommit(false);
      assertThat(Sql.value(client, "SELECT 1")).isEqualTo("1");
      List<Channel> both = channels(cluster);
      assertThat(both).hasSize(2);
      both.forEach(channel -> assertTuned(channel, SocketOptions.of(transport)));
      client.rollback();
    }
  }

  private static void assertTuned(Channel channel, SocketOptions names) {
    assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).isTrue();
    assertThat(channel.config().getOption(names.keepIdle())).isEqualTo(71);
    assertThat(channel.config().getOption(names.keepIntvl())).isEqualTo(17);
    assertThat(channel.config().getOption(names.keepCnt())).isEqualTo(7);
    // The kernel doubles what it is asked for.
    assertThat(channel.config().getOption(ChannelOption.SO_SNDBUF)).isIn(50_000, 100_000);
    assertThat(channel.config().getOption(ChannelOption.SO_RCVBUF)).isIn(50_000, 100_000);
    if (names.userTimeout() != null) {
      assertThat(channel.config().getOption(names.userTimeout())).isEqualTo(4321);
    }
  }

  /** The client's channel and that of the server connection it holds. */
  private static List<Channel> channels(TestCluster cluster) throws Exception {
    List<Channel> channels = new ArrayList<>();
    for (LoopContext context : cluster.proxy().contexts()) {
      context.loop().submit(() -> context.sessions().forEach(s -> add(channels, s))).get();
    }
    return channels;
  }

  private static void add(List<Channel> channels, ClientSession session) {
    channels.add(session.connection().channel());
    channels.add(session.server().channel());
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void severalProcessesShareAPortWhenAskedTo(Transport transport) throws Exception {
    try (TestCluster first = start(transport, 1, "")) {
      String samePort = "pgbouncer.listen_port = " + first.port();
      try (TestCluster second = start(transport, 1, samePort);
          Connection client = second.connect("plain")) {
        assertThat(second.port()).isEqualTo(first.port());
        assertThat(Sql.value(client, "SELECT 1")).isEqualTo("1");
      }
      assertThatThrownBy(() -> start(transport, 0, samePort))
          .isInstanceOf(UncheckedIOException.class)
          .hasStackTraceContaining("cannot listen on 127.0.0.1:" + first.port());
    }
  }

  /** Beside a listener of IPv4, PgBouncer's, one of IPv6 would get no client. io_uring has none. */
  @ParameterizedTest
  @EnumSource(names = {"EPOLL", "NIO"})
  void whoSharesAPortHasItsShare(Transport transport) throws Exception {
    Path sockets = Path.of("/proc/net/tcp");
    Assumptions.assumeTrue(Files.isReadable(sockets), "no Linux here: skipped");
    try (TestCluster cluster = start(transport, 1, "")) {
      String listens = " 0100007F:%04X 00000000:0000 0A ".formatted(cluster.port());
      assertThat(Files.readString(sockets)).contains(listens);
    }
  }

  private static TestCluster start(Transport transport, int reusePort, String more) {
    try {
      String name = transport.text();
      return TestCluster.start(CONFIGURATION.formatted(name, reusePort) + more);
    } catch (IllegalStateException unavailable) {
      return Assumptions.abort(unavailable.getMessage());
    }
  }
}
