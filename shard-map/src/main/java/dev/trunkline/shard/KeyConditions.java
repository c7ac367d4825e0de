package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import dev.trunkline.shard.SqlTree.Constant;
import dev.trunkline.shard.SqlTree.Expr;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the expressions of a statement say about keys. */
final class KeyConditions {
  /** They change sequences, but those of the schema that the key leads to. */
  private static final Set<String> SEQUENCES = Set.of("nextval", "currval", "lastval", "setval");

  private static final Set<String> CHANGING =
      Set.of("nextval", "setval", "set_config", "pg_notify");

  private final KeyGraph graph;
  private boolean changes;
  private boolean sequences;

  KeyConditions(KeyGraph graph) {
    this.graph = graph;
  }

  /** Whether a function that was called changes something. */
  boolean changes() {
    return changes;
  }

  /** Whether a sequence was used; each schema has its own. */
  boolean sequences() {
    return sequences;
  }

  /**
   * Reads a condition that every row of the result meets.
   *
   * @param holdable the tables whose other rows it keeps out of the result
   */
  void top(Expr condition, Scope scope, Set<Instance> holdable) {
    switch (condition) {
      case SqlTree.And and -> and.conjuncts().forEach(part -> top(part, scope, holdable));
      case SqlTree.Equal equal -> equal(equal.left(), equal.right(), scope, holdable);
      case SqlTree.In in -> in(in.left(), in.items(), scope, holdable);
      case SqlTree.Any any -> any(any, scope, holdable);
      default -> {}
    }
  }

  private void equal(Expr left, Expr right, Scope scope, Set<Instance> holdable) {
    if (left instanceof SqlTree.Row one && right instanceof SqlTree.Row other) {
      int fields = Math.min(one.fields().size(), other.fields().size());
      for (int i = 0; i < fields; i++) {
        equal(one.fields().get(i), other.fields().get(i), scope, holdable);
      }
      return;
    }
    Scope.Key leftKey = key(left, scope);
    Scope.Key rightKey = key(right, scope);
    equal(leftKey, rightKey, holdable);
    hold(leftKey, right, holdable);
    hold(rightKey, left, holdable);
  }

  private static Scope.Key key(Expr expr, Scope scope) {
    return expr instanceof SqlTree.Column column ? scope.resolve(column) : null;
  }

  /** Two keys that are equal in every row; either may be null, for what is none. */
  void equal(Scope.Key one, Scope.Key other, Set<Instance> holdable) {
    if (one != null && other != null) {
      edge(one, other, holdable);
      edge(other, one, holdable);
    }
  }

  private void edge(Scope.Key from, Scope.Key to, Set<Instance> holdable) {
    if (isHoldable(to, holdable)) {
      graph.edge(from.instance(), to.instance());
    }
  }

  private static boolean isHoldable(Scope.Key key, Set<Instance> holdable) {
    return key != null && !key.derived() && holdable.contains(key.instance());
  }

  private void hold(Scope.Key key, Expr value, Set<Instance> holdable) {
    if (isHoldable(key, holdable)
        && value instanceof Constant constant
        && compareAs(key.instance(), constant)) {
      graph.hold(key.instance());
    }
  }

  /** All items count as compared with the key, hence have to be equal when there is a value. */
  private void in(Expr left, List<Expr> items, Scope scope, Set<Instance> holdable) {
    if (left instanceof SqlTree.Row row) {
      for (int i = 0; i < row.fields().size(); i++) {
        in(row.fields().get(i), fields(items, i), scope, holdable);
      }
      return;
    }
    Scope.Key key = key(left, scope);
    if (isHoldable(key, holdable) && compareAll(key.instance(), items)) {
      items.forEach(item -> graph.typed((Constant) item));
      graph.hold(key.instance());
    }
  }

  /** One field of each row; rows of another form make the list useless, not wrong. */
  private static List<Expr> fields(List<Expr> rows, int field) {
    return rows.stream()
        .map(
            row ->
                row instanceof SqlTree.Row fields && field < fields.fields().size()
                    ? fields.fields().get(field)
                    : row)
        .toList();
  }

  private void any(SqlTree.Any any, Scope scope, Set<Instance> holdable) {
    Scope.Key key = key(any.left(), scope);
    if (isHoldable(key, holdable) && compareArray(key.instance(), any.array())) {
      graph.hold(key.instance());
    }
  }

  private boolean compareArray(Instance instance, Expr array) {
    return switch (array) {
      case SqlTree.ArrayOf list -> compareAll(instance, list.elements());
      case Constant constant -> compareArray(instance, constant);
      default -> false;
    };
  }

  private boolean compareArray(Instance instance, Constant array) {
    boolean arrayType = array.type() == null || array.type().endsWith("[]");
    String type = array.type() == null ? null : array.type().replace("[]", "");
    if (!arrayType || !instance.key.type().castKeeps(type)) {
      return false;
    }
    graph.compare(new KeySource(array.kind().asArray(), array.number(), instance.key.type()));
    return true;
  }

  private boolean compareAll(Instance instance, List<Expr> items) {
    boolean all = !items.isEmpty();
    for (Expr item : items) {
      all &= item instanceof Constant constant && compare(instance, constant);
    }
    return all;
  }

  /** Whether the constant can be read as a key; if so, it has to be equal to all others. */
  boolean compare(Instance instance, Constant constant) {
    KeyType type = instance.key.type();
    if (constant.kind().array() || !type.castKeeps(constant.type())) {
      return false;
    }
    graph.compare(new KeySource(constant.kind(), constant.number(), type));
    return true;
  }

  /** The same for a constant that gets the key's type, if it has none of its own. */
  boolean compareAs(Instance instance, Constant constant) {
    boolean compared = compare(instance, constant);
    if (compared) {
      graph.typed(constant);
    }
    return compared;
  }

  /** Constants that a key is compared with, wherever that is, have to be equal to all others. */
  void compare(Expr expr, Scope scope) {
    switch (expr) {
      case SqlTree.Equal equal -> {
        compareAs(key(equal.left(), scope), equal.right());
        compareAs(key(equal.right(), scope), equal.left());
      }
      case SqlTree.In in -> in.items().forEach(item -> compare(key(in.left(), scope), item));
      case SqlTree.Any any -> {
        Scope.Key key = key(any.left(), scope);
        if (key != null) {
          compareArray(key.instance(), any.array());
        }
      }
      default -> {}
    }
  }

  private void compareAs(Scope.Key key, Expr value) {
    if (key != null && value instanceof Constant constant) {
      compareAs(key.instance(), constant);
    }
  }

  private void compare(Scope.Key key, Expr value) {
    if (key != null && value instanceof Constant constant) {
      compare(key.instance(), constant);
    }
  }

  void call(SqlTree.Call call, ShardedTables tables) {
    String name = call.function();
    boolean catalog = call.schema() == null || call.schema().equals("pg_catalog");
    boolean known = isHarmless(name) || SEQUENCES.contains(name);
    boolean declared = call.schema() == null && tables.isSafeFunction(name);
    boolean safe = declared || (catalog && known);
    if (!safe) {
      throw new Undecidable(
          RouteMiss.ofTable(
              null,
              "function " + name,
              "Function " + name + " may read or write any table.",
              "List it in map.sharded_tables.functions if it touches no table, or name the"
                  + " workspace."));
    }
    changes |= CHANGING.contains(name);
    sequences |= SEQUENCES.contains(name);
  }

  private static boolean isHarmless(String function) {
    byte[] bytes = function.getBytes(StandardCharsets.UTF_8);
    return Names.ofQuoted(bytes, 0, bytes.length).function();
  }

  /** What an expression is made of, except for sub-selects and calls. */
  static List<Expr> parts(Expr expr) {
    return switch (expr) {
      case SqlTree.And and -> and.conjuncts();
      case SqlTree.Equal equal -> List.of(equal.left(), equal.right());
      case SqlTree.Row row -> row.fields();
      case SqlTree.In in -> {
        List<Expr> parts = new ArrayList<>(in.items());
        parts.add(in.left());
        yield parts;
      }
      case SqlTree.Any any -> List.of(any.left(), any.array());
      case SqlTree.ArrayOf array -> array.elements();
      case SqlTree.Other other -> other.parts();
      case SqlTree.Column _, SqlTree.Star _, Constant _, SqlTree.Call _, SqlTree.SubQuery _ ->
          List.of();
    };
  }
}
