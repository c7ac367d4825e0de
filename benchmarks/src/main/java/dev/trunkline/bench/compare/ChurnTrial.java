package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Whether memory grows while clients come and go: of a fresh peer, beside a few clients that stay.
 */
final class ChurnTrial implements Trial {
  private static final int STEADY_CLIENTS = 4;
  private static final int STEADY_PER_SECOND = 100;

  private final Bench bench;
  private final Workload workload;

  ChurnTrial(Bench bench, Workload workload) {
    this.bench = bench;
    this.workload = workload;
  }

  @Override
  public boolean warmsUp() {
    return false;
  }

  @Override
  public Outcome run(Running model, int seconds) throws IOException, InterruptedException {
    try (Running peer = Running.start(model.peer(), bench, workload.setup());
        Closeable _ = workload.beside().begin(bench, peer.port());
        MemoryCourse course = MemoryCourse.begin(peer, seconds)) {
      new Pgbench(bench, STEADY_PER_SECOND)
          .run(workload, STEADY_CLIENTS, seconds, peer.port(), false, STEADY_PER_SECOND);
      return outcome(peer.sample(), course.samples());
    }
  }

  private static Outcome outcome(ProcessSample used, List<MemoryCourse.Sample> course)
      throws IOException {
    Map<Metric, Double> values = new EnumMap<>(Metric.class);
    values.put(Metric.MEMORY, used.residentBytes() / 1e6);
    values.put(Metric.GROWTH, MemoryCourse.growth(course));
    return new Outcome(values, course);
  }
}
