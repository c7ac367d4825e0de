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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How many clients there are, by every measure that has a limit. Safe from any thread. */
public final class Admission {
  private static final List<Measure> MEASURES = List.of(Measure.values());

  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
  private final Set<String> disabled = ConcurrentHashMap.newKeySet();
  private final ChannelGroup sockets = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final AtomicInteger clients = new AtomicInteger();
  private final ConcurrentHashMap<String, LongAdder> logins = new ConcurrentHashMap<>();
  private volatile ErrorFields closedBecause;

  /** Something that clients are counted by, in the order in which PgBouncer looks at its limits. */
  private enum Measure {
    DATABASE("max_db_client_connections") {
      @Override
      String key(Identity of) {
        return of.database() == null ? null : ofDatabase(of.database().name());
      }

      @Override
      int limit(Identity of, ProxyConfig config) {
        int own = of.database().maxDbClientConnections();
        return own >= 0 ? own : config.settings().get(Keys.MAX_DB_CLIENT_CONNECTIONS);
      }
    },
    USER("max_user_client_connections") {
      @Override
      String key(Identity of) {
        return ofUser(of.user());
      }

      @Override
      int limit(Identity of, ProxyConfig config) {
        UserConfig user = config.users().get(of.user());
        return user != null && user.maxUserClientConnections() >= 0
            ? user.maxUserClientConnections()
            : config.settings().get(Keys.MAX_USER_CLIENT_CONNECTIONS);
      }
    },
    PAIR("") {
      @Override
      String key(Identity of) {
        return of.database() == null ? null : ofPair(of.database().name(), of.user());
      }
    },
    LISTENER("max_client_conn of the group") {
      @Override
      String key(Identity of) {
        return of.listenerGroup() == null ? null : ofGroup(of.listenerGroup());
      }

      @Override
      int limit(Identity of, ProxyConfig config) {
        GroupConfig group = config.groups().get(of.listenerGroup());
        return group == null ? 0 : group.maxClientConn();
      }
    },
    ADDRESS(Keys.MAX_CONNECTIONS_PER_CLIENT_ADDRESS.name()) {
      @Override
      String key(Identity of) {
        return of.address().equals("unix") ? null : "address " + of.address();
      }

      @Override
      int limit(Identity of, ProxyConfig config) {
        return config.settings().get(Keys.MAX_CONNECTIONS_PER_CLIENT_ADDRESS);
      }
    };

    /** What sets the limit. */
    private final String setBy;

    Measure(String setBy) {
      this.setBy = setBy;
    }

    /** Under which a client is counted, or null. */
    abstract String key(Identity of);

    /** 0 for none. */
    int limit(Identity of, ProxyConfig config) {
      return 0;
    }
  }

  private static String ofDatabase(String name) {
    return "database " + name;
  }

  private static String ofUser(String name) {
    return "user " + name;
  }

  private static String ofPair(String database, String user) {
    return "user " + user + " of " + database;
  }

  private static String ofGroup(String name) {
    return "group " + name;
  }

  /** Counts a socket, before anything is known of it, until it is closed. */
  void connected(Channel channel) {
    sockets.add(channel);
  }

  /** Of all clients, those that have not logged in yet and those of the console included. */
  public Iterable<Channel> sockets() {
    return sockets;
  }

  /**
   * Counts a client that has said who it is, before it has proved it, or says why it is turned
   * away. Nothing is counted then.
   */
  ErrorFields enter(Identity identity, ProxyConfig config) {
    if (closedBecause != null) {
      return closedBecause;
    }
    if (sockets.size() > config.settings().get(Keys.MAX_CLIENT_CONN)) {
      return tooMany("no more connections allowed (max_client_conn)");
    }
    for (int i = 0; i < MEASURES.size(); i++) {
      Measure measure = MEASURES.get(i);
      String key = measure.key(identity);
      if (key != null && !take(key, measure.limit(identity, config))) {
        release(identity, MEASURES.subList(0, i));
        return tooMany("client connections exceeded (" + measure.setBy + ")");
      }
    }
    return null;
  }

  /** Why a client that has proved who it is may not use the database nevertheless, or null. */
  ErrorFields refusal(DatabaseConfig database) {
    if (closedBecause == null && disabled.contains(database.name())) {
      return ErrorFields.fatal("57P03", "database \"" + database.name() + "\" is disabled");
    }
    return closedBecause;
  }

  /** It has logged in. */
  void letIn(Identity identity) {
    clients.incrementAndGet();
    loggedIn(identity.database().name());
  }

  /** A client that had been let in is gone. */
  void leave(Identity identity) {
    clients.decrementAndGet();
    turnedAway(identity);
  }

  /** One that had not. */
  void turnedAway(Identity identity) {
    release(identity, MEASURES);
  }

  private void release(Identity identity, List<Measure> counted) {
    for (Measure measure : counted) {
      String key = measure.key(identity);
      if (key != null) {
        give(key);
      }
    }
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

  private static ErrorFields tooMany(String text) {
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

  /** Clients that have logged in. */
  public int clients() {
    return clients.get();
  }

  public int clientsOfDatabase(String name) {
    return count(ofDatabase(name));
  }

  public int clientsOfUser(String name) {
    return count(ofUser(name));
  }

  /** Whether that user has clients in that database. */
  public boolean present(String database, String user) {
    return count(ofPair(database, user)) > 0;
  }

  public int clientsOfGroup(String name) {
    return count(ofGroup(name));
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
