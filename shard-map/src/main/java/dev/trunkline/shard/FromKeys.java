package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import dev.trunkline.shard.Scope.Range;
import dev.trunkline.shard.Scope.Source;
import dev.trunkline.shard.SqlTree.From;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** FROM: each use of a sharded table, and what joins hold it to. */
final class FromKeys {
  private final BlockKeys blocks;
  private final ShardedTables tables;
  private final KeyGraph graph;
  private final KeyConditions conditions;

  FromKeys(BlockKeys blocks, ShardedTables tables, KeyGraph graph, KeyConditions conditions) {
    this.blocks = blocks;
    this.tables = tables;
    this.graph = graph;
    this.conditions = conditions;
  }

  /**
   * Reads the items of a FROM one after the other.
   *
   * @param before what comes before them, to which they are added
   */
  List<Source> all(List<From> froms, List<Source> before, String clause, Scope outer, Ctes ctes) {
    for (From from : froms) {
      before.add(item(from, before, clause, outer, ctes));
    }
    return before;
  }

  private Source item(From from, List<Source> before, String clause, Scope outer, Ctes ctes) {
    return switch (from) {
      case SqlTree.Table table -> table(table, clause, ctes);
      case SqlTree.Join join -> join(join, before, clause, outer, ctes);
      case SqlTree.Derived derived -> {
        Scope around = derived.lateral() ? new Scope(List.copyOf(before), outer) : outer;
        Map<String, Instance> outputs = blocks.query(derived.query(), around, ctes);
        yield new Range(derived.alias(), null, derived.renamed() ? BlockKeys.NO_OUTPUTS : outputs);
      }
      case SqlTree.TableFunction function -> {
        blocks.walk(function.calls(), new Scope(List.copyOf(before), outer), ctes);
        yield new Range(function.alias(), null, BlockKeys.NO_OUTPUTS);
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
      return new Range(table.alias(), null, table.renamed() ? BlockKeys.NO_OUTPUTS : cte);
    }
    ShardedTables.KeyColumn key = tables.key(table.name());
    if (key == null) {
      requireReference(table, clause);
      return new Range(table.alias(), null, BlockKeys.NO_OUTPUTS);
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
    return new Range(
        table.alias(), graph.add(table.name(), table.alias(), key, where), BlockKeys.NO_OUTPUTS);
  }

  private void requireReference(SqlTree.Table table, String clause) {
    if (!tables.isReference(table.name())) {
      throw new Undecidable(
          RouteMiss.ofTable(
              table.name(),
              clause,
              "Table " + table.name() + " is declared neither as sharded nor as reference table.",
              "List it in map.sharded_tables: in tables with its key, or in reference if each"
                  + " schema has the same rows of it; or name the workspace."));
    }
  }

  private Source join(
      SqlTree.Join join, List<Source> before, String clause, Scope outer, Ctes ctes) {
    Source left = item(join.left(), before, clause, outer, ctes);
    List<Source> beforeRight = new ArrayList<>(before);
    beforeRight.add(left);
    Source right = item(join.right(), beforeRight, clause, outer, ctes);
    if (join.natural()) {
      throw TreeReader.unsupported("NATURAL JOIN");
    }
    List<String> merged = join.using() == null ? List.of() : join.using();
    Set<Instance> holdable = holdable(join.kind(), left, right);
    merged.forEach(name -> conditions.equal(left.column(name), right.column(name), holdable));
    if (join.on() != null) {
      Scope scope = new Scope(List.of(left, right), outer);
      conditions.top(join.on(), scope, holdable);
      blocks.walk(List.of(join.on()), scope, ctes);
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
}
