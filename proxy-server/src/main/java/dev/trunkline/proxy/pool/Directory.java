package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.auth.Secret;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.GroupConfig;
import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.shard.Home;
import dev.trunkline.wire.ErrorFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/**
 * Works out from the configuration which pool serves a database and user on a host, and with which
 * limits. Precedence as in PgBouncer: user over database over group over process.
 */
public final class Directory {
  private final Pools pools;
  private final ConcurrentHashMap<String, Budget> budgets = new ConcurrentHashMap<>();
  private volatile ProxyConfig config;
  private volatile int generation;
  private Map<String, Home> homes = Map.of();

  /**
   * @param clients whether a user has clients in a database: without any, {@code min_pool_size} of
   *     a pool that has no user of its own in the configuration rests
   */
  public Directory(Pools pools, ProxyConfig config, BiPredicate<String, String> clients) {
    this.pools = pools;
    this.config = config;
    pools.whenGone(this::gone);
    pools.keepMinimum(
        pool -> forced(pool) || clients.test(pool.key().database(), pool.key().user()));
    makeForced();
  }

  private boolean forced(Pool pool) {
    DatabaseConfig database = config.database(pool.key().database());
    return database != null && database.user() != null;
  }

  /** As PgBouncer: a minimum is kept for a user of the configuration before anybody has come. */
  private synchronized void makeForced() {
    for (DatabaseConfig database : config.databases().values()) {
      boolean minimum =
          first(database.minPoolSize(), config.settings().get(Keys.MIN_POOL_SIZE)) > 0;
      if (minimum
          && database.user() != null
          && !database.sharded()
          && !database.name().equals("*")) {
        pool(database, database.user(), null, Proof.NONE);
      }
    }
  }

  public ProxyConfig config() {
    return config;
  }

  /** Moves with each reload: pools that were looked up before may be retired. */
  public int generation() {
    return generation;
  }

  public Pools pools() {
    return pools;
  }

  /**
   * The pool for a client.
   *
   * @param route null for a plain database
   * @param proof what the client's login has proved
   */
  public Pool pool(DatabaseConfig known, String clientUser, HostConfig route, Proof proof) {
    Wanted wanted = wanted(known, clientUser, route);
    Pool pool = wanted.removed() ? null : pools.find(wanted.key());
    if (pool == null) {
      pool = make(known, clientUser, route, proof);
    }
    if (configured(wanted.database(), wanted.key().user()) == null) {
      pool.upkeep().proved(proof.credential(), proof.nanos());
    }
    return pool;
  }

  /** Not while a reload is under way: it would miss a pool that is made from what was before. */
  private synchronized Pool make(
      DatabaseConfig known, String clientUser, HostConfig route, Proof proof) {
    Wanted wanted = wanted(known, clientUser, route);
    Supplier<PoolSpec> spec =
        () -> spec(wanted.database(), wanted.key().user(), wanted.host(), proof.credential());
    if (!wanted.removed()) {
      return pools.get(wanted.key(), spec);
    }
    Pool none = pools.refusing(wanted.key(), spec.get(), PoolErrors.databaseRemoved());
    gone(none);
    return none;
  }

  /**
   * What a client asks for, by the configuration in force.
   *
   * @param removed whether that has no such database any more
   */
  private record Wanted(DatabaseConfig database, HostConfig host, PoolKey key, boolean removed) {}

  private Wanted wanted(DatabaseConfig known, String clientUser, HostConfig route) {
    // A client that came before a reload still has the old entries.
    DatabaseConfig now = config.database(known.name());
    DatabaseConfig database = now != null && now.sharded() == known.sharded() ? now : known;
    HostConfig host =
        route == null ? null : config.hosts().getOrDefault(route.name(), route).at(route.home());
    String user = database.role(clientUser);
    PoolKey key =
        host == null
            ? new PoolKey(database.name(), database.name(), user)
            : new PoolKey(host.name(), host.home(), database.name(), user);
    return new Wanted(database, host, key, now == null);
  }

  /**
   * The pool that does for clients what that one does, on another host or home. Made when there is
   * none, so that it can be filled before anybody is sent there.
   */
  public synchronized Pool alike(Pool pool, HostConfig on) {
    PoolKey key = pool.key();
    DatabaseConfig database = config.database(key.database());
    PoolKey wanted = new PoolKey(on.name(), on.home(), key.database(), key.user());
    return pools.get(wanted, () -> spec(database, key.user(), on, pool.credential()));
  }

  /** Ends pools that were filled for a home which the host has not got. */
  public void giveUp(HostConfig on) {
    pools.retire(
        pool -> pool.key().host().equals(on.name()) && on.home().equals(pool.key().home()));
  }

  /**
   * What a client's login has proved, and when, by {@link System#nanoTime}: of several clients the
   * one that logged in last knows the password best.
   */
  public record Proof(Credential credential, long nanos) {
    /** Nobody has logged in: the configuration must know the password, or none is needed. */
    public static final Proof NONE = new Proof(new Credential.None(), 0);
  }

  /** What clients of that database are told when the configuration has not got it any more. */
  public ErrorFields removal(DatabaseConfig database) {
    Map<String, DatabaseConfig> now = config.databases();
    boolean there = now.containsKey(database.name()) || now.containsKey("*"); // makes no entry
    return there ? null : PoolErrors.databaseRemoved();
  }

  /**
   * Mode of a client's leases. Sharded databases are never pooled by session: a lease could not
   * follow its client to another host.
   */
  public PoolMode mode(DatabaseConfig database, String clientUser) {
    PoolMode wanted = wantedMode(database, clientUser);
    return database.sharded() && wanted == PoolMode.SESSION ? PoolMode.TRANSACTION : wanted;
  }

  private PoolMode wantedMode(DatabaseConfig database, String clientUser) {
    UserConfig user = config.users().get(database.role(clientUser));
    if (user != null && user.poolMode() != null) {
      return user.poolMode();
    }
    return database.poolMode() != null
        ? database.poolMode()
        : config.settings().get(Keys.POOL_MODE);
  }

  /** Takes a new configuration: existing pools get their new limits, or are retired. */
  public synchronized void reload(ProxyConfig next) {
    config = next;
    pools.update(this::specAfterReload);
    generation++;
    makeForced();
  }

  private PoolSpec specAfterReload(Pool pool) {
    PoolKey key = pool.key();
    DatabaseConfig database = config.database(key.database());
    if (database == null) {
      return null;
    }
    HostConfig host = database.sharded() ? config.hosts().get(key.host()) : null;
    if (database.sharded() && host == null) {
      return null;
    }
    return spec(database, key.user(), host == null ? null : host.at(key.home()), null);
  }

  /**
   * Where the hosts are from now on: pools of where one was before end, as their clients finish.
   * Pools opened ahead for a home that is still to come stay.
   */
  public synchronized void homes(Map<String, Home> now) {
    Map<String, Home> before = homes;
    homes = Map.copyOf(now);
    pools.retire(pool -> left(pool.key(), before, now));
  }

  private static boolean left(PoolKey key, Map<String, Home> before, Map<String, Home> now) {
    return key.home() != null
        && key.home().equals(before.get(key.host()))
        && !key.home().equals(now.get(key.host()));
  }

  private PoolSpec spec(
      DatabaseConfig database, String user, HostConfig host, Credential credential) {
    return new PoolSpec(
        endpoint(database, host),
        database.hostOrder(),
        options(database, user, host),
        budgets(database, user, host),
        credential(database, user, credential),
        database.startup(),
        database.connectQuery());
  }

  private static Endpoint endpoint(DatabaseConfig database, HostConfig host) {
    return host == null
        ? new Endpoint(database.name(), database.host(), database.port(), database.dbname())
        : new Endpoint(host.name(), host.host(), host.port(), host.dbname());
  }

  /** A configured password wins over what a client's login has shown. */
  private Credential credential(DatabaseConfig database, String user, Credential proved) {
    Credential own = configured(database, user);
    if (own != null) {
      return own;
    }
    return proved == null ? new Credential.None() : proved;
  }

  private Credential configured(DatabaseConfig database, String user) {
    if (database.user() != null && database.password() != null) {
      return Credential.of(Secret.parse(user, database.password()));
    }
    UserConfig known = config.users().get(user);
    if (known == null || known.secret() == null) {
      return null;
    }
    Credential own = Credential.of(Secret.parse(user, known.secret()));
    return own instanceof Credential.None ? null : own;
  }

  private PoolOptions options(DatabaseConfig database, String user, HostConfig host) {
    Settings settings = config.settings();
    UserConfig known = config.users().get(user);
    GroupConfig group = host == null ? null : config.groups().get(host.group());
    boolean automatic = !config.databases().containsKey(database.name());
    return new PoolOptions(
        first(
            known == null ? -1 : known.poolSize(),
            database.poolSize(),
            group == null ? -1 : group.poolSize(),
            settings.get(Keys.DEFAULT_POOL_SIZE)),
        first(database.minPoolSize(), settings.get(Keys.MIN_POOL_SIZE)),
        first(
            known == null ? -1 : known.reservePoolSize(),
            database.reservePoolSize(),
            settings.get(Keys.RESERVE_POOL_SIZE)),
        nanos(settings.get(Keys.RESERVE_POOL_TIMEOUT)),
        nanos(
            database.serverLifetime() != null
                ? database.serverLifetime()
                : settings.get(Keys.SERVER_LIFETIME)),
        nanos(settings.get(Keys.SERVER_IDLE_TIMEOUT)),
        nanos(settings.get(Keys.SERVER_CHECK_DELAY)),
        settings.get(Keys.SERVER_CHECK_QUERY),
        settings.get(Keys.SERVER_RESET_QUERY),
        nanos(settings.get(Keys.SERVER_LOGIN_RETRY)),
        settings.get(Keys.SERVER_LOGINS_PER_POOL),
        settings.get(Keys.SERVER_ROUND_ROBIN),
        nanos(settings.get(automatic ? Keys.AUTODB_IDLE_TIMEOUT : Keys.POOL_IDLE_TIMEOUT)),
        automatic);
  }

  private List<Budget> budgets(DatabaseConfig database, String user, HostConfig host) {
    Settings settings = config.settings();
    UserConfig known = config.users().get(user);
    List<Budget> list = new ArrayList<>();
    if (host != null) {
      // The bound protects a server: while a host moves, its old and its new home have one each.
      list.add(budget("host " + host.name() + " " + host.home(), host.maxConnections()));
      GroupConfig group = config.groups().get(host.group());
      list.add(budget("group " + group.name(), group.maxConnections()));
    }
    list.add(
        budget(
            "database " + database.name(),
            first(database.maxDbConnections(), settings.get(Keys.MAX_DB_CONNECTIONS))));
    list.add(
        budget(
            "user " + user,
            first(
                known == null ? -1 : known.maxUserConnections(),
                settings.get(Keys.MAX_USER_CONNECTIONS))));
    return list;
  }

  /** One object per bound, whatever happens to its maximum. */
  private Budget budget(String name, int max) {
    Budget budget = budgets.computeIfAbsent(name, key -> new Budget(key, max));
    budget.max(max);
    return budget;
  }

  /** The names of the bounds in use. */
  public Set<String> budgets() {
    return Set.copyOf(budgets.keySet());
  }

  /** A pool has ended: bounds that it shared with nobody have no use any more. */
  private synchronized void gone(Pool pool) {
    for (Budget budget : pool.budgets()) {
      if (pools.all().stream().noneMatch(other -> other.budgets().contains(budget))) {
        budgets.remove(budget.name(), budget);
      }
    }
  }

  private static int first(int... candidates) {
    for (int candidate : candidates) {
      if (candidate >= 0) {
        return candidate;
      }
    }
    return 0;
  }

  private static long nanos(Duration duration) {
    return duration.toNanos();
  }
}
