package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import dev.trunkline.shard.SqlTree.Expr;
import dev.trunkline.shard.SqlTree.Query;
import dev.trunkline.shard.SqlTree.Statement;
import dev.trunkline.shard.SqlTree.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Finds where a statement has its key. Each use of a sharded table, in whatever block of the
 * statement, must be held to the key by a condition that every row has to meet; otherwise there is
 * no telling.
 */
final class KeyFinder {
  private final ShardedTables tables;
  private final KeyGraph graph = new KeyGraph();
  private final KeyConditions conditions;
  private final BlockKeys blocks;
  private final IntUnaryOperator uses;

  private KeyFinder(ShardedTables tables, IntUnaryOperator uses) {
    this.tables = tables;
    this.uses = uses;
    this.conditions = new KeyConditions(graph);
    this.blocks = new BlockKeys(tables, graph, conditions);
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
        blocks.query(query, null, null);
        yield shape();
      }
      case Write write -> {
        blocks.write(write, null, null);
        yield shape();
      }
    };
  }

  private SqlShape shape() {
    Instance free = graph.free();
    List<KeySource> sources = graph.sources(uses);
    if (free != null) {
      return graph.makesRows()
          ? SqlShape.miss(free.notHeld())
          : SqlShape.unkeyed(free.notHeld(), sources);
    }
    if (sources.isEmpty() && blocks.writes()) {
      throw new Undecidable("the statement", "It writes, but to no sharded table.");
    }
    if (sources.isEmpty() && conditions.sequences()) {
      String message = "A sequence belongs to one schema.";
      return SqlShape.unkeyed(RouteMiss.ofStatement(message), sources);
    }
    return SqlShape.keyed(sources, !blocks.writes() && !conditions.changes());
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
    ShardedTables.KeyColumn key = WriteKeys.target(tables, copy.table(), "COPY");
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
}
