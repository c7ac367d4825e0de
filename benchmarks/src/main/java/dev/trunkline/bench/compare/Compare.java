package dev.trunkline.bench.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The program {@code benchmarks/compare}. */
public final class Compare {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private final PrintStream out;
  private final PrintStream err;

  Compare(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] args) {
    System.exit(new Compare(System.out, System.err).run(args));
  }

  /** Returns the exit code. */
  int run(String... args) {
    try {
      CompareOptions options = CompareOptions.parse(args);
      if (options.help()) {
        out.print(CompareOptions.USAGE);
      } else if (options.list()) {
        list(options);
      } else {
        compare(options, args);
      }
      return 0;
    } catch (IllegalArgumentException e) {
      err.println("compare: " + e.getMessage());
      err.print(CompareOptions.USAGE);
      return USAGE;
    } catch (IOException | SQLException e) {
      err.println("compare: " + e.getMessage());
      return FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FAILED;
    }
  }

  private void list(CompareOptions options) throws IOException, InterruptedException {
    out.println(
        "workloads: " + String.join(" ", Workloads.ALL.stream().map(Workload::name).toList()));
    out.println(
        "peers: " + String.join(" ", Peers.find(options).stream().map(Peer::name).toList()));
  }

  private void compare(CompareOptions options, String[] args)
      throws IOException, InterruptedException, SQLException {
    List<Peer> peers = Peers.find(options);
    Map<String, String> facts = facts(options, args);
    Path directory = Files.createTempDirectory("trunkline-compare-");
    try (Bench bench = Bench.start(directory, options.scale())) {
      new Comparison(options, bench, peers, out, results -> write(results, facts, options)).run();
    } finally {
      delete(directory);
    }
    out.println("Results: " + options.output().resolve(Report.FILE));
  }

  /** After each round, so that an end before its time loses no more than a round. */
  private static void write(Results results, Map<String, String> facts, CompareOptions options)
      throws IOException {
    facts.put("load average at the end", load());
    new Report(results, facts).write(options.output());
    if (options.index() != null) {
      ReportIndex.write(options.index());
    }
  }

  private static Map<String, String> facts(CompareOptions options, String[] args)
      throws IOException, InterruptedException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("command", "benchmarks/compare " + String.join(" ", args));
    facts.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("processor", processor());
    facts.put("kernel", System.getProperty("os.version"));
    facts.put("Java", System.getProperty("java.vm.version"));
    facts.put("pgbench", firstLine("pgbench", "--version"));
    String bouncer = options.pgbouncer() == null ? Peers.PGBOUNCER : options.pgbouncer().toString();
    if (options.pgbouncer() != null || Programs.find(bouncer).isPresent()) {
      facts.put(
          "PgBouncer",
          firstLine(Programs.find(bouncer).map(Path::toString).orElse(bouncer), "--version"));
    }
    facts.put("rounds", options.rounds() + " of " + options.seconds() + " s");
    facts.put("load average at the begin", load());
    return facts;
  }

  private static String firstLine(String... command) throws IOException, InterruptedException {
    return Programs.run(Path.of("/"), command).lines().findFirst().orElse("");
  }

  private static String load() throws IOException {
    return Files.readString(Path.of("/proc/loadavg")).strip();
  }

  private static String processor() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(each -> each.startsWith("model name"))
          .findFirst()
          .map(each -> each.substring(each.indexOf(':') + 1).strip())
          .orElse("unknown");
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
