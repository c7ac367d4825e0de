package dev.trunkline.proxy.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a {@code pgbouncer.ini} into the blocks that a HOCON file has, so that both are checked by
 * the same declarations. Unlike PgBouncer, which stops at the first mistake, it goes on reading.
 */
final class IniReader {
  /** Sections of connection strings; the others have one value per key. */
  private static final Set<String> OF_ENTRIES = Set.of("databases", "users", "peers");

  private static final Set<String> SECTIONS =
      Set.of("databases", "users", "peers", "pgbouncer", "trunkline");

  private static final Pattern SECTION = Pattern.compile("\\[([^\\]]*)\\]\\s*");
  private static final Pattern INCLUDE = Pattern.compile("%include\\s+(.*\\S)\\s*");

  /** The manual has double quotes, the program takes single ones: both are read. */
  private static final Pattern ASSIGNMENT =
      Pattern.compile(
          "(?:'((?:[^']|'')+)'|\"((?:[^\"]|\"\")+)\"|([A-Za-z0-9_.*-]+))\\s*=\\s*(.*?)\\s*");

  private static final int DEEPEST_INCLUDE = 10;

  private final Path main;
  private final Problems problems;
  private final Map<String, Map<String, ConfigValue>> sections = new HashMap<>();
  private final Map<String, ConfigOrigin> origins = new HashMap<>();

  /** Goes on through an include and comes back with what the include ended in, as in PgBouncer. */
  private String section;

  IniReader(Path main, Problems problems) {
    this.main = main;
    this.problems = problems;
  }

  ConfigObject read() throws ConfigException {
    ConfigOrigin start = ConfigOriginFactory.newFile(main.toString());
    read(main, 0, start);
    problems.throwIfAny(); // of a file that cannot be read nothing else can be said
    if (!sections.containsKey("pgbouncer")) {
      problems.add(start, "main section missing from config file: [pgbouncer]");
    }
    problems.throwIfAny();
    Map<String, Object> top = new LinkedHashMap<>();
    sections.forEach(
        (name, values) ->
            top.put(name, ConfigValueFactory.fromMap(values).withOrigin(origins.get(name))));
    return ConfigValueFactory.fromMap(top).withOrigin(start);
  }

  private void read(Path file, int depth, ConfigOrigin from) {
    if (depth > DEEPEST_INCLUDE) {
      problems.add(from, "include nesting level too deep: " + file);
      return;
    }
    List<String> lines = linesOf(file, from);
    for (int i = 0; i < lines.size(); i++) {
      ConfigOrigin here = ConfigOriginFactory.newFile(file.toString()).withLineNumber(i + 1);
      line(lines.get(i).strip(), depth, here);
    }
  }

  private List<String> linesOf(Path file, ConfigOrigin from) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      problems.add(from, "could not load file \"" + file + "\": " + OsError.reason(e));
    }
    return List.of();
  }

  private void line(String line, int depth, ConfigOrigin here) {
    if (line.isEmpty() || line.startsWith(";") || line.startsWith("#")) {
      return;
    }
    Matcher include = INCLUDE.matcher(line);
    Matcher entered = SECTION.matcher(line);
    Matcher assignment = ASSIGNMENT.matcher(line);
    if (include.matches()) {
      read(Path.of(include.group(1)), depth + 1, here);
    } else if (entered.matches()) {
      enter(entered.group(1), here);
    } else if (assignment.matches()) {
      assign(key(assignment), assignment.group(4), here);
    } else {
      problems.add(here, "syntax error in configuration");
    }
  }

  private static String key(Matcher matcher) {
    if (matcher.group(1) != null) {
      return matcher.group(1).replace("''", "'");
    }
    return matcher.group(2) != null ? matcher.group(2).replace("\"\"", "\"") : matcher.group(3);
  }

  private void enter(String name, ConfigOrigin here) {
    section = name;
    if (!SECTIONS.contains(name)) {
      problems.add(
          here,
          "invalid section \"" + name + "\" in configuration" + Spelling.hint(name, SECTIONS));
      return;
    }
    origins.putIfAbsent(name, here);
    Map<String, ConfigValue> values = sections.computeIfAbsent(name, _ -> new LinkedHashMap<>());
    if (name.equals("pgbouncer")) {
      values.clear(); // PgBouncer begins with the defaults each time it comes here
    }
  }

  private void assign(String key, String text, ConfigOrigin here) {
    if (section == null) {
      problems.add(here, "value without section: " + key);
      return;
    }
    Map<String, ConfigValue> values = sections.get(section);
    if (values == null) {
      return;
    }
    try {
      values.put(key, OF_ENTRIES.contains(section) ? entry(text, here) : value(text, here));
    } catch (IllegalArgumentException e) {
      problems.add(here, section + "." + key + ": " + e.getMessage());
    }
  }

  private static ConfigValue entry(String text, ConfigOrigin here) {
    Map<String, ConfigValue> values = new LinkedHashMap<>();
    ConnectionString.parse(text).forEach((key, word) -> values.put(key, value(word, here)));
    return ConfigValueFactory.fromMap(values).withOrigin(here);
  }

  private static ConfigValue value(String text, ConfigOrigin here) {
    return ConfigValueFactory.fromAnyRef(text).withOrigin(here);
  }
}
