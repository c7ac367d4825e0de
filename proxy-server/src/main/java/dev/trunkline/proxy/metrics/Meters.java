package dev.trunkline.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.function.ToDoubleFunction;

/** All metrics of the process, in one Prometheus registry. Values are read when it is scraped. */
final class Meters implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  Meters(Figures figures) {
    process(figures);
    map(figures);
    buffers();
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    registry.getPrometheusRegistry().register(new PoolMetrics(figures));
    registry.getPrometheusRegistry().register(new DarkReadMetrics(figures));
  }

  /** The text that Prometheus reads. */
  String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }

  private void process(Figures figures) {
    Gauge.builder("trunkline.info", () -> 1)
        .description("Version of the program, and what carries its sockets.")
        .tags(Tags.of("version", figures.version(), "transport", figures.transport()))
        .register(registry);
    Gauge.builder("trunkline.clients", figures, Figures::clients)
        .description("Clients that are logged in.")
        .register(registry);
    Gauge.builder("trunkline.paused", figures, f -> f.paused() ? 1 : 0)
        .description("1 while PAUSE of everything is in force.")
        .register(registry);
    FunctionCounter.builder("trunkline.log.lines.lost", this, meters -> Log.lost())
        .description("Lines of the log that could not be written.")
        .register(registry);
  }

  private void map(Figures figures) {
    gauge(figures, "version", "Version of the newest shard map.");
    gauge(figures, "age_seconds", "Time since the catalog was last heard of.");
    gauge(figures, "stale", "1 while the catalog does not answer.");
    gauge(figures, "shards", "Logical shards in the map.");
    gauge(figures, "workspaces_cached", "Workspaces whose place is at hand.");
    gauge(figures, "cache_bytes", "Memory of the cache of workspaces.");
    counter(figures, "cache_hits", "Lookups that the cache answered.");
    counter(figures, "cache_misses", "Lookups that had to ask the catalog.");
    counter(figures, "loads", "Workspaces that the catalog was asked for.");
    counter(figures, "load_failures", "Lookups that the catalog did not answer.");
    counter(figures, "invalidations", "Cached workspaces that a change of the map dropped.");
  }

  private void gauge(Figures figures, String key, String help) {
    Gauge.builder("trunkline.map." + key, figures, value(key)).description(help).register(registry);
  }

  private void counter(Figures figures, String key, String help) {
    FunctionCounter.builder("trunkline.map." + key, figures, value(key))
        .description(help)
        .register(registry);
  }

  /** 0 where this kind of map has no such figure, so that dashboards need no special case. */
  private static ToDoubleFunction<Figures> value(String key) {
    return figures ->
        switch (figures.map().get(key)) {
          case Number number -> number.doubleValue();
          case Boolean flag -> flag ? 1 : 0;
          case null, default -> 0;
        };
  }

  private void buffers() {
    PooledByteBufAllocator pool = PooledByteBufAllocator.DEFAULT;
    Gauge.builder("trunkline.buffer.bytes", pool, p -> p.metric().usedDirectMemory())
        .description("Memory of the pool of network buffers.")
        .tags(Tags.of("memory", "direct"))
        .register(registry);
    Gauge.builder("trunkline.buffer.bytes", pool, p -> p.metric().usedHeapMemory())
        .description("Memory of the pool of network buffers.")
        .tags(Tags.of("memory", "heap"))
        .register(registry);
  }
}
