package dev.trunkline.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CompareTest {
  static final Path DISTRIBUTION = Path.of("../proxy-server/target/trunkline-0.1.0-SNAPSHOT");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path temporary;

  private int run(String... args) {
    return new Compare(print(out), print(err)).run(args);
  }

  private static PrintStream print(ByteArrayOutputStream to) {
    return new PrintStream(to, true, StandardCharsets.UTF_8);
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }

  private static void requireProgram(String name) {
    assumeTrue(Programs.find(name).isPresent(), name + " is not installed");
  }

  @Test
  @Timeout(300)
  void measuresEveryPeerAndWritesItDown() throws IOException {
    requireProgram("pgbench");
    requireProgram("openssl");
    requireProgram("pgbouncer");
    assumeTrue(Files.exists(DISTRIBUTION), "the distribution is not built yet");
    int status =
        run(
            "--quick",
            "--clients",
            "1",
            "--workloads",
            "select,workspace-transaction-5,copy-in,idle-2000,neighbour-paused,dark-reads-1,start",
            "--transports",
            "epoll",
            "--trunkline",
            DISTRIBUTION.toString(),
            "--output",
            temporary.toString());
    assertThat(status).as(this::said).isZero();
    assertThat(temporary.resolve("results.json"))
        .content()
        .contains("\"peer\": \"trunkline-epoll\"", "\"peer\": \"pgbouncer\"", "\"p999\"")
        .contains("\"workload\": \"workspace-transaction-5\"", "\"workload\": \"copy-in\"")
        .contains("\"workload\": \"neighbour-paused\"", "\"workload\": \"dark-reads-1\"")
        .contains("neighbour-paused through pgbouncer: knows no workspaces")
        .doesNotContain("through trunkline-epoll:", "copy-in through pgbouncer:");
    assertThat(temporary.resolve("results.md"))
        .content()
        .contains("÷ PgBouncer", "− direct", "MB/CPU second", "longest GC pause", "first answer");
    assertThat(temporary.resolve("throughput.svg")).content().startsWith("<svg");
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void explainsItself() {
    assertThat(run("--help")).isZero();
    assertThat(run("--list")).isZero();
    assertThat(run("--workloads", "none")).isEqualTo(2);
    assertThat(run("--rounds", "0")).isEqualTo(2);
    assertThat(run("--peer", "nameless")).isEqualTo(2);
    assertThat(said())
        .contains("Usage: benchmarks/compare", "idle-20000", "no workload none", "NAME=COMMAND");
  }

  @Test
  void comparesPairsOfTheSameRound() {
    Results results = new Results(List.of("mine", "its"));
    double[][] cpu = {{10, 20}, {30, 20}, {20, 40}};
    for (int round = 1; round <= cpu.length; round++) {
      results.add(result("mine", round, cpu[round - 1][0]));
      results.add(result("its", round, cpu[round - 1][1]));
    }
    String scenario = results.scenarios().iterator().next();
    assertThat(results.ratio(scenario, "mine", "its", Metric.CPU))
        .extracting(Results.Spread::median, Results.Spread::least, Results.Spread::most)
        .containsExactly(0.5, 0.5, 1.5);
    assertThat(results.added(scenario, "mine", "its", Metric.CPU))
        .extracting(Results.Spread::median, Results.Spread::least, Results.Spread::most)
        .containsExactly(-10.0, -20.0, 10.0);
    Results.Spread opposite = Results.Spread.of(0.5, 2);
    assertThat(opposite.mean()).isCloseTo(1, within(1e-9));
    assertThat(opposite.error()).isCloseTo(Math.log(2), within(1e-9));
    assertThat(results.median(scenario, "mine", Metric.CPU)).hasValue(20);
    assertThat(results.median(scenario, "mine", Metric.P50)).isEmpty();
    assertThat(results.metrics(scenario)).containsExactly(Metric.CPU);
    assertThat(results.ratio(scenario, "mine", "nobody", Metric.CPU)).isNull();
  }

  @Test
  void comparesACaseWithTheSameWithoutWhatItAdds() {
    Results results = new Results(List.of("mine"));
    for (int round = 1; round <= 2; round++) {
      results.add(result("neighbour", "mine", round, 10 * round));
      results.add(result("neighbour-paused", "mine", round, 15 * round));
    }
    assertThat(results.without("neighbour, 1 client")).isEmpty();
    assertThat(results.without("neighbour-paused, 1 client")).contains("neighbour, 1 client");
    assertThat(new Report(results, Map.of()).markdown())
        .containsOnlyOnce("÷ neighbour, 1 client")
        .contains("| mine | 1.500 (1.50–1.50), mean 1.500 ± 0.000 |");
  }

  private static Result result(String peer, int round, double cpu) {
    return result("select", peer, round, cpu);
  }

  private static Result result(String workload, String peer, int round, double cpu) {
    return new Result(workload, 1, 0, peer, round, new Outcome(Map.of(Metric.CPU, cpu)));
  }

  @Test
  void showsThePartsOfAReportSideBySide() throws IOException {
    for (String part : List.of("first", "second")) {
      Results results = new Results(List.of(Peers.PGBOUNCER, part));
      results.add(result(part, 1, 10));
      results.add(result(Peers.PGBOUNCER, 1, 20));
      results.omit("a line\nand the log behind it");
      new Report(results, Map.of("day", "today")).write(temporary.resolve(part));
      ReportIndex.write(temporary);
    }
    assertThat(temporary.resolve("first/results.md")).content().doesNotContain("behind it");
    assertThat(temporary.resolve("README.md"))
        .content()
        .contains("## [first](first/results.md)", "| select, 1 client | first | 10.00 (0.50) |")
        .contains("## [second](second/results.md)", "| select, 1 client | pgbouncer | 20.00 |");
  }

  @Test
  void readsThePausesOfACollector() throws IOException {
    Path log = temporary.resolve("gc");
    Files.writeString(
        log,
        """
        [0.004s] Using Serial
        [0.310s] GC(0) Pause Young (Allocation Failure) 4M->1M(15M) 1.943ms
        [0.624s] GC(1) Pause Full (Metadata GC Threshold) 4M->2M(15M) 10.5ms
        """);
    assertThat(GcLog.pauses(log)).containsExactly(1.943, 10.5);
  }

  @Test
  void endsAProgramThatHangs() {
    assertThatThrownBy(
            () ->
                Programs.run(
                    temporary, Map.of(), Duration.ofSeconds(1), List.of("sh", "-c", "sleep 60; :")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("sh did not end in 1 s");
  }

  @Test
  void readsTheKernelsAccountsOfAProcess() throws IOException {
    ProcessSample sample = ProcessSample.of(ProcessHandle.current().pid());
    assertThat(sample.residentBytes()).isGreaterThan(10 << 20);
    assertThat(sample.userMicros()).isPositive();
    assertThat(sample.switches()).isPositive();
  }

  @Test
  void takesQuantilesFromTheLatenciesThatWereSeen() {
    Load load = new Load(4, 4, 1, 2, 3, 100);
    assertThat(load.quantile(0.5)).isEqualTo(2);
    assertThat(load.quantile(0.99)).isEqualTo(100);
    assertThat(new Load(0, 0).quantile(0.5)).isZero();
  }
}
