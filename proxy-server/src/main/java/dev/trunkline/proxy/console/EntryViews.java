package dev.trunkline.proxy.console;

import dev.trunkline.admin.ConsoleSession;
import dev.trunkline.admin.Row.DatabaseRow;
import dev.trunkline.admin.Row.GroupRow;
import dev.trunkline.admin.Row.HostRow;
import dev.trunkline.admin.Row.UserRow;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.GroupConfig;
import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Setting;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.PoolSnapshot;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.ServerState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The views with one row per entry of the configuration: databases, users, hosts, groups. */
final class EntryViews {
  private final ProxyControl control;
  private final ProxyConfig config;
  private final Settings settings;

  EntryViews(ProxyControl control) {
    this.control = control;
    this.config = control.config();
    this.settings = config.settings();
  }

  List<DatabaseRow> databases(int atConsole) {
    List<DatabaseRow> rows = new ArrayList<>();
    for (String name : Entries.databases(control)) {
      DatabaseConfig database = config.database(name);
      if (database != null) {
        rows.add(row(database));
      }
    }
    rows.add(console(atConsole));
    return rows;
  }

  private DatabaseRow row(DatabaseConfig database) {
    String name = database.name();
    return new DatabaseRow(
        name,
        database.host(),
        database.sharded() ? 0 : database.port(),
        database.dbname() == null ? name : database.dbname(),
        database.user(),
        or(database.poolSize(), Keys.DEFAULT_POOL_SIZE),
        or(database.minPoolSize(), Keys.MIN_POOL_SIZE),
        or(database.reservePoolSize(), Keys.RESERVE_POOL_SIZE),
        (database.serverLifetime() == null
                ? settings.get(Keys.SERVER_LIFETIME)
                : database.serverLifetime())
            .toSeconds(),
        PoolViews.text(database.poolMode()),
        database.hostList() ? PoolViews.text(database.hostOrder()) : null,
        or(database.maxDbConnections(), Keys.MAX_DB_CONNECTIONS),
        connections(pool -> pool.key().database().equals(name)),
        or(database.maxDbClientConnections(), Keys.MAX_DB_CLIENT_CONNECTIONS),
        control.admission().clientsOfDatabase(name),
        control.directory().pools().paused(name),
        control.admission().isDisabled(name));
  }

  private DatabaseRow console(int clients) {
    String name = ConsoleSession.DATABASE;
    int port = settings.get(Keys.LISTEN_PORT);
    return new DatabaseRow(
        name,
        null,
        port,
        name,
        name,
        2,
        0,
        0,
        settings.get(Keys.SERVER_LIFETIME).toSeconds(),
        "statement",
        null,
        settings.get(Keys.MAX_DB_CONNECTIONS),
        0,
        settings.get(Keys.MAX_DB_CLIENT_CONNECTIONS),
        clients,
        false,
        false);
  }

  private int or(int own, Setting<Integer> otherwise) {
    return own >= 0 ? own : settings.get(otherwise);
  }

  /**
   * @param atConsole users of the clients at the console, which are no session's
   */
  List<UserRow> users(List<String> atConsole) {
    Set<String> names = new TreeSet<>(config.users().keySet());
    names.add(ConsoleSession.DATABASE); // whoever comes through the unix socket, without a password
    for (Pool pool : control.directory().pools().all()) {
      names.add(pool.key().user());
    }
    List<UserRow> rows = new ArrayList<>();
    for (String name : names) {
      rows.add(user(name, config.users().get(name), Collections.frequency(atConsole, name)));
    }
    return rows;
  }

  private UserRow user(String name, UserConfig user, int atConsole) {
    return new UserRow(
        name,
        user == null || user.poolSize() < 0 ? null : Integer.valueOf(user.poolSize()),
        user == null || user.reservePoolSize() < 0 ? null : Integer.valueOf(user.reservePoolSize()),
        user == null ? null : PoolViews.text(user.poolMode()),
        or(user == null ? -1 : user.maxUserConnections(), Keys.MAX_USER_CONNECTIONS),
        connections(pool -> pool.key().user().equals(name)),
        or(user == null ? -1 : user.maxUserClientConnections(), Keys.MAX_USER_CLIENT_CONNECTIONS),
        control.admission().clientsOfUser(name) + atConsole);
  }

  List<HostRow> hosts() {
    List<HostRow> rows = new ArrayList<>();
    for (HostConfig host : new TreeMap<>(config.hosts()).values()) {
      Router router = control.router();
      rows.add(host(router == null ? host : router.host(host.name())));
    }
    return rows;
  }

  private HostRow host(HostConfig host) {
    HostState state = new HostState();
    for (Pool pool : control.directory().pools().all()) {
      if (isOn(pool, host.name())) {
        state.add(pool);
      }
    }
    return new HostRow(
        host.name(),
        host.group(),
        host.region(),
        host.host(),
        host.port(),
        host.dbname(),
        state.text(),
        host.maxConnections(),
        state.connections,
        state.active,
        state.idle,
        state.waiting,
        state.error);
  }

  /** A plain database's pool is under the database's name, which may be a host's, too. */
  private boolean isOn(Pool pool, String host) {
    DatabaseConfig database = config.database(pool.key().database());
    return database != null && database.sharded() && pool.key().host().equals(host);
  }

  /** What the pools of one host say about it. */
  private static final class HostState {
    private int open;
    private int connections;
    private int active;
    private int idle;
    private int waiting;
    private String error;

    private void add(Pool pool) {
      PoolSnapshot now = pool.snapshot();
      open += now.servers().size();
      connections += now.servers().size() + now.opening();
      active += pool.count(ServerState.ACTIVE);
      idle += pool.count(ServerState.IDLE);
      waiting += now.waiting();
      if (now.lastError() != null) {
        error = now.lastError().message();
      }
    }

    private String text() {
      if (open > 0) {
        return "up";
      }
      return error != null ? "down" : "unknown";
    }
  }

  List<GroupRow> groups() {
    List<GroupRow> rows = new ArrayList<>();
    for (GroupConfig group : new TreeMap<>(config.groups()).values()) {
      rows.add(group(group));
    }
    return rows;
  }

  private GroupRow group(GroupConfig group) {
    Predicate<Pool> own = pool -> group.hosts().stream().anyMatch(host -> isOn(pool, host));
    int waiting = 0;
    for (Pool pool : control.directory().pools().all()) {
      waiting += own.test(pool) ? pool.snapshot().waiting() : 0;
    }
    return new GroupRow(
        group.name(),
        group.hosts(),
        group.listenAddr() == null ? null : group.listenAddr() + ":" + group.listenPort(),
        control.groups().contains(group.name()),
        control.admission().clientsOfGroup(group.name()),
        group.maxClientConn(),
        connections(own),
        group.maxConnections(),
        waiting);
  }

  private int connections(Predicate<Pool> which) {
    int count = 0;
    for (Pool pool : control.directory().pools().all()) {
      count += which.test(pool) ? pool.connections() : 0;
    }
    return count;
  }
}
