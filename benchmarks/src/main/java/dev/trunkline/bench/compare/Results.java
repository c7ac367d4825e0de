package dev.trunkline.bench.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Stream;

/** All runs, and what can be told from several rounds of them. */
final class Results {
  private final List<Result> all = new ArrayList<>();
  private final List<String> omissions = new ArrayList<>();

  /** A ratio to the baseline: the median over the rounds' pairs, and their extremes. */
  record Ratio(double median, double least, double most) {}

  void add(Result result) {
    all.add(result);
  }

  /** A peer that could not take part, with the reason. */
  void omit(String what) {
    omissions.add(what);
  }

  List<String> omissions() {
    return omissions;
  }

  List<Result> all() {
    return all;
  }

  Set<String> scenarios() {
    return names(all.stream().map(Result::scenario));
  }

  Set<String> peers() {
    return names(all.stream().map(Result::peer));
  }

  private static Set<String> names(Stream<String> names) {
    return new LinkedHashSet<>(names.toList());
  }

  private Stream<Result> of(String scenario, String peer) {
    return all.stream()
        .filter(each -> each.scenario().equals(scenario) && each.peer().equals(peer));
  }

  /** The median over the rounds; empty where the peer has no run. */
  OptionalDouble median(String scenario, String peer, Metric metric) {
    double[] values = of(scenario, peer).mapToDouble(metric::of).toArray();
    return values.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(median(values));
  }

  /** The ratio to another peer's runs of the same rounds; null without such pairs. */
  Ratio ratio(String scenario, String peer, String baseline, Metric metric) {
    double[] ratios =
        of(scenario, peer)
            .flatMap(
                mine ->
                    of(scenario, baseline)
                        .filter(its -> its.round() == mine.round() && metric.of(its) > 0)
                        .map(its -> metric.of(mine) / metric.of(its)))
            .mapToDouble(Double::doubleValue)
            .toArray();
    if (ratios.length == 0) {
      return null;
    }
    Arrays.sort(ratios);
    return new Ratio(median(ratios), ratios[0], ratios[ratios.length - 1]);
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
