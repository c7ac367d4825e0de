package dev.trunkline.proxy.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What comes and goes with pools, hosts and error codes: read when scraped, nothing is registered
 * per pool. Each metric is declared once.
 */
final class PoolMetrics implements MultiCollector {
  static final double MICROS = 1e-6;

  /** A metric with one value per pool. */
  private record PoolMetric(
      String name, String help, ToDoubleFunction<Figures.PoolFigures> value) {}

  /** A metric with one histogram per group and host. */
  private record HostMetric(String name, String help, Function<Counters, Histogram> value) {}

  private record Host(String group, String name) {}

  private static final List<PoolMetric> COUNTERS =
      List.of(
          counter("server_assignments", "Leases of server connections.", c -> c.assignments),
          counter("transactions", "Transactions that ended.", c -> c.transactions),
          counter("queries", "Queries sent to servers.", c -> c.queries),
          counter("received_bytes", "Bytes received from clients.", c -> c.bytesReceived),
          counter("sent_bytes", "Bytes sent to clients.", c -> c.bytesSent),
          counter(
              "transaction_time_seconds",
              "Time in transactions.",
              c -> c.transactionMicros * MICROS),
          counter("query_time_seconds", "Time in queries.", c -> c.queryMicros * MICROS),
          counter(
              "wait_time_seconds",
              "Time clients waited for server connections.",
              c -> c.waitMicros * MICROS),
          counter("client_parses", "Prepared statements that clients made.", c -> c.clientParses),
          counter("server_parses", "Prepared statements made on servers.", c -> c.serverParses),
          counter("binds", "Executions of prepared statements.", c -> c.binds));

  private static final List<PoolMetric> GAUGES =
      List.of(
          new PoolMetric(
              "trunkline_pool_cl_waiting",
              "Clients that wait for a server connection.",
              Figures.PoolFigures::clWaiting),
          new PoolMetric(
              "trunkline_pool_sv_active",
              "Server connections leased to clients.",
              Figures.PoolFigures::svActive),
          new PoolMetric(
              "trunkline_pool_sv_idle",
              "Server connections ready for clients.",
              Figures.PoolFigures::svIdle),
          new PoolMetric(
              "trunkline_pool_sv_login",
              "Server connections being opened.",
              Figures.PoolFigures::svLogin),
          new PoolMetric(
              "trunkline_pool_maxwait_seconds",
              "How long the oldest waiting client has waited.",
              pool -> pool.maxWaitMicros() * MICROS));

  private static final List<HostMetric> HISTOGRAMS =
      List.of(
          new HostMetric(
              "trunkline_wait_seconds",
              "Waits of clients for a server connection; those who got one at once are not in it.",
              counters -> counters.wait),
          new HostMetric(
              "trunkline_transaction_seconds",
              "Durations of transactions.",
              counters -> counters.transaction),
          new HostMetric(
              "trunkline_query_seconds", "Durations of queries.", counters -> counters.query));

  private final Figures figures;

  PoolMetrics(Figures figures) {
    this.figures = figures;
  }

  private static PoolMetric counter(String name, String help, ToDoubleFunction<Counters> value) {
    return new PoolMetric(
        "trunkline_pool_" + name, help, pool -> value.applyAsDouble(pool.total()));
  }

  @Override
  public MetricSnapshots collect() {
    List<Figures.PoolFigures> pools = figures.pools();
    List<MetricSnapshot> all = new ArrayList<>();
    COUNTERS.forEach(metric -> all.add(counter(metric, pools)));
    GAUGES.forEach(metric -> all.add(gauge(metric, pools)));
    Map<Host, Counters> hosts = hosts(pools);
    HISTOGRAMS.forEach(metric -> all.add(histogram(metric, hosts)));
    all.add(errors());
    return new MetricSnapshots(all);
  }

  private static MetricSnapshot counter(PoolMetric metric, List<Figures.PoolFigures> pools) {
    CounterSnapshot.Builder counter =
        CounterSnapshot.builder().name(metric.name()).help(metric.help());
    for (Figures.PoolFigures pool : pools) {
      counter.dataPoint(
          CounterSnapshot.CounterDataPointSnapshot.builder()
              .labels(labels(pool))
              .value(metric.value().applyAsDouble(pool))
              .build());
    }
    return counter.build();
  }

  private static MetricSnapshot gauge(PoolMetric metric, List<Figures.PoolFigures> pools) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(metric.name()).help(metric.help());
    for (Figures.PoolFigures pool : pools) {
      gauge.dataPoint(
          GaugeSnapshot.GaugeDataPointSnapshot.builder()
              .labels(labels(pool))
              .value(metric.value().applyAsDouble(pool))
              .build());
    }
    return gauge.build();
  }

  private static Labels labels(Figures.PoolFigures pool) {
    return Labels.of(
        "database",
        pool.database(),
        "user",
        pool.user(),
        "host",
        pool.host(),
        "group",
        pool.group());
  }

  private static Map<Host, Counters> hosts(List<Figures.PoolFigures> pools) {
    Map<Host, Counters> hosts = new LinkedHashMap<>();
    for (Figures.PoolFigures pool : pools) {
      Host host = new Host(pool.group(), pool.host());
      hosts.computeIfAbsent(host, key -> new Counters()).add(pool.total());
    }
    return hosts;
  }

  private static MetricSnapshot histogram(HostMetric metric, Map<Host, Counters> hosts) {
    HistogramSnapshot.Builder histogram =
        HistogramSnapshot.builder().name(metric.name()).help(metric.help());
    hosts.forEach(
        (host, counters) -> {
          Histogram values = metric.value().apply(counters);
          histogram.dataPoint(
              HistogramSnapshot.HistogramDataPointSnapshot.builder()
                  .labels(Labels.of("group", host.group(), "host", host.name()))
                  .classicHistogramBuckets(buckets(values))
                  .sum(values.sumMicros() * MICROS)
                  .build());
        });
    return histogram.build();
  }

  static ClassicHistogramBuckets buckets(Histogram values) {
    double[] bounds = new double[Histogram.BUCKETS];
    long[] counts = new long[Histogram.BUCKETS];
    for (int i = 0; i < bounds.length - 1; i++) {
      bounds[i] = Histogram.boundMicros(i) / 1e6;
    }
    bounds[bounds.length - 1] = Double.POSITIVE_INFINITY;
    values.addTo(counts);
    return ClassicHistogramBuckets.of(bounds, counts);
  }

  private MetricSnapshot errors() {
    CounterSnapshot.Builder errors =
        CounterSnapshot.builder()
            .name("trunkline_errors")
            .help("Errors that clients were sent, by SQLSTATE.");
    for (Map.Entry<String, LongAdder> entry : figures.errors().entrySet()) {
      errors.dataPoint(
          CounterSnapshot.CounterDataPointSnapshot.builder()
              .labels(Labels.of("sqlstate", entry.getKey()))
              .value((double) entry.getValue().sum())
              .build());
    }
    return errors.build();
  }
}
