package dev.trunkline.proxy.config;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Gathers what is wrong while a file is read, so that nothing stops at the first problem. */
final class Problems {
  private final Path file;
  private final List<Problem> found = new ArrayList<>();

  Problems(Path file) {
    this.file = file;
  }

  void add(ConfigOrigin origin, String message) {
    if (origin == null || origin.lineNumber() < 0) {
      found.add(new Problem(file.toString(), 0, message));
    } else {
      found.add(new Problem(nameOf(origin), origin.lineNumber(), message));
    }
  }

  /** The main file goes by the name the operator gave it. */
  private String nameOf(ConfigOrigin origin) {
    String name = origin.filename();
    return name == null || Path.of(name).equals(file.toAbsolutePath()) ? file.toString() : name;
  }

  void throwIfAny() throws ConfigException {
    throwIfAny("");
  }

  /**
   * @param logfile of a file that could be read so far; else ""
   */
  void throwIfAny(String logfile) throws ConfigException {
    if (!found.isEmpty()) {
      found.sort(Comparator.comparing(Problem::file).thenComparingInt(Problem::line));
      throw new ConfigException(found, logfile);
    }
  }
}
