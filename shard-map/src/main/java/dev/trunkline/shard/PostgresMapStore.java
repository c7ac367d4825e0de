package dev.trunkline.shard;

import dev.trunkline.shard.LiveState.Part;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The map that is read from a catalog database: the table of shards is held, workspaces are asked
 * for one by one and cached. Four daemon threads do what blocks: two ask, one listens for changes,
 * one keeps the snapshot and watches the age of what is known. All rules are in {@link LiveMap}.
 */
final class PostgresMapStore implements MapStore {
  private static final long CLOSE_MILLIS = 2_000;

  private final String address;
  private final MapChanges changes;
  private final Consumer<String> log;
  private final LiveMap map;
  private final CatalogWatcher watcher;
  private final List<CatalogWorker> workers;
  private final CatalogRecheck recheck;
  private final SnapshotKeeper keeper;
  private final MapUpkeep upkeep;

  private PostgresMapStore(
      MapConfig.FromPostgres config,
      Map<String, HostInfo> hosts,
      long version,
      Catalog catalog,
      Consumer<String> log) {
    this.address = catalog.address();
    this.log = log;
    this.changes = new CatalogChanges(new JdbcCatalog(config));
    long epoch = MapStores.firstEpoch(version);
    this.map = new LiveMap(config, hosts, epoch, address, log, System::nanoTime);
    this.watcher = new CatalogWatcher(catalog, map, config.pollInterval(), log);
    this.workers =
        List.of(
            new CatalogWorker(Part.FIRST_QUERIES, catalog, map, log),
            new CatalogWorker(Part.SECOND_QUERIES, catalog, map, log));
    this.recheck = new CatalogRecheck(catalog, map);
    this.keeper = new SnapshotKeeper(map, address, config.snapshotFile(), log);
    this.upkeep = new MapUpkeep(map, keeper, log);
  }

  /** As {@link MapStores#open}, which has the parameters. */
  static PostgresMapStore open(
      MapConfig.FromPostgres config,
      Map<String, HostInfo> hosts,
      long version,
      Catalog catalog,
      Consumer<String> log) {
    PostgresMapStore store = new PostgresMapStore(config, hosts, version, catalog, log);
    store.start(config.queryTimeout());
    return store;
  }

  private void start(Duration timeout) {
    watcher.start();
    if (!firstMapWithin(timeout)) {
      startWithoutCatalog(timeout);
    }
    workers.forEach(CatalogThread::start);
    upkeep.start();
  }

  private boolean firstMapWithin(Duration timeout) {
    try {
      return watcher.awaitFirstAttempt(timeout) && map.state().map() != null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void startWithoutCatalog(Duration timeout) {
    map.live().startWithout("it did not answer within " + timeout.toMillis() + " ms");
    if (keeper.restore()) {
      log.accept(
          "The shard map starts from its snapshot, version %d.".formatted(map.state().seen()));
    } else if (map.state().map() == null) {
      log.accept("The shard map starts empty: every workspace is unavailable until it is loaded.");
    }
  }

  @Override
  public long epoch() {
    return map.state().epoch();
  }

  @Override
  public long version() {
    return map.state().seen();
  }

  @Override
  public Lookup peek(String workspace) {
    return map.peek(workspace);
  }

  @Override
  public void load(String workspace, Consumer<Lookup> answer) {
    map.load(workspace, answer);
  }

  /** Null for every shard while the map is unavailable: nothing may be routed by it then. */
  @Override
  public Placement shard(String shard) {
    MapState now = map.state();
    return now.blocked() != null ? null : now.map().placement(shard);
  }

  @Override
  public Home home(String host) {
    ShardMap shards = map.state().map();
    return shards == null ? null : shards.homes().get(host);
  }

  /** The last that were known, even when they are too old to be routed to: for the views. */
  @Override
  public Collection<Placement> shards() {
    ShardMap shards = map.state().map();
    return shards == null ? List.of() : shards.placements();
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public void recheck(Consumer<Recheck> answer) {
    recheck.ask(answer);
  }

  @Override
  public Map<String, Object> status() {
    MapState now = map.state();
    MapCounters counters = map.counters();
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("type", "postgres");
    status.put("version", now.seen());
    status.put("epoch", now.epoch());
    status.put("shards", now.map() == null ? 0 : now.map().size());
    status.put("workspaces_cached", map.cache().size());
    status.put("cache_bytes", map.cache().bytes());
    status.put("cache_hits", counters.hits.sum());
    status.put("cache_misses", counters.misses.sum());
    status.put("loads", counters.loads.sum());
    status.put("load_failures", counters.loadFailures.sum());
    status.put("negative_hits", counters.negativeHits.sum());
    status.put("invalidations", counters.invalidations.sum());
    status.put("rechecks", counters.rechecks.sum());
    status.put("stale", now.blocked() != null || now.outage() != null);
    status.put("age_seconds", TimeUnit.NANOSECONDS.toSeconds(map.live().ageNanos()));
    status.put("catalog", address);
    return status;
  }

  @Override
  public MapChanges changes() {
    return changes;
  }

  /** Every answer is Unavailable from now on; the last map is kept on disk. */
  @Override
  public void close() {
    map.close();
    watcher.close();
    recheck.close();
    workers.forEach(CatalogThread::close);
    try {
      upkeep.close(CLOSE_MILLIS);
      watcher.join(CLOSE_MILLIS);
      for (CatalogWorker worker : workers) {
        worker.join(CLOSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
