package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.GroupConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How many clients there are, by every measure that has a limit. Safe from any thread. */
public final class Admission {
  private static final String ALL = "all";

  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
  private final Set<String> disabled = ConcurrentHashMap.newKeySet();
  private final ChannelGroup sockets = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ConcurrentHashMap<String, LongAdder> logins = new ConcurrentHashMap<>();
  private volatile ErrorFields closedBecause;

  /** Counts a socket, before anything is known of it, until it is closed. */
  void connected(Channel channel) {
    sockets.add(channel);
  }

  /** Counts a client in, or says why it is not let in. Nothing is counted then. */
  ErrorFields enter(Identity identity, ProxyConfig config) {
    if (closedBecause != null) {
      return closedBecause;
    }
    if (disabled.contains(identity.database().name())) {
      return ErrorFields.fatal(
          "57P03", "database \"" + identity.database().name() + "\" is disabled");
    }
    String[] keys = keys(identity);
    int[] limits = limits(identity, config);
    for (int i = 0; i < keys.length; i++) {
      if (!take(keys[i], limits[i])) {
        for (int j = 0; j < i; j++) {
          give(keys[j]);
        }
        return tooMany(i);
      }
    }
    return null;
  }

  /** Counts it out again. */
  void leave(Identity identity) {
    for (String key : keys(identity)) {
      give(key);
    }
  }

  private static String[] keys(Identity identity) {
    return new String[] {
      ALL,
      "database " + identity.database().name(),
      "user " + identity.user(),
      "group " + identity.listenerGroup(),
      "address " + identity.address(),
      pair(identity.database().name(), identity.user())
    };
  }

  private static String pair(String database, String user) {
    return "user " + user + " of " + database;
  }

  private static int[] limits(Identity identity, ProxyConfig config) {
    var settings = config.settings();
    DatabaseConfig database = identity.database();
    UserConfig user = config.users().get(identity.user());
    GroupConfig group =
        identity.listenerGroup() == null ? null : config.groups().get(identity.listenerGroup());
    return new int[] {
      settings.get(Keys.MAX_CLIENT_CONN),
      database.maxDbClientConnections() >= 0
          ? database.maxDbClientConnections()
          : settings.get(Keys.MAX_DB_CLIENT_CONNECTIONS),
      user != null && user.maxUserClientConnections() >= 0
          ? user.maxUserClientConnections()
          : settings.get(Keys.MAX_USER_CLIENT_CONNECTIONS),
      group == null ? 0 : group.maxClientConn(),
      identity.address().equals("unix") ? 0 : settings.get(Keys.MAX_CONNECTIONS_PER_CLIENT_ADDRESS),
      0
    };
  }

  private boolean take(String key, int limit) {
    boolean[] taken = new boolean[1];
    counts.compute(
        key,
        (k, before) -> {
          int now = before == null ? 0 : before;
          taken[0] = limit <= 0 || now < limit;
          return taken[0] ? Integer.valueOf(now + 1) : before;
        });
    return taken[0];
  }

  /** Nothing is kept of an address, or a name, that nobody comes from any more. */
  private void give(String key) {
    counts.computeIfPresent(key, (k, now) -> now > 1 ? now - 1 : null);
  }

  private int count(String key) {
    return counts.getOrDefault(key, 0);
  }

  /** Names and addresses it counts clients of. */
  int tracked() {
    return counts.size();
  }

  private static ErrorFields tooMany(int which) {
    String text =
        switch (which) {
          case 0 -> "no more connections allowed (max_client_conn)";
          case 1 -> "client connections exceeded (max_db_client_connections)";
          case 2 -> "client connections exceeded (max_user_client_connections)";
          case 3 -> "client connections exceeded (max_client_conn of the group)";
          default -> "client connections exceeded (trunkline.max_connections_per_client_address)";
        };
    return ErrorFields.fatal("53300", text)
        .withHint("Close connections that are not needed, or raise the limit.");
  }

  /** A login to a database succeeded. */
  public void loggedIn(String database) {
    logins.computeIfAbsent(database, name -> new LongAdder()).increment();
  }

  // ---- for operators ----

  /** Open sockets, those that have not logged in yet included. */
  public int connections() {
    return sockets.size();
  }

  /** Logins that succeeded since the start, by database. */
  public Map<String, Long> logins() {
    Map<String, Long> sums = new HashMap<>();
    logins.forEach((database, count) -> sums.put(database, count.sum()));
    return sums;
  }

  /** Clients counted in now. */
  public int clients() {
    return count(ALL);
  }

  public int clientsOfDatabase(String name) {
    return count("database " + name);
  }

  public int clientsOfUser(String name) {
    return count("user " + name);
  }

  /** Whether that user has clients in that database. */
  public boolean present(String database, String user) {
    return count(pair(database, user)) > 0;
  }

  public int clientsOfGroup(String name) {
    return count("group " + name);
  }

  /** New logins to a database are refused. */
  public void disable(String database) {
    disabled.add(database);
  }

  public void enable(String database) {
    disabled.remove(database);
  }

  public boolean isDisabled(String database) {
    return disabled.contains(database);
  }

  /** No login at all any more. */
  public void close(ErrorFields because) {
    closedBecause = because;
  }

  /** Closes all sockets of clients, logged in or not; waits for it, but not for ever. */
  public void disconnect(long millis) {
    sockets.close().awaitUninterruptibly(millis);
  }

  public boolean closed() {
    return closedBecause != null;
  }
}
