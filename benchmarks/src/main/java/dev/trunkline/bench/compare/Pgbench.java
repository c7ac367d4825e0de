package dev.trunkline.bench.compare;

import dev.trunkline.bench.compare.Workload.Driver;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/** Runs pgbench. */
final class Pgbench {
  private static final Pattern PROCESSED =
      Pattern.compile("number of transactions actually processed: (\\d+)");
  private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");
  private static final Pattern FAILED = Pattern.compile("client \\d+ .*(aborted|failed)");

  /** A line of the log for each transaction would cost the client more than the transaction. */
  private static final int LOGGED_PER_SECOND = 2_000;

  private static final Duration FILLING = Duration.ofMinutes(10);

  /**
   * Above the time of a run: 1,000 clients are connected first, and may end with slow transactions.
   */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final Bench bench;
  private final int perSecond;

  /** As fast as it goes. */
  Pgbench(Bench bench) {
    this(bench, 0);
  }

  /**
   * At a rate.
   *
   * @param perSecond transactions of all clients together; 0 for as fast as it goes
   */
  Pgbench(Bench bench, int perSecond) {
    this.bench = bench;
    this.perSecond = perSecond;
  }

  /** Makes pgbench's own tables. */
  static void fill(Bench bench) throws IOException, InterruptedException {
    Programs.run(
        bench.directory(),
        environment(bench.port(), Bench.DATABASE, Setup.PLAIN),
        FILLING,
        List.of("pgbench", "-i", "-q", "-s", Integer.toString(bench.scale())));
  }

  /**
   * Runs a workload against whoever listens on a port.
   *
   * @param routed whether it routes by workspace
   * @param expected transactions per second, for the part of them whose latency is logged
   */
  Load run(Workload workload, int clients, int seconds, int port, boolean routed, double expected)
      throws IOException, InterruptedException {
    boolean byWorkspace = routed && workload.routed();
    Path directory = Files.createTempDirectory(bench.directory(), "pgbench-");
    Path script = directory.resolve("script");
    Files.writeString(script, byWorkspace ? workload.routedScript() : workload.script());
    String text =
        Programs.run(
            directory,
            environment(port, byWorkspace ? Bench.SHARDED : Bench.DATABASE, workload.setup()),
            Duration.ofSeconds(seconds).plus(GRACE),
            command(workload, clients, seconds, script, expected));
    requireNoFailure(text);
    Load load = new Load((long) number(PROCESSED, text), number(RATE, text), latencies(directory));
    delete(directory);
    return load;
  }

  private List<String> command(
      Workload workload, int clients, int seconds, Path script, double expected) {
    List<String> command = new ArrayList<>(List.of("pgbench", "-n", "-l"));
    command.addAll(List.of("-M", workload.driver().protocol(), "-f", script.toString()));
    command.addAll(List.of("-c", "" + clients, "-j", "1", "-T", "" + seconds));
    command.addAll(List.of("-D", "scale=" + bench.scale(), "-D", "started=0"));
    command.addAll(List.of("-D", "schemas=" + Math.max(1, workload.schemas())));
    if (expected > LOGGED_PER_SECOND) {
      command.add("--sampling-rate=" + LOGGED_PER_SECOND / expected);
    }
    if (perSecond > 0) {
      command.add("--rate=" + perSecond);
    }
    if (workload.driver() == Driver.RECONNECT) {
      command.add("-C");
    }
    return command;
  }

  private static Map<String, String> environment(int port, String database, Setup setup) {
    return Map.of(
        "PGHOST",
        "127.0.0.1",
        "PGPORT",
        Integer.toString(port),
        "PGUSER",
        Bench.USER,
        "PGPASSWORD",
        Bench.PASSWORD,
        "PGDATABASE",
        database,
        "PGSSLMODE",
        setup.clientSslMode());
  }

  /** A client that gives up makes pgbench print, not fail. */
  private static void requireNoFailure(String text) throws IOException {
    for (String line : text.lines().toList()) {
      if (FAILED.matcher(line).find()) {
        throw new IOException(line);
      }
    }
  }

  private static double number(Pattern pattern, String text) throws IOException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IOException("pgbench prints no " + pattern + ":\n" + text);
    }
    return Double.parseDouble(matcher.group(1));
  }

  private static long[] latencies(Path directory) throws IOException {
    LongStream.Builder all = LongStream.builder();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "pgbench_log*")) {
      for (Path file : files) {
        for (String line : Files.readAllLines(file)) {
          all.add(Long.parseLong(line.split(" ", -1)[2]));
        }
      }
    }
    return all.build().sorted().toArray();
  }

  private static void delete(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
