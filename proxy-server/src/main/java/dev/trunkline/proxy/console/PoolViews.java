package dev.trunkline.proxy.console;

import dev.trunkline.admin.ConsoleSession;
import dev.trunkline.admin.Row.PoolRow;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.HostOrder;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.PoolSnapshot;
import dev.trunkline.proxy.server.ServerState;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** SHOW POOLS: one row per database and user, summed over the hosts of a sharded database. */
final class PoolViews {
  private record Name(String database, String user) {}

  /** The sums of one row. */
  private static final class Sum {
    private int clActive;
    private int clWaiting;
    private int cancels;
    private int svActive;
    private int svBeingCanceled;
    private int svIdle;
    private int svUsed;
    private int svTested;
    private int svLogin;
    private long maxWaitMicros;

    private void add(Pool pool) {
      PoolSnapshot now = pool.snapshot();
      now.servers().forEach(server -> cancels += server.cancels());
      svActive += pool.count(ServerState.ACTIVE);
      svBeingCanceled += pool.count(ServerState.BEING_CANCELED);
      svIdle += Math.max(0, pool.count(ServerState.IDLE) - now.used().size());
      svUsed += now.used().size();
      svTested += pool.count(ServerState.TESTED);
      svLogin += now.opening();
      maxWaitMicros = Math.max(maxWaitMicros, now.maxWaitMicros());
    }

    private void add(Clients.Seen client) {
      if (client.waits()) {
        clWaiting++;
      } else {
        clActive++;
      }
    }

    private PoolRow row(Name name, String mode) {
      return new PoolRow(
          name.database(),
          name.user(),
          clActive,
          clWaiting,
          cancels,
          0,
          svActive,
          cancels,
          svBeingCanceled,
          svIdle,
          svUsed,
          svTested,
          svLogin,
          Duration.of(maxWaitMicros, ChronoUnit.MICROS),
          mode,
          null);
    }
  }

  private PoolViews() {}

  /**
   * @param atConsole how many clients the console has
   */
  static List<PoolRow> rows(ProxyControl control, int atConsole) {
    Map<Name, Sum> sums = new LinkedHashMap<>();
    for (Pool pool : control.directory().pools().all()) {
      sum(sums, pool.key().database(), pool.key().user()).add(pool);
    }
    for (Clients.Seen client : Clients.sessions(control)) {
      sum(sums, client.database(), client.poolUser()).add(client);
    }
    List<PoolRow> rows = new ArrayList<>();
    sums.forEach((name, sum) -> rows.add(sum.row(name, mode(control.config(), name))));
    Sum console = new Sum();
    console.clActive = atConsole;
    rows.add(console.row(new Name(ConsoleSession.DATABASE, ConsoleSession.DATABASE), "statement"));
    return rows;
  }

  private static Sum sum(Map<Name, Sum> sums, String database, String user) {
    return sums.computeIfAbsent(new Name(database, user), name -> new Sum());
  }

  /** Precedence as in {@link dev.trunkline.proxy.pool.Directory#mode}. */
  private static String mode(ProxyConfig config, Name name) {
    UserConfig user = config.users().get(name.user());
    DatabaseConfig database = config.database(name.database());
    if (user != null && user.poolMode() != null) {
      return text(user.poolMode());
    }
    return text(
        database != null && database.poolMode() != null
            ? database.poolMode()
            : config.settings().get(Keys.POOL_MODE));
  }

  static String text(HostOrder order) {
    return order.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static String text(PoolMode mode) {
    return mode == null ? null : mode.name().toLowerCase(Locale.ROOT);
  }
}
