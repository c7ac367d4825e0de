package dev.trunkline.proxy.compat;

import java.util.ArrayList;
import java.util.List;

/**
 * What a client does, to be done to two proxies.
 *
 * <p>Written as text: {@code == name} begins a scenario, {@code ini line} adds a line to the {@code
 * [pgbouncer]} section of its configuration, {@code who verb rest} is a step of the connection
 * {@code who} (see {@link Speaker}), {@code #} begins a comment.
 */
record Scenario(String name, List<String> settings, List<Step> steps) {
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
        scenarios.add(new Scenario(line.substring(3), new ArrayList<>(), new ArrayList<>()));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        scenarios.getLast().add(line);
      }
    }
    return scenarios;
  }

  private void add(String line) {
    String[] words = line.split(" ", 3);
    if (words[0].equals("ini")) {
      settings.add(line.substring("ini ".length()));
    } else {
      steps.add(new Step(words[0], words[1], words.length > 2 ? words[2] : ""));
    }
  }
}
