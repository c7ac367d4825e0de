package dev.trunkline.bench.compare;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * One run of one workload through one peer.
 *
 * @param beside further clients that are not measured
 * @param round counted from 1; results of the same round are a pair
 * @param values of those metrics that the run has
 */
record Result(
    String workload, int clients, int beside, String peer, int round, Map<Metric, Double> values) {

  OptionalDouble value(Metric metric) {
    Double value = values.get(metric);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** Workload and clients: results of one case are compared with each other. */
  String scenario() {
    return workload + ", " + clients + (clients == 1 ? " client" : " clients");
  }
}
