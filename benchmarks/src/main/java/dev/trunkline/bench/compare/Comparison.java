package dev.trunkline.bench.compare;

import dev.trunkline.bench.compare.Workload.Driver;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Gives each peer its turn in each round of each workload. A round goes through all workloads, so
 * that these can be compared with each other, too.
 */
final class Comparison {
  private final CompareOptions options;
  private final Bench bench;
  private final List<Peer> peers;
  private final PrintStream out;
  private final Results results = new Results();

  Comparison(CompareOptions options, Bench bench, List<Peer> peers, PrintStream out) {
    this.options = options;
    this.bench = bench;
    this.peers = peers;
    this.out = out;
  }

  Results run() throws IOException, InterruptedException {
    Map<Setup, List<Workload>> bySetup = new LinkedHashMap<>();
    for (Workload workload : options.workloads()) {
      bySetup.computeIfAbsent(workload.setup(), setup -> new ArrayList<>()).add(workload);
    }
    for (Map.Entry<Setup, List<Workload>> each : bySetup.entrySet()) {
      run(each.getKey(), each.getValue());
    }
    return results;
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
  private record Scenario(
      Workload workload, int clients, List<Running> able, Map<Running, Double> rates) {}

  private List<Scenario> scenarios(List<Workload> workloads, List<Running> running) {
    List<Scenario> scenarios = new ArrayList<>();
    for (Workload workload : workloads) {
      List<Running> able = new ArrayList<>(running);
      able.removeIf(each -> hindered(workload, each.peer()));
      for (int clients : options.clients()) {
        scenarios.add(new Scenario(workload, clients, new ArrayList<>(able), new HashMap<>()));
      }
    }
    return scenarios;
  }

  /** Round 0 warms up. */
  private void run(List<Scenario> scenarios) throws InterruptedException {
    for (int round = 0; round <= options.rounds(); round++) {
      for (Scenario scenario : scenarios) {
        for (Running each : List.copyOf(scenario.able())) {
          measured(scenario, each, round);
        }
        // Who comes first finds the machine in another state than who comes last.
        Collections.rotate(scenario.able(), 1);
      }
    }
  }

  private boolean hindered(Workload workload, Peer peer) {
    String obstacle = peer.obstacle(workload);
    if (obstacle != null) {
      omit(workload.name() + " through " + peer.name() + ": " + obstacle);
    }
    return obstacle != null;
  }

  /** One run; a peer that fails is out of this workload. */
  private void measured(Scenario scenario, Running peer, int round) throws InterruptedException {
    int seconds = round == 0 ? options.warmUp() : options.seconds();
    Workload workload = scenario.workload();
    try (Closeable _ = workload.beside().begin(peer.port())) {
      ProcessSample before = peer.sample();
      double expected = scenario.rates().getOrDefault(peer, 1e5);
      Load load = load(workload, scenario.clients(), seconds, peer, expected);
      ProcessSample used = peer.sample().since(before);
      scenario.rates().put(peer, load.perSecond());
      if (round > 0) {
        record(Result.of(workload, scenario.clients(), peer.peer().name(), round, load, used));
      }
    } catch (IOException failure) {
      scenario.able().remove(peer);
      omit(workload.name() + " through " + peer.peer().name() + ": " + failure.getMessage());
    }
  }

  private Load load(Workload workload, int clients, int seconds, Running peer, double expected)
      throws IOException, InterruptedException {
    if (workload.driver() == Driver.COPY) {
      return new CopyLoad(workload, seconds, peer.port()).run(clients);
    }
    return new Pgbench(bench)
        .run(workload, clients, seconds, peer.port(), peer.peer().routes(), expected);
  }

  private void record(Result result) {
    results.add(result);
    out.printf(
        Locale.ROOT,
        "%-28s %-20s round %d %,10.0f/s  p50 %,8d  p99 %,8d µs  CPU %8.1f µs (user %.1f)%n",
        result.scenario(),
        result.peer(),
        result.round(),
        result.perSecond(),
        result.p50(),
        result.p99(),
        result.cpuMicros(),
        result.userMicros());
  }

  private void omit(String what) {
    results.omit(what);
    out.println("not measured: " + what);
  }
}
