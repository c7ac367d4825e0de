package dev.trunkline.admin;

/** The rows of the views about routing by SQL; null strings print as NULL. */
public sealed interface SqlRow {
  /**
   * A table of a sharded database.
   *
   * @param kind sharded, reference, or function
   * @param column the key column; null for others than sharded tables
   * @param type of the key
   */
  record TableRow(String name, String kind, String column, String type) implements SqlRow {}

  /**
   * A shape of statements in the cache.
   *
   * @param shape text without the values of literals
   * @param answer KEYED and where the key is, REFERENCE, UNKEYED, MISS, ...
   * @param uses since it came into the cache
   */
  record ShapeRow(String shape, String answer, long uses) implements SqlRow {}

  /** A shape without a key, how often it was refused, and why. */
  record MissRow(
      String shape, long refused, String table, String clause, String reason, String hint)
      implements SqlRow {}

  /** A shape whose key was not that of the declared workspace. */
  record FirewallRow(String shape, long refused, long reported) implements SqlRow {}

  /**
   * Where one statement would go.
   *
   * @param workspace null when there is no telling, or any will do
   * @param found where the key was found, or why not
   */
  record ExplainRow(String workspace, String shard, String host, String found, String hint)
      implements SqlRow {}
}
