package dev.trunkline.proxy;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.darkread.DarkRead;
import dev.trunkline.proxy.darkread.Verdict;
import dev.trunkline.proxy.metrics.Figures;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.PoolSnapshot;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.ServerState;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What the metrics endpoint reads of the proxy. */
final class ProxyFigures implements Figures {
  private final Proxy proxy;
  private final String transport;

  ProxyFigures(Proxy proxy, String transport) {
    this.proxy = proxy;
    this.transport = transport;
  }

  @Override
  public List<PoolFigures> pools() {
    // A host has two pools for a user while it moves, or after a reload: one line for both.
    Map<List<String>, PoolFigures> figures = new LinkedHashMap<>();
    for (Pool pool : proxy.directory().pools().all()) {
      PoolFigures one = figures(pool);
      List<String> name = List.of(one.database(), one.user(), one.host(), one.group());
      figures.merge(name, one, PoolFigures::plus);
    }
    return List.copyOf(figures.values());
  }

  private PoolFigures figures(Pool pool) {
    PoolSnapshot now = pool.snapshot();
    return new PoolFigures(
        pool.key().database(),
        pool.key().user(),
        pool.key().host(),
        group(pool),
        pool.total(),
        now.waiting(),
        pool.count(ServerState.ACTIVE),
        pool.count(ServerState.IDLE),
        now.opening(),
        now.maxWaitMicros());
  }

  /** The pool of a plain database bears the database's name, which may be a host's, too. */
  private String group(Pool pool) {
    DatabaseConfig database = proxy.config().databases().get(pool.key().database());
    HostConfig host = proxy.config().hosts().get(pool.key().host());
    return database == null || !database.sharded() || host == null ? "" : host.group();
  }

  @Override
  public List<DarkReadFigures> darkReads() {
    return proxy.darkReads().all().stream().map(ProxyFigures::figures).toList();
  }

  private static DarkReadFigures figures(DarkRead read) {
    Map<String, Long> results = new TreeMap<>();
    for (Verdict verdict : Verdict.values()) {
      results.put(verdict.text(), read.counts().count(verdict));
    }
    return new DarkReadFigures(
        read.spec().scope().toString(),
        read.eligible(),
        read.counts().sampledCount(),
        read.counts().droppedCount(),
        read.counts().skippedCounts(),
        results,
        read.counts().old(),
        read.counts().fresh());
  }

  @Override
  public int clients() {
    return proxy.admission().clients();
  }

  @Override
  public Map<String, LongAdder> errors() {
    return proxy.errors().view();
  }

  @Override
  public Map<String, Object> map() {
    Router router = proxy.router();
    return router == null ? Map.of() : router.store().status();
  }

  @Override
  public String transport() {
    return transport;
  }

  @Override
  public String version() {
    return Version.TEXT;
  }

  @Override
  public boolean paused() {
    return proxy.directory().pools().paused(null);
  }
}
