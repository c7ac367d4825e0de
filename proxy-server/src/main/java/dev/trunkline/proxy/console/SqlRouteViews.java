package dev.trunkline.proxy.console;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.Row.RouteRow;
import dev.trunkline.admin.SqlInspector;
import dev.trunkline.admin.SqlRow.ExplainRow;
import dev.trunkline.admin.SqlRow.FirewallRow;
import dev.trunkline.admin.SqlRow.MissRow;
import dev.trunkline.admin.SqlRow.ShapeRow;
import dev.trunkline.admin.SqlRow.TableRow;
import dev.trunkline.proxy.route.SqlRouting;
import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.KeyAnswer;
import dev.trunkline.shard.KeyReader;
import dev.trunkline.shard.KeySource;
import dev.trunkline.shard.KeyValues;
import dev.trunkline.shard.RouteMiss;
import dev.trunkline.shard.ShapeCache;
import dev.trunkline.shard.ShapeKey;
import dev.trunkline.shard.ShardedTables;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.SqlShape;
import dev.trunkline.wire.ErrorFields;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the console sees of routing by SQL. Every list is empty while it is off. */
final class SqlRouteViews implements SqlInspector {
  private static final int SHOWN = 1000;
  private static final long LEARN_SECONDS = 5;

  private final ProxyControl control;

  SqlRouteViews(ProxyControl control) {
    this.control = control;
  }

  @Override
  public List<TableRow> tables() {
    List<TableRow> rows = new ArrayList<>();
    SqlRouting routing = control.sqlRouting();
    if (routing != null) {
      ShardedTables declared = routing.shapes().tables();
      declared
          .sharded()
          .forEach(
              (table, key) ->
                  rows.add(
                      new TableRow(
                          table,
                          "sharded",
                          key.name(),
                          key.type().name().toLowerCase(Locale.ROOT))));
      declared.reference().stream()
          .sorted()
          .forEach(table -> rows.add(new TableRow(table, "reference", null, null)));
      declared.functions().stream()
          .sorted()
          .forEach(function -> rows.add(new TableRow(function, "function", null, null)));
    }
    return rows;
  }

  @Override
  public List<ShapeRow> shapes() {
    SqlRouting routing = control.sqlRouting();
    return routing == null
        ? List.of()
        : routing.shapes().used(SHOWN).stream()
            .map(used -> new ShapeRow(used.text(), used.shape().toString(), used.uses()))
            .toList();
  }

  @Override
  public List<MissRow> misses() {
    SqlRouting routing = control.sqlRouting();
    return routing == null
        ? List.of()
        : routing.shapes().misses(SHOWN).stream().map(SqlRouteViews::row).toList();
  }

  private static MissRow row(ShapeCache.Used used) {
    RouteMiss miss = used.shape().miss();
    long refused = used.shape().refusals();
    return new MissRow(
        used.text(), refused, miss.table(), miss.clause(), miss.message(), miss.hint());
  }

  @Override
  public List<FirewallRow> firewall() {
    SqlRouting routing = control.sqlRouting();
    return routing == null
        ? List.of()
        : routing.firewall().lines().stream()
            .map(line -> new FirewallRow(line.shape(), line.refused(), line.reported()))
            .toList();
  }

  @Override
  public ExplainRow explain(String statement) throws CommandFailed {
    SqlRouting routing = control.sqlRouting();
    if (routing == null) {
      throw new CommandFailed(
          ErrorFields.error("55000", "routing by SQL is off")
              .withDetail("map.sharded_tables declares nothing, or trunkline.sql_routing is off."));
    }
    byte[] bytes = statement.getBytes(StandardCharsets.UTF_8);
    SqlScanner scanner = new SqlScanner();
    scanner.scan(bytes, 0, bytes.length);
    if (scanner.count() != 1) {
      throw new CommandFailed(
          ErrorFields.error("42601", "EXPLAIN ROUTE takes one statement")
              .withDetail("There are " + scanner.count() + "."));
    }
    if (scanner.commentWorkspace() != null) {
      return route(scanner.commentWorkspace(), "a comment");
    }
    if (scanner.workspaceFree(0)) {
      return new ExplainRow(null, null, null, "it touches no table: any shard", null);
    }
    CanonicalText text = new CanonicalText();
    text.read(bytes, 0, bytes.length);
    return explain(shape(routing.shapes(), text), text);
  }

  private static SqlShape shape(ShapeCache shapes, CanonicalText text) throws CommandFailed {
    SqlShape known = shapes.find(text, new ShapeKey());
    return known != null ? known : learn(shapes, text);
  }

  private static SqlShape learn(ShapeCache shapes, CanonicalText text) throws CommandFailed {
    CompletableFuture<SqlShape> learned = new CompletableFuture<>();
    shapes.learn(text, learned::complete);
    try {
      return learned.get(LEARN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed(
          ErrorFields.error("57014", "canceling statement due to user request"));
    } catch (ExecutionException | TimeoutException e) {
      throw new CommandFailed(
          ErrorFields.error("57014", "the statement could not be read in time")
              .withDetail(e.toString()));
    }
  }

  private ExplainRow explain(SqlShape shape, CanonicalText text) throws CommandFailed {
    return switch (shape.kind()) {
      case REFERENCE -> new ExplainRow(null, null, null, "reference tables: any shard", null);
      case COPY -> new ExplainRow(null, null, null, "the key is in the data of the COPY", null);
      case EXECUTE -> new ExplainRow(null, null, null, "an argument of EXECUTE", null);
      case MISS -> missed(shape.miss());
      case KEYED -> keyed(shape, text);
    };
  }

  private ExplainRow keyed(SqlShape shape, CanonicalText text) throws CommandFailed {
    String where = KeySource.inWords(shape.sources());
    if (shape.sources().stream().anyMatch(source -> source.toString().contains("$"))) {
      return new ExplainRow(null, null, null, "the key is in " + where, null);
    }
    return switch (KeyReader.read(shape, text, KeyValues.NONE)) {
      case KeyAnswer.Found(String workspace) -> route(workspace, where);
      case KeyAnswer.NotFound(RouteMiss miss) -> missed(miss);
    };
  }

  private static ExplainRow missed(RouteMiss miss) {
    return new ExplainRow(null, null, null, miss.message(), miss.hint());
  }

  private ExplainRow route(String workspace, String found) throws CommandFailed {
    RouteRow route = new MapViews(control).route(workspace);
    return new ExplainRow(route.workspace(), route.shard(), route.host(), found, null);
  }
}
