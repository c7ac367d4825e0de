package dev.trunkline.proxy;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the program was started with. PgBouncer's options have its letters and names, and are read
 * as getopt_long reads them: letters may be joined as in {@code -qd}, names shortened as in {@code
 * --verb}, and a mistake is told in its words.
 */
final class CommandLine {
  static final String USAGE =
      """
      Usage: trunkline [OPTION]... CONFIG

      Serves the PostgreSQL databases that CONFIG describes: a pgbouncer.ini, or HOCON.

        -d, --daemon           run in the background (needs pidfile)
        -u, --user=USERNAME    run as USERNAME, when started by root
        -q, --quiet            write nothing to standard error
        -v, --verbose          more in the log; twice for more still
        -V, --version          print the versions of program and libraries, and exit
        -h, --help             print this and exit
            --check            read the configuration, name its problems, and exit
            --group=A[,B]      serve these proxy groups only (default: all of CONFIG)

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

  /** What may stand before the file; a letter of 0 has only the name. */
  private enum Option {
    DAEMON('d', "daemon"),
    USER('u', "user"),
    QUIET('q', "quiet"),
    VERBOSE('v', "verbose"),
    VERSION('V', "version"),
    HELP('h', "help"),
    REBOOT('R', "reboot"),
    CHECK('\0', "check"),
    GROUP('\0', "group");

    private final char letter;
    private final String word;

    Option(char letter, String word) {
      this.letter = letter;
      this.word = word;
    }

    private boolean takesValue() {
      return this == USER || this == GROUP;
    }
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
      throw new IllegalArgumentException("no configuration file specified");
    }
    return line;
  }

  private void word(String word) {
    if (word.equals("--")) {
      words.forEach(this::file);
      words.clear();
    } else if (word.startsWith("--")) {
      named(word.substring(2));
    } else if (word.startsWith("-") && word.length() > 1) {
      letters(word.substring(1));
    } else {
      file(word);
    }
  }

  private void file(String word) {
    if (file != null) {
      throw new IllegalArgumentException("more than one configuration file: " + word);
    }
    file = Path.of(word);
  }

  /** {@code name}, {@code name=value}, or the beginning of one name. */
  private void named(String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    Option option = find(name);
    if (equals >= 0 && !option.takesValue()) {
      throw new IllegalArgumentException(
          "option '--" + option.word + "' doesn't allow an argument");
    }
    if (equals >= 0) {
      words.push(text.substring(equals + 1));
    } else if (option.takesValue() && words.isEmpty()) {
      throw new IllegalArgumentException("option '--" + option.word + "' requires an argument");
    }
    take(option);
  }

  private static Option find(String name) {
    List<Option> found =
        Arrays.stream(Option.values())
            .filter(option -> option.word.startsWith(name))
            .filter(option -> !name.isEmpty())
            .toList();
    for (Option option : found) {
      if (option.word.equals(name)) {
        return option;
      }
    }
    if (found.size() != 1) {
      String what = found.isEmpty() ? "unrecognized option '--" : "ambiguous option '--";
      throw new IllegalArgumentException(what + name + "'");
    }
    return found.getFirst();
  }

  /** The rest behind a letter that takes a value is its value. */
  private void letters(String letters) {
    char letter = letters.charAt(0);
    String rest = letters.substring(1);
    Option option =
        Arrays.stream(Option.values())
            .filter(each -> each.letter == letter)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("invalid option -- '" + letter + "'"));
    if (option.takesValue() && !rest.isEmpty()) {
      words.push(rest);
      rest = "";
    } else if (option.takesValue() && words.isEmpty()) {
      throw new IllegalArgumentException("option requires an argument -- '" + letter + "'");
    }
    take(option);
    if (!rest.isEmpty()) {
      letters(rest);
    }
  }

  private void take(Option option) {
    switch (option) {
      case HELP -> task = Task.HELP;
      case VERSION -> task = Task.VERSION;
      case CHECK -> task = Task.CHECK;
      case QUIET -> manners.add(Manner.QUIET);
      case DAEMON -> manners.add(Manner.DAEMON);
      case VERBOSE -> verbosity++;
      case USER -> user = words.poll();
      case GROUP -> groups.addAll(Arrays.asList(words.poll().split(",")));
      case REBOOT ->
          throw new IllegalArgumentException(
              "-R (online restart) is not supported: start the new process with so_reuseport = 1"
                  + " beside the old one, and stop that with SIGTERM");
    }
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
