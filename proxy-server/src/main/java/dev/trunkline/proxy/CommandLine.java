package dev.trunkline.proxy;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the program was started with. PgBouncer's options have its letters and names, and letters
 * may be joined as in {@code -qd}.
 */
final class CommandLine {
  static final String USAGE =
      """
      Usage: trunkline [OPTION]... CONFIG

      Serves the PostgreSQL databases that CONFIG describes: a pgbouncer.ini, or HOCON.

        -d, --daemon           run in the background (needs pidfile)
        -u, --user USERNAME    run as USERNAME, when started by root
        -q, --quiet            write nothing to standard error
        -v, --verbose          more in the log; twice for more still
        -V, --version          print the version and exit
        -h, --help             print this and exit
            --check            read the configuration, name its problems, and exit
            --group A[,B]      serve these proxy groups only (default: all of CONFIG)

      Signals: HUP reloads CONFIG. TERM stops when the last client has left, INT when
      every server connection is free; a second one, or QUIT, at once. USR1 pauses, USR2
      resumes.
      """;

  /** What is to be done. */
  enum Task {
    SERVE,
    CHECK,
    HELP,
    VERSION
  }

  /** How it is done. */
  enum Manner {
    QUIET,
    DAEMON
  }

  private final Deque<String> words;
  private final Set<String> groups = new HashSet<>();
  private final Set<Manner> manners = new HashSet<>();
  private Task task = Task.SERVE;
  private String user = "";
  private int verbosity;
  private Path file;

  private CommandLine(List<String> arguments) {
    words = new ArrayDeque<>(arguments);
  }

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException with a sentence
   */
  static CommandLine parse(String... arguments) {
    CommandLine line = new CommandLine(Arrays.asList(arguments));
    while (!line.words.isEmpty()) {
      line.word(line.words.poll());
    }
    boolean needsFile = line.task == Task.SERVE || line.task == Task.CHECK;
    if (needsFile && line.file == null) {
      throw new IllegalArgumentException("no configuration file given");
    }
    return line;
  }

  private void word(String word) {
    if (word.startsWith("--")) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        words.push(word.substring(equals + 1));
        option(word.substring(0, equals));
      } else {
        option(word);
      }
    } else if (word.startsWith("-") && word.length() > 1) {
      letters(word.substring(1));
    } else if (file == null) {
      file = Path.of(word);
    } else {
      throw new IllegalArgumentException("unexpected argument: " + word);
    }
  }

  /** The rest behind a letter that takes a value is its value. */
  private void letters(String letters) {
    String rest = letters.substring(1);
    if (letters.charAt(0) == 'u' && !rest.isEmpty()) {
      words.push(rest);
      rest = "";
    }
    option("-" + letters.charAt(0));
    if (!rest.isEmpty()) {
      letters(rest);
    }
  }

  private void option(String option) {
    switch (option) {
      case "-h", "--help" -> task = Task.HELP;
      case "-V", "--version" -> task = Task.VERSION;
      case "--check" -> task = Task.CHECK;
      case "-q", "--quiet" -> manners.add(Manner.QUIET);
      case "-d", "--daemon" -> manners.add(Manner.DAEMON);
      case "-v", "--verbose" -> verbosity++;
      case "-u", "--user" -> user = value(option);
      case "--group" -> groups.addAll(Arrays.asList(value(option).split(",")));
      case "-R", "--reboot" ->
          throw new IllegalArgumentException(
              "-R (online restart) is not supported: start the new process with so_reuseport = 1"
                  + " beside the old one, and stop that with SIGTERM");
      default -> throw new IllegalArgumentException("unexpected argument: " + option);
    }
  }

  private String value(String option) {
    if (words.isEmpty()) {
      throw new IllegalArgumentException(option + " needs a name");
    }
    return words.poll();
  }

  Task task() {
    return task;
  }

  boolean is(Manner manner) {
    return manners.contains(manner);
  }

  Set<String> groups() {
    return groups;
  }

  /** User to run as, "" where the configuration decides. */
  String user() {
    return user;
  }

  int verbosity() {
    return Math.min(verbosity, 2);
  }

  Path file() {
    return file;
  }
}
