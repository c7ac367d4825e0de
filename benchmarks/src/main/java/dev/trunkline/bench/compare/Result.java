package dev.trunkline.bench.compare;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * One run of one workload through one peer.
 *
 * @param beside further clients that are not measured
 * @param round counted from 1; results of the same round are a pair
 * @param outcome what it has found
 */
record Result(String workload, int clients, int beside, String peer, int round, Outcome outcome) {

  OptionalDouble value(Metric metric) {
    Double value = outcome.values().get(metric);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** Workload and clients: results of one case are compared with each other. */
  String scenario() {
    return scenario(workload);
  }

  /** The case to which this one adds something; empty for one that stands by itself. */
  Optional<String> without() {
    return Workloads.without(workload).map(this::scenario);
  }

  private String scenario(String of) {
    return of + ", " + clients + (clients == 1 ? " client" : " clients");
  }
}
