package dev.trunkline.bench.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** All runs, and what can be told from several rounds of them. */
final class Results {
  private final List<String> peers;
  private final List<Result> all = new ArrayList<>();
  private final List<String> omissions = new ArrayList<>();

  /**
   * How two runs of each round compare: over the rounds, their median and extremes, geometric mean
   * and the standard error of that. Arithmetic ones would make of equals that scatter by a tenth a
   * hundredth more. NaN for differences, and the error for a single round.
   */
  record Spread(double median, double least, double most, double mean, double error) {
    static Spread of(double... sorted) {
      double[] logs = DoubleStream.of(sorted).map(Math::log).toArray();
      double mean = DoubleStream.of(logs).average().orElseThrow();
      double squares = DoubleStream.of(logs).map(each -> (each - mean) * (each - mean)).sum();
      double error = Math.exp(mean) * Math.sqrt(squares / (logs.length - 1) / logs.length);
      double most = sorted[sorted.length - 1];
      return new Spread(Results.median(sorted), sorted[0], most, Math.exp(mean), error);
    }
  }

  /**
   * None yet.
   *
   * @param peers in the order in which to show them
   */
  Results(List<String> peers) {
    this.peers = List.copyOf(peers);
  }

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
    return new LinkedHashSet<>(all.stream().map(Result::scenario).toList());
  }

  List<String> peers() {
    return peers;
  }

  /** Those of a scenario that some peer has. */
  List<Metric> metrics(String scenario) {
    return Stream.of(Metric.values())
        .filter(
            metric -> of(scenario).anyMatch(each -> each.outcome().values().containsKey(metric)))
        .toList();
  }

  private Stream<Result> of(String scenario) {
    return all.stream().filter(each -> each.scenario().equals(scenario));
  }

  private Stream<Result> of(String scenario, String peer) {
    return of(scenario).filter(each -> each.peer().equals(peer));
  }

  /** The median over the rounds; empty where the peer has no such figure. */
  OptionalDouble median(String scenario, String peer, Metric metric) {
    double[] values =
        of(scenario, peer)
            .map(each -> each.value(metric))
            .flatMapToDouble(OptionalDouble::stream)
            .toArray();
    return values.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(median(values));
  }

  /** The ratio to another peer's runs of the same rounds; null without such pairs. */
  Spread ratio(String scenario, String peer, String baseline, Metric metric) {
    return spread(of(scenario, peer), of(scenario, baseline), metric, Results::quotient);
  }

  /** The case to which that one adds something; empty for one that stands by itself. */
  Optional<String> without(String scenario) {
    return of(scenario).findFirst().flatMap(Result::without);
  }

  /** The ratio to the same peer's runs of another case in the same rounds; null without pairs. */
  Spread ratioToCase(String scenario, String peer, String other, Metric metric) {
    return spread(of(scenario, peer), of(other, peer), metric, Results::quotient);
  }

  private static double quotient(double mine, double its) {
    return mine / its;
  }

  /** What a peer has more than another in the same rounds; null without such pairs. */
  Spread added(String scenario, String peer, String baseline, Metric metric) {
    DoubleBinaryOperator difference = (mine, its) -> mine - its;
    return spread(of(scenario, peer), of(scenario, baseline), metric, difference);
  }

  private static Spread spread(
      Stream<Result> some, Stream<Result> others, Metric metric, DoubleBinaryOperator how) {
    List<Result> baseline = others.toList();
    double[] pairs =
        some.flatMapToDouble(
                mine ->
                    baseline.stream()
                        .filter(its -> its.round() == mine.round())
                        .flatMapToDouble(its -> pair(mine, its, metric, how)))
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    return pairs.length == 0 ? null : Spread.of(pairs);
  }

  private static DoubleStream pair(
      Result mine, Result its, Metric metric, DoubleBinaryOperator how) {
    OptionalDouble left = mine.value(metric);
    OptionalDouble right = its.value(metric);
    return left.isPresent() && right.isPresent()
        ? DoubleStream.of(how.applyAsDouble(left.getAsDouble(), right.getAsDouble()))
        : DoubleStream.empty();
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
