package dev.trunkline.bench.compare;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The command line of {@code benchmarks/compare}. */
final class CompareOptions {
  static final String USAGE =
      """
      Usage: benchmarks/compare [OPTION]...
      Measures Trunkline, PgBouncer and other peers side by side in front of one PostgreSQL, in rounds.

        --workloads A,B    which to run, or "all" (default select); --list names them
        --clients N,M      concurrent clients; each workload runs with each (default 64)
        --rounds N         how often each peer has its turn (default 5)
        --seconds N        duration of one run (default 10)
        --warm-up N        seconds before the first run of a workload through a peer (default 10)
        --transports A,B   of Trunkline: epoll, io_uring, nio (default epoll,io_uring)
        --loops N          one more Trunkline for each transport, with that many event loops
        --aot              one more Trunkline for each transport, which starts from an AOT cache
        --peers A,B        only these (default all that are found); --list names the usual ones
        --peer NAME=CMD    one more pooler: a shell command that listens on $BENCH_PORT and serves
                           database $BENCH_DATABASE of $BENCH_POSTGRES_PORT to $BENCH_USER with
                           $BENCH_POOL server connections; see docs/benchmarks/README.md
        --pgbouncer FILE   the program, when not the one on PATH
        --trunkline DIR    an unpacked distribution (default the one this build has made)
        --scale N          of pgbench's tables for tpcb (default 10)
        --output DIR       where results go (default benchmarks/target/compare)
        --part NAME        one of several runs: its results go to a directory of that name in DIR,
                           whose README.md shows all of them side by side
        --quick            one short round, to see whether everything works
        --list             names workloads and peers
        --help             this text
      """;

  private List<Workload> workloads = List.of(Workloads.named("select"));
  private List<Integer> clients = List.of(64);
  private int rounds = 5;
  private int seconds = 10;
  private int warmUp = 10;
  private List<String> transports = List.of("epoll", "io_uring");
  private int loops;
  private boolean aot;
  private Set<String> peers = Set.of();
  private final Map<String, String> commands = new LinkedHashMap<>();
  private Path pgbouncer;
  private Path distribution = Path.of("proxy-server/target/trunkline-0.1.0-SNAPSHOT");
  private int scale = 10;
  private Path output = Path.of("benchmarks/target/compare");
  private String part;
  private boolean list;
  private boolean help;

  private CompareOptions() {}

  /**
   * @throws IllegalArgumentException with a message for the user
   */
  static CompareOptions parse(String... args) {
    CompareOptions options = new CompareOptions();
    Deque<String> left = new ArrayDeque<>(List.of(args));
    while (!left.isEmpty()) {
      options.take(left.pop(), left);
    }
    return options;
  }

  private void take(String option, Deque<String> left) {
    switch (option) {
      case "--workloads" -> workloads = workloads(value(option, left));
      case "--clients" ->
          clients = words(value(option, left)).map(each -> number(option, each)).toList();
      case "--rounds" -> rounds = number(option, value(option, left));
      case "--seconds" -> seconds = number(option, value(option, left));
      case "--warm-up" -> warmUp = number(option, value(option, left));
      case "--transports" -> transports = words(value(option, left)).toList();
      case "--loops" -> loops = number(option, value(option, left));
      case "--aot" -> aot = true;
      case "--peers" -> peers = Set.copyOf(words(value(option, left)).toList());
      case "--peer" -> peer(value(option, left));
      case "--pgbouncer" -> pgbouncer = path(option, left);
      case "--trunkline" -> distribution = path(option, left);
      case "--scale" -> scale = number(option, value(option, left));
      case "--output" -> output = path(option, left);
      case "--part" -> part = value(option, left);
      case "--quick" -> quick();
      case "--list" -> list = true;
      case "--help", "-h" -> help = true;
      default -> throw new IllegalArgumentException("unknown option " + option);
    }
  }

  private void quick() {
    rounds = 1;
    seconds = 1;
    warmUp = 1;
    scale = 1;
    clients = List.of(4);
  }

  private void peer(String definition) {
    int at = definition.indexOf('=');
    if (at <= 0) {
      throw new IllegalArgumentException("--peer needs NAME=COMMAND, not " + definition);
    }
    commands.put(definition.substring(0, at), definition.substring(at + 1));
  }

  private static List<Workload> workloads(String names) {
    return names.equals("all") ? Workloads.ALL : words(names).map(Workloads::named).toList();
  }

  private static Stream<String> words(String list) {
    return Stream.of(list.split(",", -1));
  }

  private static int number(String option, String text) {
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(option + " needs a number, not " + text, e);
    }
    throw new IllegalArgumentException(option + " must be positive, not " + text);
  }

  private static Path path(String option, Deque<String> left) {
    return Path.of(value(option, left)).toAbsolutePath().normalize();
  }

  private static String value(String option, Deque<String> left) {
    if (left.isEmpty() || left.peek().isEmpty()) {
      throw new IllegalArgumentException(option + " needs a value");
    }
    return left.pop();
  }

  List<Workload> workloads() {
    return workloads;
  }

  List<Integer> clients() {
    return clients;
  }

  int rounds() {
    return rounds;
  }

  /** Duration of one run. */
  int seconds() {
    return seconds;
  }

  /** Seconds of the run that is not counted. */
  int warmUp() {
    return warmUp;
  }

  List<String> transports() {
    return transports;
  }

  /** Event loops of a second Trunkline; 0 for no such peer. */
  int loops() {
    return loops;
  }

  /** Whether there is a Trunkline with an AOT cache. */
  boolean aot() {
    return aot;
  }

  /** Whether a peer is among those asked for; a word stands for all that begin with it. */
  boolean wants(String peer) {
    return peers.isEmpty() || peers.stream().anyMatch(peer::startsWith);
  }

  /** Shell commands of further peers, by name. */
  Map<String, String> commands() {
    return commands;
  }

  /** The program, or null for the one on PATH. */
  Path pgbouncer() {
    return pgbouncer;
  }

  /** An unpacked distribution of Trunkline. */
  Path distribution() {
    return distribution.toAbsolutePath();
  }

  int scale() {
    return scale;
  }

  /** Where the results go. */
  Path output() {
    return part == null ? output.toAbsolutePath() : index().resolve(part);
  }

  /** The directory of all parts; null when the run is not one of them. */
  Path index() {
    return part == null ? null : output.toAbsolutePath();
  }

  boolean list() {
    return list;
  }

  boolean help() {
    return help;
  }
}
