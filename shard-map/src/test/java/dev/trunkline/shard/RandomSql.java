package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Statements on the tables of {@link Shapes}, most of them nearly routable. */
final class RandomSql {
  static final String W3 = "6f1b0d5e-0000-4000-8000-000000000003";

  private static final String[] TABLES = {"task", "project", "comment"};

  private final Random random;
  private final int holdPercent;
  private int aliases;

  /**
   * @param holdPercent how often a table gets a condition on its key; where all have one, reading
   *     the rest wrong does no harm
   */
  RandomSql(Random random, int holdPercent) {
    this.random = random;
    this.holdPercent = holdPercent;
  }

  String statement() {
    aliases = 0;
    return switch (random.nextInt(12)) {
      case 0 -> insert();
      case 1 -> update();
      case 2 -> delete();
      case 3 -> cte();
      case 4 ->
          query(null, false) + pick(" UNION ALL ", " UNION ", " EXCEPT ") + query(null, false);
      default -> query(null, true);
    };
  }

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private String key() {
    return switch (random.nextInt(12)) {
      case 0 -> "'" + Shapes.W2 + "'";
      case 1 -> "'" + Shapes.W1.toUpperCase(Locale.ROOT) + "'::uuid";
      case 2 -> "uuid '" + Shapes.W1 + "'";
      case 3 -> "CAST('" + Shapes.W1 + "' AS uuid)";
      case 4 -> "$$" + Shapes.W1 + "$$";
      default -> "'" + Shapes.W1 + "'";
    };
  }

  private String alias() {
    return "a" + aliases++;
  }

  private String query(String outer, boolean wide) {
    List<String> seen = new ArrayList<>();
    String from = from(seen);
    String columns =
        wide && chance(50)
            ? seen.getFirst()
                + ".id, "
                + seen.getLast()
                + ".name, "
                + seen.getLast()
                + ".workspace_id"
            : pick(
                "count(*)", "max(" + seen.getFirst() + ".id)", "count(" + seen.getLast() + ".id)");
    if (chance(8) && columns.contains(", ")) {
      columns += ", " + "row_number() OVER (ORDER BY " + seen.getFirst() + ".id, 2, 3)  > 0";
    }
    return "SELECT " + columns + " FROM " + from + " WHERE " + condition(seen, outer, 0);
  }

  private String from(List<String> seen) {
    StringBuilder from = new StringBuilder(table(seen));
    while (chance(45) && seen.size() < 4) {
      String left = seen.get(random.nextInt(seen.size()));
      String join =
          pick(
              " JOIN ",
              " LEFT JOIN ",
              " LEFT JOIN ",
              " RIGHT JOIN ",
              " FULL JOIN ",
              ", ",
              " CROSS JOIN ");
      from.append(join);
      String item = item(seen, join.contains("JOIN") && !join.contains("FULL"));
      String right = seen.getLast();
      from.append(item);
      if (join.contains("JOIN") && !join.contains("CROSS")) {
        from.append(on(join, left, right, seen));
      }
    }
    return from.toString();
  }

  private String on(String join, String left, String right, List<String> seen) {
    if (join.contains("FULL")) {
      return " ON " + pick(left + ".id = " + right + ".id", same(left, right));
    }
    return switch (random.nextInt(7)) {
      case 6 ->
          " ON " + same(left, right) + " AND " + pick(left, right) + ".workspace_id = " + key();
      case 0 -> " USING (workspace_id)";
      case 1 -> " USING (workspace_id, id)";
      case 2 -> " ON " + left + ".id = " + right + ".id";
      case 3 -> " ON " + condition(seen.subList(seen.size() - 1, seen.size()), null, 1);
      default -> " ON " + same(left, right) + " AND " + left + ".id = " + right + ".id";
    };
  }

  private String item(List<String> seen, boolean lateral) {
    if (!chance(20)) {
      return table(seen);
    }
    String alias = alias();
    String inner = alias();
    String condition =
        lateral && chance(50) ? same(inner, seen.getLast()) : condition(List.of(inner), null, 1);
    String star = lateral && chance(10) ? seen.getLast() + ".*" : pick(inner + ".*", "*");
    seen.add(alias);
    String query =
        "(SELECT " + star + " FROM " + pick(TABLES) + " " + inner + " WHERE " + condition + ") ";
    return (lateral ? "LATERAL " : "") + query + alias;
  }

  private String table(List<String> seen) {
    String alias = alias();
    seen.add(alias);
    return pick(TABLES) + pick(" ", " AS ") + alias;
  }

  private static String same(String one, String other) {
    return one + ".workspace_id = " + other + ".workspace_id";
  }

  /** Most conditions hold the key; the rest only look so. */
  private String condition(List<String> seen, String outer, int depth) {
    StringBuilder condition = new StringBuilder();
    List<String> held = new ArrayList<>();
    for (String alias : seen) {
      if (chance(holdPercent)) {
        held.add(outer != null && chance(40) ? same(alias, outer) : hold(alias, seen));
      }
    }
    while (chance(45)) {
      held.add(other(seen, depth));
    }
    if (held.isEmpty()) {
      held.add("true");
    }
    condition.append(held.getFirst());
    for (String part : held.subList(1, held.size())) {
      condition.append(chance(95) ? " AND " : " OR ").append(part);
    }
    return chance(5) ? "(" + condition + ")" : condition.toString();
  }

  private String hold(String alias, List<String> seen) {
    String column = alias + ".workspace_id";
    String plain = column + " = " + key();
    return switch (random.nextInt(40)) {
      case 0 -> "NOT " + plain;
      case 1 -> "(" + plain + ") IS NOT FALSE";
      case 2 -> "(" + plain + " OR " + alias + ".id = 1)";
      case 3 -> plain + " = true";
      case 4 -> plain + " IS TRUE";
      case 5 -> "CASE WHEN " + plain + " THEN true ELSE " + alias + ".id > 1 END";
      case 6 -> "coalesce(" + plain + ", true)";
      case 7 -> column + "::text = " + key() + "::text";
      case 8 -> column + " <> " + key();
      case 9 -> column + " IN (" + key() + ", " + key() + ")";
      case 10 -> column + " NOT IN (" + key() + ")";
      case 11 -> column + " = ANY ('{" + Shapes.W1 + "}')";
      case 12 -> column + " = ANY (ARRAY[" + key() + "]::uuid[])";
      case 13 -> column + " = ALL (ARRAY[" + key() + "::uuid])";
      case 14 -> "(" + column + ", " + alias + ".id) = (" + key() + ", 1)";
      case 15 -> "(" + column + ", " + alias + ".id) IN ((" + key() + ", 1), (" + key() + ", 2))";
      case 16 -> plain + " AND " + alias + ".meta ->> 'k' = 'v' OR " + alias + ".id = 2";
      case 17 -> column + " >= " + key();
      case 18 -> column + " BETWEEN " + key() + " AND " + key();
      case 19 -> column + " IS NOT DISTINCT FROM " + key();
      case 20 -> column + " = coalesce(" + alias + ".workspace_id, " + key() + ")";
      case 21 -> key() + " = " + column;
      case 22 -> "(" + column + ") = (" + key() + ")";
      case 23, 24, 25, 26 -> same(alias, seen.getFirst());
      case 27 -> column + " = (SELECT " + key() + "::uuid)";
      default -> plain;
    };
  }

  private String other(List<String> seen, int depth) {
    String alias = seen.get(random.nextInt(seen.size()));
    if (depth < 2 && chance(45)) {
      return block(alias, depth);
    }
    return switch (random.nextInt(5)) {
      case 0 -> alias + ".id IN (1, 2)";
      case 1 -> alias + ".meta ->> 'k' = 'v'";
      case 2 -> "NOT " + alias + ".name LIKE 'b%'";
      case 3 -> alias + ".name || 'x' <> 'bx'";
      default -> alias + ".id < 3";
    };
  }

  private String block(String outer, int depth) {
    String inner = alias();
    String from = pick(TABLES) + " " + inner;
    String where = " WHERE " + condition(List.of(inner), outer, depth + 1);
    return switch (random.nextInt(4)) {
      case 0 -> "NOT EXISTS (SELECT 1 FROM " + from + where + ")";
      case 1 -> outer + ".id IN (SELECT " + inner + ".id FROM " + from + where + ")";
      case 2 -> "(SELECT count(*) FROM " + from + where + ") > 1";
      default -> "EXISTS (SELECT 1 FROM " + from + where + ")";
    };
  }

  private String cte() {
    String name = pick("x", "task", "project");
    String inner = alias();
    String body =
        pick(
                "SELECT *",
                "SELECT " + inner + ".workspace_id, id, name, meta",
                "SELECT id, workspace_id AS w")
            + " FROM "
            + pick(TABLES)
            + " "
            + inner
            + " WHERE "
            + condition(List.of(inner), null, 1);
    String alias = alias();
    String second = alias();
    String use = pick("id", "*");
    String join =
        pick(
            same(second, alias),
            second + ".workspace_id = " + key(),
            second + ".id = " + alias + ".id");
    return "WITH "
        + name
        + " AS ("
        + body
        + ") SELECT "
        + alias
        + "."
        + use
        + " FROM "
        + name
        + " "
        + alias
        + pick(" JOIN ", " LEFT JOIN ")
        + pick("comment", "task")
        + " "
        + second
        + " ON "
        + join;
  }

  private String insert() {
    String table = pick(TABLES);
    int id = 10 + random.nextInt(3);
    String conflict =
        pick(
            "",
            " ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name",
            " ON CONFLICT (workspace_id, id) DO UPDATE SET workspace_id = "
                + pick("excluded.workspace_id", key()));
    String head = "INSERT INTO " + table + " (id, workspace_id, name) ";
    if (chance(50)) {
      return head
          + "VALUES (1, "
          + key()
          + ", 'n'), ("
          + id
          + ", "
          + pick(key(), key(), "DEFAULT")
          + ", 'm')"
          + conflict
          + pick("", " RETURNING id, (SELECT count(*) FROM task)", " RETURNING *");
    }
    String alias = alias();
    String key =
        pick(key(), alias + ".workspace_id", alias + ".workspace_id", "(" + key() + ")::uuid");
    return head
        + "SELECT "
        + alias
        + ".id + "
        + id
        + ", "
        + key
        + ", "
        + alias
        + ".name FROM "
        + pick(TABLES)
        + " "
        + alias
        + " WHERE "
        + condition(List.of(alias), null, 1);
  }

  private String update() {
    String alias = alias();
    String set =
        pick(
            "name = 'u'",
            "name = 'u'",
            "workspace_id = " + key(),
            "workspace_id = workspace_id, name = 'v'",
            "(name, workspace_id) = ('w', " + key() + ")");
    String head = "UPDATE " + pick(TABLES) + " AS " + alias + " SET ";
    if (chance(50)) {
      return head
          + set.replace("= workspace_id", "= " + alias + ".workspace_id")
          + " WHERE "
          + condition(List.of(alias), null, 0);
    }
    String second = alias();
    // Where several rows match, PostgreSQL takes any of them: what is assigned must not depend on
    // it.
    return head
        + set.replace("= workspace_id", "= " + alias + ".workspace_id")
        + " FROM "
        + pick(TABLES)
        + " "
        + second
        + " WHERE "
        + condition(List.of(alias, second), null, 1);
  }

  private String delete() {
    String alias = alias();
    String head = "DELETE FROM " + pick(TABLES) + " AS " + alias;
    if (chance(50)) {
      return head + " WHERE " + condition(List.of(alias), null, 0);
    }
    String second = alias();
    return head
        + " USING "
        + pick(TABLES)
        + " "
        + second
        + " WHERE "
        + condition(List.of(alias, second), null, 1);
  }
}
