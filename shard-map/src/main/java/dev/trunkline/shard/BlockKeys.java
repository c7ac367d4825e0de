package dev.trunkline.shard;

import dev.trunkline.shard.KeyGraph.Instance;
import dev.trunkline.shard.Scope.Range;
import dev.trunkline.shard.Scope.Source;
import dev.trunkline.shard.SqlTree.Expr;
import dev.trunkline.shard.SqlTree.Query;
import dev.trunkline.shard.SqlTree.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The blocks of a statement: queries, whatever they are nested in, with the tables that are held to
 * the key in each.
 */
final class BlockKeys {
  static final Map<String, Instance> NO_OUTPUTS = Map.of();

  private final ShardedTables tables;
  private final KeyConditions conditions;
  private final KeyGraph graph;
  private final FromKeys from;
  private final WriteKeys writeKeys;
  private boolean writes;

  /** Where the rows of a query are inserted, and which of its columns becomes the key. */
  record Sink(Instance target, int position) {}

  BlockKeys(ShardedTables tables, KeyGraph graph, KeyConditions conditions) {
    this.tables = tables;
    this.graph = graph;
    this.conditions = conditions;
    this.from = new FromKeys(this, tables, graph, conditions);
    this.writeKeys = new WriteKeys(this, from, tables, graph, conditions);
  }

  /** Whether a block changes or locks rows. */
  boolean writes() {
    return writes;
  }

  // ---- queries ----

  /** The keys that the query hands out, by column. */
  Map<String, Instance> query(Query query, Scope outer, Ctes outerCtes) {
    return query(query, null, outer, outerCtes);
  }

  /**
   * The same of a query whose rows may be inserted.
   *
   * @param sink where its rows go; null when they are not inserted
   */
  Map<String, Instance> query(Query query, Sink sink, Scope outer, Ctes outerCtes) {
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
    List<Source> sources = from.all(select.from(), new ArrayList<>(), "WHERE", outer, ctes);
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
      throw new Undecidable(sink.target().notHeld());
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

  /** The CTEs of a statement, and those around it. */
  Ctes with(SqlTree.With with, Scope outer, Ctes outerCtes) {
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

  void write(Write write, Scope outer, Ctes outerCtes) {
    writes = true;
    writeKeys.write(write, outer, outerCtes);
  }

  // ---- conditions and expressions ----

  /** Reads a condition that every row has to meet; null for none. */
  void condition(Expr where, Scope scope, Ctes ctes) {
    if (where != null) {
      conditions.top(where, scope, Scope.instances(scope.sources()));
      walk(List.of(where), scope, ctes);
    }
  }

  /** Blocks inside expressions, calls, and constants that are compared with keys. */
  void walk(List<Expr> expressions, Scope scope, Ctes ctes) {
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
}
