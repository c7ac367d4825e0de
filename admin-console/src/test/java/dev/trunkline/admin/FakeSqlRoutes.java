package dev.trunkline.admin;

import dev.trunkline.admin.SqlRow.ExplainRow;
import dev.trunkline.admin.SqlRow.FirewallRow;
import dev.trunkline.admin.SqlRow.MissRow;
import dev.trunkline.admin.SqlRow.ShapeRow;
import dev.trunkline.admin.SqlRow.TableRow;
import java.util.List;

/** What a small proxy shows of routing by SQL. */
final class FakeSqlRoutes implements SqlInspector {
  @Override
  public List<TableRow> tables() {
    return List.of(new TableRow("task", "sharded", "workspace_id", "uuid"));
  }

  @Override
  public List<ShapeRow> shapes() {
    return List.of(new ShapeRow("SELECT 0", "REFERENCE []", 3));
  }

  @Override
  public List<MissRow> misses() {
    return List.of(new MissRow("SELECT 1", 2, "task", "WHERE of task", "Reason.", "Hint."));
  }

  @Override
  public List<FirewallRow> firewall() {
    return List.of(new FirewallRow("SELECT 2", 1, 0));
  }

  @Override
  public ExplainRow explain(String statement) {
    return new ExplainRow("w1", "schema_001", "h1", statement, null);
  }
}
