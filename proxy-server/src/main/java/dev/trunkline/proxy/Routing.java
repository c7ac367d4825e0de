package dev.trunkline.proxy;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.TablesConfig;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.route.SqlRouting;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.HostInfo;
import dev.trunkline.shard.MapStore;
import dev.trunkline.shard.MapStores;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * By what transactions are routed: the router over the shard map, and the declaration of sharded
 * tables, each as the configuration in force has them. May be read from any thread; {@code prepare}
 * and {@code follow} are called by one at a time.
 */
final class Routing implements AutoCloseable {
  /** Where no tables are declared, a RELOAD may still declare some. */
  private static final long IDLE_REFRESH_MILLIS = 60_000;

  private final Set<String> groups;
  private final DeclaredTables tables;
  private final ExecutorService offLoop = Executors.newVirtualThreadPerTaskExecutor();
  private long mapVersion;
  private volatile ProxyConfig config;
  private volatile Router router;
  private volatile SqlRouting sql;

  /**
   * @param groups the groups this process serves
   */
  Routing(ProxyConfig config, Set<String> groups) {
    this.config = config;
    this.groups = groups;
    this.tables = new DeclaredTables(config);
  }

  /** The router of the current configuration; null when nothing is sharded. */
  Router router() {
    return router;
  }

  /** Routing by SQL; null when it is off, or no tables are declared. */
  SqlRouting sql() {
    return sql;
  }

  /** Reads the map and the tables, and the latter again from time to time. */
  void open(ScheduledExecutorService upkeep) {
    follow(config, prepare(config));
    tables.warm(config);
    refreshLater(upkeep);
  }

  /**
   * The router of a configuration, over the store at hand if that shows the same map; null when
   * nothing is sharded.
   *
   * @throws IllegalArgumentException when the shard map cannot be used
   */
  Router prepare(ProxyConfig next) {
    if (next.map() == null) {
      return null;
    }
    Router old = router;
    boolean same =
        old != null && next.map().equals(config.map()) && hostInfo(next).equals(hostInfo(config));
    return same ? over(old.store(), next) : over(read(next), next);
  }

  private MapStore read(ProxyConfig next) {
    mapVersion++;
    return MapStores.open(next.map(), hostInfo(next), mapVersion, Log::warning);
  }

  private Router over(MapStore store, ProxyConfig of) {
    return new Router(store, of.hosts(), groups, of.settings().get(Keys.REGION));
  }

  private static Map<String, HostInfo> hostInfo(ProxyConfig config) {
    Map<String, HostInfo> hosts = new HashMap<>();
    for (HostConfig host : config.hosts().values()) {
      Home home = new Home(host.host(), host.port(), host.dbname());
      hosts.put(host.name(), new HostInfo(host.name(), host.group(), host.region(), home));
    }
    return hosts;
  }

  /** A configuration is in force from now on, with the router that was prepared for it. */
  void follow(ProxyConfig next, Router prepared) {
    config = next;
    router = prepared;
    tables.refresh(next, prepared);
    sql = tables.routing(next);
  }

  /** Nobody asks that router any more; its store is closed unless it is still the one at hand. */
  void release(Router old) {
    Router now = router;
    if (old != null && (now == null || now.store() != old.store())) {
      old.store().close();
    }
  }

  /** The catalog is read on a thread of its own: a host may take its time to answer. */
  private void refreshLater(ScheduledExecutorService upkeep) {
    TablesConfig declared = config.tables();
    long millis = declared == null ? IDLE_REFRESH_MILLIS : declared.refresh().toMillis();
    upkeep.schedule(
        () ->
            offLoop.execute(
                () -> {
                  tables.refresh(config, router);
                  if (!upkeep.isShutdown()) {
                    refreshLater(upkeep);
                  }
                }),
        millis,
        TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    if (router != null) {
      router.store().close();
    }
    tables.close();
    offLoop.shutdownNow();
  }
}
