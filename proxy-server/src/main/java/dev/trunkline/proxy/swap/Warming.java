package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.PoolSnapshot;
import dev.trunkline.proxy.route.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Opens connections to the new home before anybody is held, so that no log-in is in the stall, and
 * has each plan a read of the tables that move: the first use of a table by a connection costs
 * several times the second.
 */
final class Warming {
  private static final int MAX_TABLES = 200;
  private static final String WARM_UP =
      """
      SET LOCAL statement_timeout = '1s';
      DO $warm$
      DECLARE moving regclass;
      BEGIN
        FOR moving IN
          SELECT c.oid FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname IN (%s) AND c.relkind IN ('r', 'p')
            AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
          ORDER BY c.relpages DESC LIMIT %d
        LOOP
          EXECUTE pg_catalog.format('EXPLAIN SELECT * FROM %%s', moving);
        END LOOP;
      END $warm$
      """;

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long POLL_MILLIS = 2;

  /** Least number of log-ins at a time: of small pools, and where each takes long. */
  private static final int PORTION = 4;

  private final SwapSite site;
  private final Journey journey;
  private final List<Pool> made = new ArrayList<>();

  Warming(SwapSite site, Journey journey) {
    this.site = site;
    this.journey = journey;
  }

  /** Warms as many connections for each pool as it has where it is; says how many. */
  String run() throws SwapFailed, InterruptedException {
    if (journey.from().home().equals(journey.to().home())) {
      return "the home stays";
    }
    int open = 0;
    for (Pool pool : journey.pools(site)) {
      if (pool.paused()) {
        continue; // a pause around this one: its clients wait for longer anyway
      }
      Pool next = site.directory().alike(pool, journey.to());
      made.add(next);
      open += warm(next, Math.max(1, pool.connections()));
    }
    return open + " connections to " + journey.to().home();
  }

  private String warmUp() {
    String schemas =
        journey.moving().stream()
            .map(schema -> "'" + schema.replace("'", "''") + "'")
            .collect(Collectors.joining(", "));
    return WARM_UP.formatted(schemas, MAX_TABLES);
  }

  /** A part at a time: log-ins cost processor time that clients of today could use. */
  private int warm(Pool pool, int connections) throws SwapFailed, InterruptedException {
    String query = warmUp();
    int size = pool.snapshot().options().size();
    int wanted = size == 0 ? connections : Math.min(connections, size);
    int target = 0;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      PoolSnapshot now = pool.snapshot();
      int open = now.servers().size();
      boolean late = System.nanoTime() - deadline > 0;
      if (now.lastError() != null) {
        throw new SwapFailed("Pool " + pool.key() + " cannot log in: " + now.lastError().message());
      }
      if (open >= wanted && pool.tested() == 0) {
        return open;
      }
      if (late && open == 0) {
        throw new SwapFailed("Pool " + pool.key() + " got no connection to the new home.");
      }
      if (late || (open >= target && target < wanted)) {
        // What is late goes on by itself.
        target = late ? wanted : Math.min(wanted, open + Math.max(PORTION, wanted / 10));
        site.directory().pools().warm(pool, target, query);
      }
      if (late) {
        return open;
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Nobody is sent there, unless somebody else has made it the home that is in force meanwhile. */
  void undo() {
    if (!made.isEmpty() && !inForce()) {
      site.directory().giveUp(journey.to());
    }
  }

  private boolean inForce() {
    Router router = site.router();
    HostConfig now = router == null ? null : router.host(journey.to().name());
    return now != null && now.home().equals(journey.to().home());
  }
}
