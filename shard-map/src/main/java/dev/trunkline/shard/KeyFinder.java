package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import dev.trunkline.shard.Scope.Range;
import dev.trunkline.shard.Scope.Source;
import dev.trunkline.shard.SqlTree.Expr;
import dev.trunkline.shard.SqlTree.From;
import dev.trunkline.shard.SqlTree.Query;
import dev.trunkline.shard.SqlTree.Statement;
import dev.trunkline.shard.SqlTree.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;

/**
 * Finds where a statement has its key. Each use of a sharded table, in whatever block of the
 * statement, must be held to the key by a condition that every row has to meet; otherwise there is
 * no telling.
 */
final class KeyFinder {
  private static final Map<String, Instance> NO_OUTPUTS = Map.of();

  private final ShardedTables tables;
  private final KeyGraph graph = new KeyGraph();
  private final KeyConditions conditions;
  private final IntUnaryOperator uses;
  private boolean writes;

  /** CTEs in sight, by name, with the keys they hand out. */
  private record Ctes(String name, Map<String, Instance> outputs, Ctes outer) {
    static Map<String, Instance> find(Ctes ctes, String name) {
      for (Ctes at = ctes; at != null; at = at.outer) {
        if (at.name.equals(name)) {
          return at.outputs;
        }
      }
      return null;
    }
  }

  /** Where the rows of a query are inserted, and which of its columns becomes the key. */
  private record Sink(Instance target, int position) {}

  private KeyFinder(ShardedTables tables, IntUnaryOperator uses) {
    this.tables = tables;
    this.uses = uses;
    this.conditions = new KeyConditions(graph);
  }

  /**
   * The shape of a statement.
   *
   * @param uses how often it uses a parameter
   */
  static SqlShape find(Statement statement, ShardedTables tables, IntUnaryOperator uses) {
    try {
      return new KeyFinder(tables, uses).top(statement);
    } catch (Undecidable e) {
      return SqlShape.miss(e.miss());
    }
  }

  private SqlShape top(Statement statement) {
    return switch (statement) {
      case SqlTree.Prepare prepare -> top(prepare.body()).preparedAs(prepare.name());
      case SqlTree.Wrapped wrapped -> top(wrapped.body());
      case SqlTree.Execute execute -> execute(execute);
      case SqlTree.CopyFrom copy -> copy(copy);
      case SqlTree.CopyTable copy -> copy(copy);
      case Query query -> {
        query(query, null, null);
        yield shape();
      }
      case Write write -> {
        write(write, null, null);
        yield shape();
      }
    };
  }

  private SqlShape shape() {
    Instance free = graph.free();
    List<KeySource> sources = graph.sources(uses);
    if (free != null) {
      return graph.makesRows()
          ? SqlShape.miss(notHeld(free))
          : SqlShape.unkeyed(notHeld(free), sources);
    }
    if (sources.isEmpty() && writes) {
      throw new Undecidable("the statement", "It writes, but to no sharded table.");
    }
    if (sources.isEmpty() && conditions.sequences()) {
      String message = "A sequence belongs to one schema.";
      return SqlShape.unkeyed(RouteMiss.of("the statement", message), sources);
    }
    return SqlShape.keyed(sources, !writes && !conditions.changes());
  }

  private static RouteMiss notHeld(Instance free) {
    String column = free.table + "." + free.key.name();
    return RouteMiss.ofTable(
        free.table,
        free.clause,
        "Nothing in " + free.clause + " holds " + column + " to one value.",
        "Add a condition " + column + " = … that every row has to meet, or name the workspace.");
  }

  private static SqlShape execute(SqlTree.Execute execute) {
    List<KeySource> arguments = new ArrayList<>();
    for (Expr argument : execute.arguments()) {
      // The type the argument is cast to need not be that of the parameter.
      boolean plain = argument instanceof SqlTree.Constant constant && constant.type() == null;
      arguments.add(plain ? source((SqlTree.Constant) argument) : null);
    }
    return SqlShape.execute(execute.name(), arguments);
  }

  private static KeySource source(SqlTree.Constant constant) {
    return new KeySource(constant.kind(), constant.number(), KeyType.TEXT);
  }

  private SqlShape copy(SqlTree.CopyFrom copy) {
    ShardedTables.KeyColumn key = target(copy.table(), "COPY");
    int column = copy.columns() == null ? -1 : copy.columns().indexOf(key.name());
    if (column < 0) {
      String message = "COPY has no list of columns with " + key.name() + " among them.";
      throw new Undecidable(
          RouteMiss.ofTable(
              copy.table().name(), "COPY", message, "Name the columns, the key among them."));
    }
    if (copy.where() != null) {
      throw new Undecidable("WHERE of COPY", "The key is not looked for in COPY with WHERE.");
    }
    return SqlShape.copy(column, copy.columns().size(), copy.format(), key.type());
  }

  private SqlShape copy(SqlTree.CopyTable copy) {
    if (copy.table().schema() == null && tables.isReference(copy.table().name())) {
      return SqlShape.keyed(List.of(), true);
    }
    throw new Undecidable(
        RouteMiss.ofTable(
            copy.table().name(),
            "COPY",
            "COPY of a whole table has no key.",
            "Use COPY (SELECT …) TO with a condition on the key, or name the workspace."));
  }

  private Map<String, Instance> query(Query query, Scope outer, Ctes outerCtes) {
    return query(query, null, outer, outerCtes);
  }

  /**
   * The keys that the query hands out, by column.
   *
   * @param sink where its rows go; null when they are not inserted
   */
  private Map<String, Instance> query(Query query, Sink sink, Scope outer, Ctes outerCtes) {
    writes |= query.locks();
    Ctes ctes = with(query.with(), outer, outerCtes);
    return switch (query.body()) {
      case SqlTree.Select select -> select(select, query.tail(), sink, outer, ctes);
      case SqlTree.Nested nested -> {
        walk(query.tail(), new Scope(List.of(), outer), ctes);
        yield query(nested.query(), sink, outer, ctes);
      }
      case SqlTree.SetOperation operation -> {
        operation.branches().forEach(branch -> query(branch, sink, outer, ctes));
        walk(query.tail(), new Scope(List.of(), null), ctes);
        yield NO_OUTPUTS;
      }
      case SqlTree.Values values -> {
        if (sink != null) {
          values.rows().forEach(row -> sink(sink, row, null));
        }
        values.rows().forEach(row -> walk(row, new Scope(List.of(), outer), ctes));
        walk(query.tail(), new Scope(List.of(), null), ctes);
        yield NO_OUTPUTS;
      }
    };
  }

  private Map<String, Instance> select(
      SqlTree.Select select, List<Expr> tail, Sink sink, Scope outer, Ctes ctes) {
    List<Source> sources = froms(select.from(), new ArrayList<>(), "WHERE", outer, ctes);
    Scope scope = new Scope(sources, outer);
    condition(select.where(), scope, ctes);
    walk(select.rest(), scope, ctes);
    walk(tail, scope, ctes);
    List<Expr> items = select.items().stream().map(SqlTree.Item::value).toList();
    walk(items, scope, ctes);
    if (sink != null) {
      sink(sink, items, scope);
    }
    return outputs(select.items(), scope);
  }

  /**
   * Checks what is inserted as the key: a constant, or the key of a table, which must be held
   * itself.
   */
  private void sink(Sink sink, List<Expr> row, Scope scope) {
    Expr value = sink.position() < row.size() ? row.get(sink.position()) : null;
    boolean stars = row.stream().anyMatch(SqlTree.Star.class::isInstance);
    boolean held =
        switch (value) {
          case SqlTree.Constant constant -> conditions.compareAs(sink.target(), constant);
          case SqlTree.Column column -> scope != null && scope.resolve(column) != null;
          case null, default -> false;
        };
    if (stars || !held) {
      throw new Undecidable(notHeld(sink.target()));
    }
    graph.hold(sink.target());
  }

  private static Map<String, Instance> outputs(List<SqlTree.Item> items, Scope scope) {
    if (items.size() == 1 && items.getFirst().value() instanceof SqlTree.Star star) {
      return star(star, scope.sources());
    }
    Map<String, Instance> outputs = new HashMap<>();
    List<String> seen = new ArrayList<>();
    for (SqlTree.Item item : items) {
      if (item.value() instanceof SqlTree.Star) {
        return NO_OUTPUTS;
      }
      Scope.Key key = item.value() instanceof SqlTree.Column column ? scope.resolve(column) : null;
      boolean twice = seen.contains(item.name());
      seen.add(item.name());
      if (key != null && !twice) {
        outputs.put(item.name(), key.instance());
      } else {
        outputs.remove(item.name());
      }
    }
    return outputs;
  }

  /** The columns of the only table; {@code t.*} may mean a table of an outer block. */
  private static Map<String, Instance> star(SqlTree.Star star, List<Source> sources) {
    boolean one = sources.size() == 1 && sources.getFirst() instanceof Range;
    if (!one) {
      return NO_OUTPUTS;
    }
    Range range = (Range) sources.getFirst();
    if (star.qualifier() != null && !star.qualifier().equals(range.alias())) {
      return NO_OUTPUTS;
    }
    return range.instance() == null
        ? range.outputs()
        : Map.of(range.instance().key.name(), range.instance());
  }

  private Ctes with(SqlTree.With with, Scope outer, Ctes outerCtes) {
    Ctes ctes = outerCtes;
    if (with.recursive()) {
      for (SqlTree.Cte cte : with.queries()) {
        ctes = new Ctes(cte.name(), NO_OUTPUTS, ctes);
      }
    }
    for (SqlTree.Cte cte : with.queries()) {
      Map<String, Instance> outputs = NO_OUTPUTS;
      if (cte.body() instanceof Query query) {
        outputs = query(query, outer, ctes);
      } else if (cte.body() instanceof Write write) {
        write(write, outer, ctes);
      } else {
        throw TreeReader.unsupported("WITH");
      }
      boolean usable = !cte.renamed() && !with.recursive();
      ctes = new Ctes(cte.name(), usable ? outputs : NO_OUTPUTS, ctes);
    }
    return ctes;
  }

  private List<Source> froms(
      List<From> froms, List<Source> before, String clause, Scope outer, Ctes ctes) {
    for (From from : froms) {
      before.add(from(from, before, clause, outer, ctes));
    }
    return before;
  }

  private Source from(From from, List<Source> before, String clause, Scope outer, Ctes ctes) {
    return switch (from) {
      case SqlTree.Table table -> table(table, clause, ctes);
      case SqlTree.Join join -> join(join, before, clause, outer, ctes);
      case SqlTree.Derived derived -> {
        Scope around = derived.lateral() ? new Scope(List.copyOf(before), outer) : outer;
        Map<String, Instance> outputs = query(derived.query(), around, ctes);
        yield new Range(derived.alias(), null, derived.renamed() ? NO_OUTPUTS : outputs);
      }
      case SqlTree.TableFunction function -> {
        walk(function.calls(), new Scope(List.copyOf(before), outer), ctes);
        yield new Range(function.alias(), null, NO_OUTPUTS);
      }
    };
  }

  private Range table(SqlTree.Table table, String clause, Ctes ctes) {
    if (table.schema() != null) {
      throw new Undecidable(
          RouteMiss.ofTable(
              table.name(),
              clause,
              "Table " + table.name() + " is named with its schema.",
              "Leave out the schema: the workspace decides which one it is."));
    }
    Map<String, Instance> cte = Ctes.find(ctes, table.name());
    if (cte != null) {
      return new Range(table.alias(), null, table.renamed() ? NO_OUTPUTS : cte);
    }
    ShardedTables.KeyColumn key = tables.key(table.name());
    if (key == null) {
      requireReference(table, clause);
      return new Range(table.alias(), null, NO_OUTPUTS);
    }
    if (table.renamed()) {
      throw new Undecidable(
          RouteMiss.ofTable(
              table.name(),
              clause,
              "The alias of table " + table.name() + " renames its columns.",
              RouteMiss.DECLARE_WORKSPACE));
    }
    String where = clause + " of " + table.alias();
    return new Range(table.alias(), graph.add(table.name(), key, where), NO_OUTPUTS);
  }

  private void requireReference(SqlTree.Table table, String clause) {
    if (!tables.isReference(table.name())) {
      throw new Undecidable(
          RouteMiss.ofTable(
              table.name(),
              clause,
              "Table " + table.name() + " is declared neither as sharded nor as reference table.",
              "Give it the key column, declare it as reference table if each schema has the same"
                  + " rows of it, or name the workspace."));
    }
  }

  private Source join(
      SqlTree.Join join, List<Source> before, String clause, Scope outer, Ctes ctes) {
    Source left = from(join.left(), before, clause, outer, ctes);
    List<Source> beforeRight = new ArrayList<>(before);
    beforeRight.add(left);
    Source right = from(join.right(), beforeRight, clause, outer, ctes);
    if (join.natural()) {
      throw TreeReader.unsupported("NATURAL JOIN");
    }
    List<String> merged = join.using() == null ? List.of() : join.using();
    Set<Instance> holdable = holdable(join.kind(), left, right);
    merged.forEach(name -> conditions.equal(left.column(name), right.column(name), holdable));
    if (join.on() != null) {
      Scope scope = new Scope(List.of(left, right), outer);
      conditions.top(join.on(), scope, holdable);
      walk(List.of(join.on()), scope, ctes);
    }
    return new Scope.Joined(join.kind(), left, right, merged);
  }

  /** Whose rows a join's condition can keep out of the result: not those that are filled up. */
  private static Set<Instance> holdable(SqlTree.JoinKind kind, Source left, Source right) {
    return switch (kind) {
      case INNER -> Scope.instances(List.of(left, right));
      case LEFT -> Scope.instances(List.of(right));
      case RIGHT -> Scope.instances(List.of(left));
      case FULL -> Set.of();
    };
  }

  private void condition(Expr where, Scope scope, Ctes ctes) {
    if (where != null) {
      conditions.top(where, scope, Scope.instances(scope.sources()));
      walk(List.of(where), scope, ctes);
    }
  }

  /** Blocks inside expressions, calls, and constants that are compared with keys. */
  private void walk(List<Expr> expressions, Scope scope, Ctes ctes) {
    for (Expr expression : expressions) {
      conditions.compare(expression, scope);
      switch (expression) {
        case SqlTree.SubQuery sub -> query(sub.query(), scope, ctes);
        case SqlTree.Call call -> {
          conditions.call(call, tables);
          walk(call.parts(), scope, ctes);
        }
        default -> walk(KeyConditions.parts(expression), scope, ctes);
      }
    }
  }

  private void write(Write write, Scope outer, Ctes outerCtes) {
    writes = true;
    Ctes ctes = with(write.with(), outer, outerCtes);
    String verb = write.verb().name();
    ShardedTables.KeyColumn key = target(write.target(), verb);
    String clause = write.verb() == SqlTree.Verb.INSERT ? "INSERT into " : "WHERE of ";
    String alias = write.target().alias();
    Instance target = graph.add(write.target().name(), key, clause + alias);
    Range range = new Range(alias, target, NO_OUTPUTS);
    if (write.source() != null) {
      query(write.source(), sink(write, target), outer, ctes);
    }
    List<Source> before = new ArrayList<>();
    before.add(range);
    Scope scope = new Scope(froms(write.from(), before, "WHERE", null, ctes), null);
    condition(write.where(), scope, ctes);
    for (SqlTree.Assignment assignment : write.set()) {
      requireSameKey(assignment, target, scope);
      if (assignment.value() != null) {
        walk(List.of(assignment.value()), scope, ctes);
      }
    }
    walk(write.rest(), scope, ctes);
  }

  private static Sink sink(Write insert, Instance target) {
    String column = target.key.name();
    if (insert.columns() == null) {
      throw new Undecidable(
          RouteMiss.ofTable(
              target.table,
              target.clause,
              "The INSERT has no list of columns.",
              "Name the columns, " + column + " among them."));
    }
    int position = insert.columns().indexOf(column);
    if (position < 0) {
      throw new Undecidable(notHeld(target));
    }
    return new Sink(target, position);
  }

  /** A row keeps its key: what is assigned to it must be the key the statement has anyway. */
  private void requireSameKey(SqlTree.Assignment assignment, Instance target, Scope scope) {
    if (!assignment.column().equals(target.key.name())) {
      return;
    }
    boolean same =
        switch (assignment.value()) {
          case SqlTree.Constant constant -> conditions.compareAs(target, constant);
          case SqlTree.Column column -> {
            Scope.Key key = scope.resolve(column);
            boolean own = key != null && key.instance() == target;
            yield own || isExcluded(column, target);
          }
          case null, default -> false;
        };
    if (!same) {
      throw new Undecidable(
          RouteMiss.ofTable(
              target.table,
              "SET of " + target.table,
              "SET changes the key " + target.table + "." + target.key.name() + ".",
              "Leave the key as it is; a row moves with its workspace only."));
    }
  }

  private static boolean isExcluded(SqlTree.Column column, Instance target) {
    return "excluded".equals(column.qualifier()) && column.name().equals(target.key.name());
  }

  private ShardedTables.KeyColumn target(SqlTree.Table table, String verb) {
    ShardedTables.KeyColumn key = table.schema() == null ? tables.key(table.name()) : null;
    if (key != null) {
      return key;
    }
    boolean reference = table.schema() == null && tables.isReference(table.name());
    String message =
        reference
            ? verb + " changes the reference table " + table.name() + ", which each schema has."
            : "Table " + table.name() + " is not declared as sharded.";
    throw new Undecidable(
        RouteMiss.ofTable(
            table.name(), verb, message, "Name the shards: set trunkline.shard, or declare it."));
  }
}
