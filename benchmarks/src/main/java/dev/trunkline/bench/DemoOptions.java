package dev.trunkline.bench;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The command line of the demo.
 *
 * @param port the proxy's common listener; the groups take the two ports behind it
 * @param metricsPort where metrics are served
 * @param data directory that outlives the demo; null for a temporary one
 * @param workspaces how many to create; null when not asked for
 * @param seed of the generated content; null when not asked for
 * @param check run unattended on free ports instead of waiting for visitors
 */
record DemoOptions(
    int port,
    int metricsPort,
    Path data,
    Integer workspaces,
    Long seed,
    boolean check,
    boolean help) {

  static final int DEFAULT_WORKSPACES = 300;
  static final long DEFAULT_SEED = 1;

  static final String USAGE =
      """
      Usage: benchmarks/demo [OPTION]...
      Starts two PostgreSQL servers with six logical shards, fills them, and runs the proxy in front.

        --port N          port of the proxy; N+1 and N+2 serve the groups (default 6432)
        --metrics-port N  port of the metrics (default 9127)
        --data DIR        keep the data in DIR; the next start with it is quicker
        --workspaces N    number of workspaces (default 300)
        --seed N          seed of the generated content (default 1)
        --check           run traffic through the proxy on free ports, compare, exit 0 or 1
        --help            this text
      """;

  /**
   * @throws IllegalArgumentException with a message for the user
   */
  static DemoOptions parse(String... args) {
    Deque<String> left = new ArrayDeque<>(List.of(args));
    DemoOptions options = new DemoOptions(6432, 9127, null, null, null, false, false);
    while (!left.isEmpty()) {
      options = options.with(left.pop(), left);
    }
    return options;
  }

  private DemoOptions with(String option, Deque<String> left) {
    return switch (option) {
      case "--port" -> withPort((int) number(option, left, 1, 65533));
      case "--metrics-port" -> withMetricsPort((int) number(option, left, 1, 65535));
      case "--data" -> withData(Path.of(value(option, left)).toAbsolutePath().normalize());
      case "--workspaces" -> withWorkspaces((int) number(option, left, 1, 100_000));
      case "--seed" -> withSeed(number(option, left, Long.MIN_VALUE, Long.MAX_VALUE));
      case "--check" -> new DemoOptions(port, metricsPort, data, workspaces, seed, true, help);
      case "--help", "-h" ->
          new DemoOptions(port, metricsPort, data, workspaces, seed, check, true);
      default -> throw new IllegalArgumentException("unknown option " + option);
    };
  }

  private DemoOptions withPort(int value) {
    return new DemoOptions(value, metricsPort, data, workspaces, seed, check, help);
  }

  private DemoOptions withMetricsPort(int value) {
    return new DemoOptions(port, value, data, workspaces, seed, check, help);
  }

  private DemoOptions withData(Path value) {
    return new DemoOptions(port, metricsPort, value, workspaces, seed, check, help);
  }

  DemoOptions withWorkspaces(int value) {
    return new DemoOptions(port, metricsPort, data, value, seed, check, help);
  }

  private DemoOptions withSeed(long value) {
    return new DemoOptions(port, metricsPort, data, workspaces, value, check, help);
  }

  private static long number(String option, Deque<String> left, long least, long most) {
    String text = value(option, left);
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
      throw new IllegalArgumentException(
          option + " must be between " + least + " and " + most + ", not " + text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + " needs a number, not " + text, e);
    }
  }

  private static String value(String option, Deque<String> left) {
    if (left.isEmpty() || left.peek().isEmpty()) {
      throw new IllegalArgumentException(option + " needs a value");
    }
    return left.pop();
  }
}
