package dev.trunkline.proxy.console;

import dev.trunkline.admin.ConsoleSession;
import dev.trunkline.admin.Row.ClientRow;
import dev.trunkline.admin.Row.ConnectionRow;
import dev.trunkline.proxy.client.ClientConnection;
import dev.trunkline.proxy.client.Identity;
import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.client.Session;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.Replication;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Copies what the sessions of all event loops are doing. */
final class Clients {
  /**
   * One session at one moment.
   *
   * @param row as in SHOW CLIENTS
   * @param poolUser whose pool it uses
   * @param lease the server connection it holds, null without
   */
  record Seen(ClientRow row, String poolUser, ServerView lease) {
    boolean waits() {
      return row.connection().state().equals("waiting");
    }

    String database() {
      return row.connection().database();
    }
  }

  private Clients() {}

  /** All sessions with servers. */
  static List<Seen> sessions(ProxyControl control) {
    List<LoopReader.Task<Seen>> tasks = new ArrayList<>();
    for (LoopContext context : control.contexts()) {
      tasks.add(new LoopReader.Task<>(context.loop(), () -> on(context)));
    }
    return LoopReader.read(tasks);
  }

  private static List<Seen> on(LoopContext context) {
    List<Seen> seen = new ArrayList<>(context.sessions().size());
    context.sessions().forEach(session -> seen.add(seen(session)));
    context.replications().forEach(session -> seen.add(seen(session)));
    return seen;
  }

  private static Seen seen(Session session) {
    Identity identity = session.identity();
    String forced = identity.database().user();
    ServerConnection server = session.server();
    ServerView lease = server == null ? null : ServerView.of(server, session.connection().id());
    String workspace = session.workspaceText();
    ClientRow row =
        new ClientRow(
            connection(session, server == null ? 0 : server.id()),
            workspace.isEmpty() ? null : workspace,
            identity.listenerGroup());
    return new Seen(row, forced != null ? forced : identity.user(), lease);
  }

  private static ConnectionRow connection(Session session, long link) {
    return row(
        session.connection(),
        session.identity().user(),
        session.identity().database().name(),
        session.replication(),
        session.state(),
        session.requestMillis(),
        Duration.of(session.waitedMicros(), ChronoUnit.MICROS),
        link,
        session.applicationName(),
        session.preparedStatements());
  }

  /** Somebody at the console. */
  static ClientRow atConsole(ConsoleStage stage) {
    return new ClientRow(
        row(
            stage.connection(),
            stage.user(),
            ConsoleSession.DATABASE,
            Replication.NONE,
            "idle",
            stage.requestMillis(),
            Duration.ZERO,
            0,
            stage.applicationName(),
            0),
        null,
        stage.connection().listenerGroup());
  }

  /** Bytes that wait for the other end to read; from any thread. */
  static long unsent(Channel channel) {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  private static ConnectionRow row(
      ClientConnection connection,
      String user,
      String database,
      Replication replication,
      String state,
      long requestMillis,
      Duration waited,
      long link,
      String applicationName,
      int prepared) {
    return new ConnectionRow(
        user,
        database,
        replication.text(),
        state,
        connection.address(),
        connection.port(),
        connection.localAddress(),
        connection.localPort(),
        Instant.ofEpochMilli(connection.connectedMillis()),
        Instant.ofEpochMilli(requestMillis == 0 ? connection.connectedMillis() : requestMillis),
        waited,
        false,
        connection.id(),
        link,
        connection.peerPid(),
        connection.tls(),
        applicationName,
        prepared,
        connection.id(),
        unsent(connection.channel()));
  }
}
