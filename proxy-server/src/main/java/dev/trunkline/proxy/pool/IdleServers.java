package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ServerConnection;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The free connections of one pool, longest idle first; and those that are about to be free: being
 * checked for who waits, or cleaned. Under its lock.
 */
final class IdleServers {
  /** A chore that takes longer keeps nobody from having another connection opened. */
  private static final long HANGING_NANOS = 1_000_000_000;

  private final ArrayList<ServerConnection> idle = new ArrayList<>();

  /** Since when each of those has its chore. */
  private final Map<ServerConnection, Long> tested = new HashMap<>();

  void add(ServerConnection server) {
    idle.add(server);
  }

  void remove(ServerConnection server) {
    idle.remove(server);
    tested.remove(server);
  }

  /** It has a chore, and is not idle until {@link #add}. */
  void testing(ServerConnection server, long now) {
    tested.put(server, now);
  }

  void testEnded(ServerConnection server) {
    tested.remove(server);
  }

  /** How many are about to be free. */
  int tested(long now) {
    if (tested.isEmpty()) {
      return 0; // nearly always: not even an iterator is made
    }
    int count = 0;
    for (long since : tested.values()) {
      count += now - since < HANGING_NANOS ? 1 : 0;
    }
    return count;
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

  /**
   * One to be checked before it may be used, of that loop if there is one; null when there is none.
   */
  ServerConnection takeStale(EventLoop loop, PoolOptions options, long now) {
    int chosen = -1;
    for (int i = idle.size() - 1; i >= 0; i--) {
      boolean mine = idle.get(i).loop().equals(loop);
      if (stale(idle.get(i), options, now) && (mine || chosen < 0)) {
        chosen = i;
        if (mine) {
          break;
        }
      }
    }
    if (chosen < 0) {
      return null;
    }
    testing(idle.get(chosen), now);
    return idle.remove(chosen);
  }

  /** Those that have to be checked before use: PgBouncer's {@code used}. */
  Set<ServerConnection> stale(PoolOptions options, long now) {
    Set<ServerConnection> stale = new HashSet<>();
    idle.stream().filter(server -> stale(server, options, now)).forEach(stale::add);
    return stale;
  }

  private static boolean usable(ServerConnection server, PoolOptions options, long now) {
    return server.channel().isActive() && !stale(server, options, now);
  }

  private static boolean stale(ServerConnection server, PoolOptions options, long now) {
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
