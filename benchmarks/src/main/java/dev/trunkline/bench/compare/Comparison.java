package dev.trunkline.bench.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Gives each peer its turn in each round of each workload. A round goes through all workloads, so
 * that these can be compared with each other, too.
 */
final class Comparison {
  /** While it runs. */
  private static final int WARM_UP_SECONDS = 5;

  private static final List<Metric> SHOWN =
      List.of(
          Metric.THROUGHPUT,
          Metric.P50,
          Metric.P99,
          Metric.CPU,
          Metric.BYTES,
          Metric.GC_LONGEST,
          Metric.START,
          Metric.IDLE,
          Metric.IDLE_CHURN,
          Metric.GROWTH);

  private final CompareOptions options;
  private final Bench bench;
  private final List<Peer> peers;
  private final PrintStream out;
  private final Checkpoint checkpoint;
  private final Results results;

  /** What to do with the results so far, lest they be lost with the machine. */
  interface Checkpoint {
    void reached(Results results) throws IOException;
  }

  Comparison(
      CompareOptions options,
      Bench bench,
      List<Peer> peers,
      PrintStream out,
      Checkpoint checkpoint) {
    this.options = options;
    this.bench = bench;
    this.peers = peers;
    this.out = out;
    this.checkpoint = checkpoint;
    this.results = new Results(peers.stream().map(Peer::name).toList());
  }

  void run() throws IOException, InterruptedException {
    Map<Setup, List<Workload>> bySetup = new LinkedHashMap<>();
    for (Workload workload : options.workloads()) {
      bySetup.computeIfAbsent(workload.setup(), setup -> new ArrayList<>()).add(workload);
    }
    for (Map.Entry<Setup, List<Workload>> each : bySetup.entrySet()) {
      run(each.getKey(), each.getValue());
    }
  }

  private void run(Setup setup, List<Workload> workloads) throws IOException, InterruptedException {
    List<Running> running = new ArrayList<>();
    try {
      for (Peer peer : peers) {
        start(peer, setup, running);
      }
      run(scenarios(workloads, running));
    } finally {
      running.forEach(Running::close);
    }
  }

  private void start(Peer peer, Setup setup, List<Running> running) throws InterruptedException {
    try {
      running.add(Running.start(peer, bench, setup));
    } catch (IOException failure) {
      omit(peer.name() + ": " + failure.getMessage());
    }
  }

  /** A workload with so many clients, and the peers that are up to it so far. */
  private record Scenario(Workload workload, int clients, List<Running> able, Trial trial) {}

  private List<Scenario> scenarios(List<Workload> workloads, List<Running> running) {
    List<Scenario> scenarios = new ArrayList<>();
    for (Workload workload : workloads) {
      noteReduced(workload);
      List<Running> able = new ArrayList<>(running);
      able.removeIf(each -> hindered(workload, each.peer()));
      for (int clients : workload.clients(options.clients())) {
        Trial trial = Trial.of(workload, clients, bench);
        scenarios.add(new Scenario(workload, clients, new ArrayList<>(able), trial));
      }
    }
    return scenarios;
  }

  private void noteReduced(Workload workload) {
    Beside beside = workload.beside();
    int without = beside.count() - beside.possible();
    if (without > 0) {
      omit(
          "%,d of the idle clients of %s: a process may not open more than %,d files here"
              .formatted(without, workload.name(), Programs.mostFiles()));
    }
  }

  private boolean hindered(Workload workload, Peer peer) {
    String obstacle = peer.obstacle(workload);
    if (obstacle != null) {
      omit(workload.name() + " through " + peer.name() + ": " + obstacle);
    }
    return obstacle != null;
  }

  /** Round 0 warms up. Every other one goes backwards: who comes later finds another machine. */
  private void run(List<Scenario> scenarios) throws IOException, InterruptedException {
    for (int round = 0; round <= options.rounds(); round++) {
      for (Scenario scenario : round % 2 == 0 ? scenarios.reversed() : scenarios) {
        if (round > 0 || scenario.trial().warmsUp()) {
          run(scenario, round);
        }
      }
      checkpoint.reached(results);
    }
  }

  private void run(Scenario scenario, int round) throws InterruptedException {
    for (Running each : List.copyOf(scenario.able())) {
      run(scenario, each, round);
    }
    // Who comes first finds the machine in another state than who comes last.
    Collections.rotate(scenario.able(), 1);
  }

  /** One run; a peer that fails is out of this workload, and of nothing else. */
  private void run(Scenario scenario, Running peer, int round) throws InterruptedException {
    Workload workload = scenario.workload();
    String name = peer.peer().name();
    try {
      if (round == 0) {
        warmUp(scenario, peer);
      } else {
        Outcome outcome = scenario.trial().run(peer, options.seconds());
        int beside = workload.beside().possible();
        record(new Result(workload.name(), scenario.clients(), beside, name, round, outcome));
      }
    } catch (IOException failure) {
      scenario.able().remove(peer);
      omit(
          "%s, %d clients, through %s, from round %d on: %s"
              .formatted(workload.name(), scenario.clients(), name, round, failure.getMessage()));
      revive(peer);
    }
  }

  /**
   * In several runs: with the first clients that leave, a JVM compiles much of what it has again.
   */
  private void warmUp(Scenario scenario, Running peer) throws IOException, InterruptedException {
    int left = options.warmUp();
    while (left > 0) {
      scenario.trial().run(peer, Math.min(left, WARM_UP_SECONDS));
      left -= WARM_UP_SECONDS;
    }
  }

  /** Its end must not be that of the other workloads. */
  private void revive(Running peer) throws InterruptedException {
    try {
      peer.revive();
    } catch (IOException failure) {
      omit(peer.peer().name() + ": " + failure.getMessage());
    }
  }

  private void record(Result result) {
    results.add(result);
    StringBuilder line = new StringBuilder();
    line.append(
        String.format("%-32s %-24s round %d", result.scenario(), result.peer(), result.round()));
    for (Metric metric : SHOWN) {
      result
          .value(metric)
          .ifPresent(
              value ->
                  line.append(String.format(Locale.ROOT, "  %s %,.1f", metric.title(), value)));
    }
    out.println(line);
  }

  private void omit(String what) {
    results.omit(what);
    out.println("not measured: " + what);
  }
}
