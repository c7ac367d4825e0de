package dev.trunkline.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** Every view by its name. */
final class Views {
  private static final List<List<View<?>>> SETS =
      List.of(PgBouncerViews.all(), StatsViews.all(), TrunklineViews.all(), SqlViews.all());

  private static final Map<String, View<?>> BY_NAME = byName();

  private Views() {}

  /** The view of that name in any case, or null. */
  static View<?> find(String name) {
    return BY_NAME.get(name.toLowerCase(Locale.ROOT));
  }

  /** Those that are tables in SQL: all that need no argument. */
  static List<View<?>> tables() {
    List<View<?>> tables = new ArrayList<>();
    SETS.forEach(set -> set.stream().filter(view -> !view.takesArgument()).forEach(tables::add));
    return tables;
  }

  /** The DETAIL of SHOW HELP. */
  static String usage() {
    StringJoiner lines = new StringJoiner("\n\t", "\n\t", "");
    String head = "SHOW HELP|";
    for (List<View<?>> set : SETS) {
      lines.add(head + names(set));
      head = "SHOW ";
    }
    SETS.forEach(set -> set.stream().filter(View::takesArgument).forEach(v -> lines.add(usage(v))));
    lines.add("SELECT ... FROM <any of these without an argument>");
    lines.add("SET key = arg");
    for (Verb verb : Verb.values()) {
      lines.add(verb.usage());
    }
    lines.add("EXPLAIN ROUTE <statement>");
    MoveParser.USAGE.forEach(lines::add);
    return lines.toString();
  }

  /** How SHOW HELP writes a view with an argument. */
  static String usage(View<?> view) {
    return "SHOW " + view.name().toUpperCase(Locale.ROOT) + " " + view.parameter();
  }

  private static String names(List<View<?>> views) {
    StringJoiner names = new StringJoiner("|");
    for (View<?> view : views) {
      if (!view.takesArgument()) {
        names.add(view.name().toUpperCase(Locale.ROOT));
      }
    }
    return names.toString();
  }

  private static Map<String, View<?>> byName() {
    Map<String, View<?>> views = new HashMap<>();
    SETS.forEach(set -> set.forEach(view -> views.put(view.name(), view)));
    Drivers.parameters().forEach(view -> views.put(view.name(), view));
    return Map.copyOf(views);
  }
}
