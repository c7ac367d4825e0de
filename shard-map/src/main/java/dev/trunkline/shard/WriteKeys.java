package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import dev.trunkline.shard.Scope.Range;
import dev.trunkline.shard.Scope.Source;
import dev.trunkline.shard.SqlTree.Write;
import java.util.ArrayList;
import java.util.List;

/** INSERT, UPDATE and DELETE: rows come into being with the key, and keep it. */
final class WriteKeys {
  private final BlockKeys blocks;
  private final FromKeys from;
  private final ShardedTables tables;
  private final KeyGraph graph;
  private final KeyConditions conditions;

  WriteKeys(
      BlockKeys blocks,
      FromKeys from,
      ShardedTables tables,
      KeyGraph graph,
      KeyConditions conditions) {
    this.blocks = blocks;
    this.from = from;
    this.tables = tables;
    this.graph = graph;
    this.conditions = conditions;
  }

  void write(Write write, Scope outer, Ctes outerCtes) {
    Ctes ctes = blocks.with(write.with(), outer, outerCtes);
    String verb = write.verb().name();
    ShardedTables.KeyColumn key = target(tables, write.target(), verb);
    String clause = write.verb() == SqlTree.Verb.INSERT ? KeyGraph.INSERT : "WHERE of ";
    String alias = write.target().alias();
    Instance target = graph.add(write.target().name(), alias, key, clause + alias);
    Range range = new Range(alias, target, BlockKeys.NO_OUTPUTS);
    if (write.source() != null) {
      blocks.query(write.source(), sink(write, target), outer, ctes);
    }
    List<Source> before = new ArrayList<>();
    before.add(range);
    Scope scope = new Scope(from.all(write.from(), before, "WHERE", null, ctes), null);
    blocks.condition(write.where(), scope, ctes);
    for (SqlTree.Assignment assignment : write.set()) {
      requireSameKey(assignment, target, scope);
      if (assignment.value() != null) {
        blocks.walk(List.of(assignment.value()), scope, ctes);
      }
    }
    blocks.walk(write.rest(), scope, ctes);
  }

  private static BlockKeys.Sink sink(Write insert, Instance target) {
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
      throw new Undecidable(target.notHeld());
    }
    return new BlockKeys.Sink(target, position);
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

  /** The key of a table that is written to, which has to be a sharded one. */
  static ShardedTables.KeyColumn target(ShardedTables tables, SqlTree.Table table, String verb) {
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
