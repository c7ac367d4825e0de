package dev.trunkline.proxy.auth;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Which users a name of a certificate or of the operating system may log in as: one map of {@code
 * auth_ident_file}.
 */
public final class IdentMap {
  /** Where no map is named: the user of the same name. */
  static final IdentMap SAME = new IdentMap();

  private record Entry(String systemUser, String user, boolean all) {
    boolean allows(String name, String wanted) {
      return systemUser.equals(name) && (all || user.equals(wanted));
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  private IdentMap() {}

  boolean allows(String name, String user) {
    return this == SAME
        ? name.equals(user)
        : entries.stream().anyMatch(entry -> entry.allows(name, user));
  }

  /**
   * Reads a file of lines {@code map system-user user}; {@code all} for the user means anyone.
   *
   * @param warnings takes a sentence for each line that is skipped
   */
  static Map<String, IdentMap> parse(String text, Consumer<String> warnings) {
    Map<String, IdentMap> maps = new HashMap<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      try {
        line(RuleLine.of(lines.get(i)), maps);
      } catch (IllegalArgumentException wrong) {
        warnings.accept("line " + (i + 1) + ": " + wrong.getMessage() + "; the line is skipped");
      }
    }
    return maps;
  }

  private static void line(RuleLine line, Map<String, IdentMap> maps) {
    if (line.atEnd()) {
      return;
    }
    String map = line.next("the name of the map").text();
    String systemUser = line.next("the system's user").text();
    RuleLine.Word user = line.next("the user");
    if (!line.atEnd()) {
      throw new IllegalArgumentException("there is something behind the user");
    }
    if (systemUser.startsWith("/") || user.text().startsWith("/")) {
      throw new IllegalArgumentException("regular expressions are not supported");
    }
    maps.computeIfAbsent(map, name -> new IdentMap())
        .entries
        .add(new Entry(systemUser, user.text(), user.keyword("all")));
  }
}
