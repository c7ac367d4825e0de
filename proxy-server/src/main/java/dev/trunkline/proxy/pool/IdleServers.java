package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ServerConnection;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;

/** The free connections of one pool, longest idle first. Under its lock. */
final class IdleServers {
  private final ArrayList<ServerConnection> idle = new ArrayList<>();

  void add(ServerConnection server) {
    idle.add(server);
  }

  void remove(ServerConnection server) {
    idle.remove(server);
  }

  int size() {
    return idle.size();
  }

  ServerConnection oldest() {
    return idle.isEmpty() ? null : idle.getFirst();
  }

  List<ServerConnection> drain() {
    List<ServerConnection> all = new ArrayList<>(idle);
    idle.clear();
    return all;
  }

  /** One of that loop, on the search_path if there is one; last used first, or round robin. */
  ServerConnection takeOf(EventLoop loop, String searchPath, PoolOptions options, long now) {
    int chosen = -1;
    int from = options.roundRobin() ? 0 : idle.size() - 1;
    int step = options.roundRobin() ? 1 : -1;
    for (int i = from; i >= 0 && i < idle.size(); i += step) {
      ServerConnection server = idle.get(i);
      if (!server.loop().equals(loop) || !usable(server, options, now)) {
        continue;
      }
      if (searchPath == null || searchPath.equals(server.searchPath())) {
        return idle.remove(i);
      }
      if (chosen < 0) {
        chosen = i;
      }
    }
    return chosen < 0 ? null : idle.remove(chosen);
  }

  /** One of any loop, last used first. */
  ServerConnection takeAny(PoolOptions options, long now) {
    for (int i = idle.size() - 1; i >= 0; i--) {
      if (usable(idle.get(i), options, now)) {
        return idle.remove(i);
      }
    }
    return null;
  }

  /** One that has to be checked before it may be used, or null. */
  ServerConnection takeUnchecked(PoolOptions options, long now) {
    return !idle.isEmpty() && needsCheck(idle.getLast(), options, now) ? idle.removeLast() : null;
  }

  private static boolean usable(ServerConnection server, PoolOptions options, long now) {
    return server.channel().isActive() && !needsCheck(server, options, now);
  }

  private static boolean needsCheck(ServerConnection server, PoolOptions options, long now) {
    return options.checkDelayNanos() > 0
        && !options.checkQuery().isEmpty()
        && now - server.freeSinceNanos() > options.checkDelayNanos();
  }

  /** Takes those that have been idle for too long, as far as {@code surplus} goes. */
  List<ServerConnection> takeExpired(PoolOptions options, int surplus, long now) {
    List<ServerConnection> expired = new ArrayList<>();
    while (options.idleNanos() > 0
        && expired.size() < surplus
        && !idle.isEmpty()
        && now - idle.getFirst().freeSinceNanos() > options.idleNanos()) {
      expired.add(idle.removeFirst());
    }
    return expired;
  }

  /** A copy, to be looked through and removed from. */
  List<ServerConnection> all() {
    return new ArrayList<>(idle);
  }
}
