package dev.trunkline.bench.compare;

import dev.trunkline.bench.compare.Workload.Driver;
import java.io.Closeable;
import java.io.IOException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Clients that work as fast as it goes, through a peer that runs already. */
final class LoadTrial implements Trial {
  /** What pgbench can do at most; before the first run nobody knows better. */
  private static final double UNKNOWN = 1e5;

  private final Bench bench;
  private final Workload workload;
  private final int clients;
  private final Map<Running, Double> rates = new HashMap<>();

  LoadTrial(Bench bench, Workload workload, int clients) {
    this.bench = bench;
    this.workload = workload;
    this.clients = clients;
  }

  @Override
  public Outcome run(Running peer, int seconds) throws IOException, InterruptedException {
    try (Closeable _ = workload.beside().begin(bench, peer.port())) {
      ProcessSample before = peer.sample();
      int collections = peer.pauses().map(List::size).orElse(0);
      Load load = load(peer, seconds);
      Map<Metric, Double> values = new EnumMap<>(Metric.class);
      seen(load, values);
      if (before != null) {
        used(peer.sample().since(before), load.transactions(), values);
      }
      peer.pauses().ifPresent(all -> collected(all, collections, values));
      rates.put(peer, load.perSecond());
      return new Outcome(values);
    }
  }

  private Load load(Running peer, int seconds) throws IOException, InterruptedException {
    if (workload.driver() == Driver.COPY) {
      return new CopyLoad(workload, seconds, peer.port()).run(clients);
    }
    double expected = rates.getOrDefault(peer, UNKNOWN);
    boolean routes = peer.peer().routes();
    return new Pgbench(bench).run(workload, clients, seconds, peer.port(), routes, expected);
  }

  private static void seen(Load load, Map<Metric, Double> values) {
    values.put(Metric.THROUGHPUT, load.perSecond());
    values.put(Metric.P50, (double) load.quantile(0.5));
    values.put(Metric.P95, (double) load.quantile(0.95));
    values.put(Metric.P99, (double) load.quantile(0.99));
    values.put(Metric.P999, (double) load.quantile(0.999));
  }

  private void used(ProcessSample used, long transactions, Map<Metric, Double> values) {
    double each = Math.max(1, transactions);
    double cpu = used.userMicros() + used.systemMicros();
    values.put(Metric.CPU, cpu / each);
    values.put(Metric.USER, used.userMicros() / each);
    values.put(Metric.SYSTEM, used.systemMicros() / each);
    values.put(Metric.SWITCHES, used.switches() / each);
    values.put(Metric.MEMORY, used.residentBytes() / 1e6);
    if (workload.bytes() > 0 && cpu > 0) {
      values.put(Metric.BYTES, workload.bytes() * each / cpu); // bytes/µs are MB/s
    }
  }

  private static void collected(List<Double> all, int before, Map<Metric, Double> values) {
    List<Double> now = all.subList(before, all.size());
    values.put(Metric.GC_PAUSES, (double) now.size());
    values.put(Metric.GC_LONGEST, now.isEmpty() ? 0.0 : Collections.max(now));
  }
}
