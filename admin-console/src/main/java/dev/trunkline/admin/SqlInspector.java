package dev.trunkline.admin;

import dev.trunkline.admin.SqlRow.ExplainRow;
import dev.trunkline.admin.SqlRow.FirewallRow;
import dev.trunkline.admin.SqlRow.MissRow;
import dev.trunkline.admin.SqlRow.ShapeRow;
import dev.trunkline.admin.SqlRow.TableRow;
import java.util.List;

/** What the console can see of routing by SQL; called as {@link Inspector} is. */
public interface SqlInspector {
  /** SHOW SHARDED TABLES. */
  List<TableRow> tables();

  /** SHOW SHAPES: the shapes used most, most used first. */
  List<ShapeRow> shapes();

  /** SHOW ROUTE MISSES: the shapes without key that are used most, most used first. */
  List<MissRow> misses();

  /** SHOW FIREWALL, most frequent first. */
  List<FirewallRow> firewall();

  /**
   * EXPLAIN ROUTE.
   *
   * @throws CommandFailed routing by SQL is off, or the text is no single statement
   */
  ExplainRow explain(String statement) throws CommandFailed;
}
