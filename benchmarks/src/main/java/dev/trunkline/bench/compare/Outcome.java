package dev.trunkline.bench.compare;

import java.util.List;
import java.util.Map;

/**
 * What one run has found.
 *
 * @param values of those metrics that it has
 * @param course of the peer's memory; empty where only its end matters
 */
record Outcome(Map<Metric, Double> values, List<MemoryCourse.Sample> course) {
  Outcome(Map<Metric, Double> values) {
    this(values, List.of());
  }
}
