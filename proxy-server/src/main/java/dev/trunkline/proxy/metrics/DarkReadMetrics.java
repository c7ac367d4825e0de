package dev.trunkline.proxy.metrics;

import dev.trunkline.proxy.metrics.Figures.DarkReadFigures;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** What comes and goes with dark reads: read when scraped. */
final class DarkReadMetrics implements MultiCollector {
  private final Figures figures;

  DarkReadMetrics(Figures figures) {
    this.figures = figures;
  }

  @Override
  public MetricSnapshots collect() {
    List<DarkReadFigures> reads = figures.darkReads();
    return MetricSnapshots.of(
        counter(reads, "eligible", "Reads among which is drawn.", DarkReadFigures::eligible),
        counter(reads, "sampled", "Reads that were drawn.", DarkReadFigures::sampled),
        counter(reads, "dropped", "Reads the queue had no room for.", DarkReadFigures::dropped),
        labelled(
            reads, "skipped", "Reads that cannot be compared.", "reason", DarkReadFigures::skipped),
        labelled(reads, "results", "How comparisons came out.", "class", DarkReadFigures::results),
        latencies(reads));
  }

  private static CounterSnapshot.Builder counter(String name, String help) {
    return CounterSnapshot.builder().name("trunkline_dark_read_" + name).help(help);
  }

  private static CounterSnapshot counter(
      List<DarkReadFigures> reads,
      String name,
      String help,
      ToLongFunction<DarkReadFigures> value) {
    CounterSnapshot.Builder counter = counter(name, help);
    for (DarkReadFigures read : reads) {
      counter.dataPoint(point(Labels.of("scope", read.scope()), value.applyAsLong(read)));
    }
    return counter.build();
  }

  private static CounterSnapshot labelled(
      List<DarkReadFigures> reads,
      String name,
      String help,
      String label,
      Function<DarkReadFigures, Map<String, Long>> values) {
    CounterSnapshot.Builder counter = counter(name, help);
    for (DarkReadFigures read : reads) {
      values
          .apply(read)
          .forEach(
              (key, count) ->
                  counter.dataPoint(point(Labels.of("scope", read.scope(), label, key), count)));
    }
    return counter.build();
  }

  private static CounterDataPointSnapshot point(Labels labels, long value) {
    return CounterDataPointSnapshot.builder().labels(labels).value((double) value).build();
  }

  private static HistogramSnapshot latencies(List<DarkReadFigures> reads) {
    HistogramSnapshot.Builder histogram =
        HistogramSnapshot.builder()
            .name("trunkline_dark_read_seconds")
            .help("Durations of what was compared, on both sides.");
    for (DarkReadFigures read : reads) {
      histogram.dataPoint(point(read.scope(), "old", read.old()));
      histogram.dataPoint(point(read.scope(), "new", read.fresh()));
    }
    return histogram.build();
  }

  private static HistogramDataPointSnapshot point(String scope, String side, Histogram values) {
    return HistogramDataPointSnapshot.builder()
        .labels(Labels.of("scope", scope, "side", side))
        .classicHistogramBuckets(PoolMetrics.buckets(values))
        .sum(values.sumMicros() * PoolMetrics.MICROS)
        .build();
  }
}
