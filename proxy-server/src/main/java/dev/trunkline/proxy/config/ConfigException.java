package dev.trunkline.proxy.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration file that cannot be used, with everything that is wrong with it. */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final String logfile;

  ConfigException(List<Problem> problems, String logfile) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
    this.logfile = logfile;
  }

  /** Every problem found, in the order of the lines. */
  public List<Problem> problems() {
    return problems;
  }

  /** Where the file wants the log, which is where it is looked for; "" if that is not known. */
  public String logfile() {
    return logfile;
  }
}
