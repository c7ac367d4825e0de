package dev.trunkline.proxy.console;

import dev.trunkline.admin.Row.ConnectionRow;
import dev.trunkline.admin.Row.ServerRow;
import dev.trunkline.proxy.auth.TlsContexts;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.PoolSnapshot;
import dev.trunkline.proxy.server.ServerConnection;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** SHOW SERVERS. */
final class ServerViews {
  /** PgBouncer's word for what is idle and has to be checked before use. */
  private static final String USED = "used";

  private ServerViews() {}

  static List<ServerRow> rows(ProxyControl control) {
    Map<Long, ServerView> seen = new HashMap<>();
    for (Clients.Seen client : Clients.sessions(control)) {
      if (client.lease() != null) {
        seen.put(client.lease().id(), client.lease());
      }
    }
    Map<ServerConnection, Pool> servers = new HashMap<>();
    Set<ServerConnection> used = new HashSet<>();
    for (Pool pool : control.directory().pools().all()) {
      PoolSnapshot now = pool.snapshot();
      now.servers().forEach(server -> servers.put(server, pool));
      used.addAll(now.used());
    }
    free(servers, seen).forEach(view -> seen.put(view.id(), view));
    List<ServerRow> rows = new ArrayList<>();
    servers.forEach(
        (server, pool) -> {
          ServerView view = seen.get(server.id());
          if (view != null) {
            boolean stale = view.link() == 0 && used.contains(server);
            rows.add(row(server, pool, stale ? view.withState(USED) : view));
          }
        });
    return rows;
  }

  /** Those that no client has belong to their own loops. */
  private static List<ServerView> free(
      Map<ServerConnection, Pool> servers, Map<Long, ServerView> leased) {
    Map<EventLoop, List<ServerConnection>> byLoop = new HashMap<>();
    for (ServerConnection server : servers.keySet()) {
      if (!leased.containsKey(server.id())) {
        byLoop.computeIfAbsent(server.loop(), loop -> new ArrayList<>()).add(server);
      }
    }
    List<LoopReader.Task<ServerView>> tasks = new ArrayList<>();
    byLoop.forEach(
        (loop, list) ->
            tasks.add(
                new LoopReader.Task<>(
                    loop, () -> list.stream().map(server -> ServerView.of(server, 0)).toList())));
    return LoopReader.read(tasks);
  }

  private static ServerRow row(ServerConnection server, Pool pool, ServerView view) {
    InetSocketAddress local =
        server.channel().localAddress() instanceof InetSocketAddress address ? address : null;
    ConnectionRow connection =
        new ConnectionRow(
            server.user(),
            pool.key().database(),
            server.replication().text(),
            view.state(),
            server.remoteAddress(),
            server.endpoint().port(),
            local == null ? server.remoteAddress() : local.getAddress().getHostAddress(),
            local == null ? server.endpoint().port() : local.getPort(),
            Instant.ofEpochMilli(server.connectedMillis()),
            Instant.ofEpochMilli(view.requestMillis()),
            Duration.ZERO,
            pool.outdated(server),
            server.id(),
            view.link(),
            server.backendPid(),
            tls(server),
            view.applicationName(),
            view.prepared(),
            server.id(),
            Clients.unsent(server.channel()));
    return new ServerRow(connection, view.schema(), server.endpoint().name(), view.pin());
  }

  private static String tls(ServerConnection server) {
    SslHandler handler = server.channel().pipeline().get(SslHandler.class);
    return handler == null ? "" : TlsContexts.describe(handler.engine().getSession());
  }
}
