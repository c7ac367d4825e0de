package dev.trunkline.proxy.compat;

import java.util.ArrayList;
import java.util.List;

/**
 * What a client does, to be done to two proxies.
 *
 * <p>Written as text: {@code == name} begins a scenario, {@code ini line} adds a line to the {@code
 * [pgbouncer]} section of its configuration, {@code since 1.24} leaves out older PgBouncers, {@code
 * who verb rest} is a step of the connection {@code who} (see {@link Speaker}), {@code config
 * append line} and {@code config remove key} change the file for the next RELOAD, {@code #} begins
 * a comment.
 *
 * @param since versions, the oldest it is for
 */
record Scenario(String name, List<String> settings, List<String> since, List<Step> steps) {
  boolean isFor(String version) {
    return settings.stream().allMatch(setting -> Since.knows(setting, version))
        && since.stream().allMatch(older -> !Since.older(version, older));
  }

  record Step(String who, String verb, String rest) {
    @Override
    public String toString() {
      return who + "> " + (rest.isEmpty() ? verb : verb + " " + rest);
    }
  }

  static List<Scenario> parse(String text) {
    List<Scenario> scenarios = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.startsWith("== ")) {
        scenarios.add(named(line.substring(3)));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        scenarios.getLast().add(line);
      }
    }
    return scenarios;
  }

  private static Scenario named(String name) {
    return new Scenario(name, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
  }

  private void add(String line) {
    String[] words = line.split(" ", 3);
    if (words[0].equals("ini")) {
      settings.add(line.substring("ini ".length()));
    } else if (words[0].equals("since")) {
      since.add(words[1]);
    } else {
      steps.add(new Step(words[0], words[1], words.length > 2 ? words[2] : ""));
    }
  }
}
