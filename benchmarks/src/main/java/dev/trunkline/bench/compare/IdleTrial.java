package dev.trunkline.bench.compare;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * What an idle client costs in memory: of a fresh peer, that has been under load, for what work
 * needs anyway is not the idle clients'.
 */
final class IdleTrial implements Trial {
  /** Connect all, close all. */
  private static final int CHURNS = 5;

  private static final int LOAD_CLIENTS = 16;
  private static final int LOAD_SECONDS = 5;

  /** Trunkline's launcher has free memory given back every 10 s. */
  private static final long SETTLE_MILLIS = 12_000;

  private static final long LEAVE_MILLIS = 1_000;

  private final Bench bench;
  private final Workload workload;

  IdleTrial(Bench bench, Workload workload) {
    this.bench = bench;
    this.workload = workload;
  }

  @Override
  public boolean warmsUp() {
    return false;
  }

  @Override
  public Outcome run(Running model, int seconds) throws IOException, InterruptedException {
    try (Running peer = Running.start(model.peer(), bench, workload.setup())) {
      Workload load = Workloads.named("select");
      new Pgbench(bench).run(load, LOAD_CLIENTS, LOAD_SECONDS, peer.port(), false, 1e5);
      long without = settled(peer);
      long first = withClients(peer);
      for (int i = 0; i < CHURNS; i++) {
        connect(peer).close();
        Thread.sleep(LEAVE_MILLIS);
      }
      long again = withClients(peer);
      Map<Metric, Double> values = new EnumMap<>(Metric.class);
      values.put(Metric.MEMORY, again / 1e6);
      values.put(Metric.IDLE, perClient(first - without));
      values.put(Metric.IDLE_CHURN, perClient(again - without));
      return new Outcome(values);
    }
  }

  private double perClient(long bytes) {
    return bytes / 1e3 / workload.beside().possible();
  }

  private long withClients(Running peer) throws IOException, InterruptedException {
    try (IdleClients _ = connect(peer)) {
      return settled(peer);
    }
  }

  private IdleClients connect(Running peer) throws IOException {
    return IdleClients.connect(workload.beside().possible(), peer.port());
  }

  private static long settled(Running peer) throws IOException, InterruptedException {
    Thread.sleep(SETTLE_MILLIS);
    return peer.sample().residentBytes();
  }
}
