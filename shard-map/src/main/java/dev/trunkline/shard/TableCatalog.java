package dev.trunkline.shard;

import dev.trunkline.shard.ShardedTables.KeyColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads from a host which tables of a schema are sharded: those with the key column, of a type
 * whose equality is that of workspace ids. Blocks; not for an event loop.
 */
public final class TableCatalog {
  /** A view may hide anything, so views are declared by hand. */
  private static final String TABLES =
      """
      select c.relname, t.typname
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and not a.attisdropped and a.attnum > 0
      join pg_catalog.pg_type t on t.oid = a.atttypid and t.typnamespace = 'pg_catalog'::regnamespace
      left join pg_catalog.pg_collation l on l.oid = a.attcollation
      where n.nspname = ? and a.attname = ? and c.relkind in ('r', 'p')
        and coalesce(l.collisdeterministic, true)
      """;

  private TableCatalog() {}

  /**
   * Adds the tables of a schema to what is declared by hand.
   *
   * @param schema of a logical shard; all of them have the same tables
   * @param key name of the key column
   * @param declared tables and views by hand; they win
   */
  public static ShardedTables read(
      Connection connection,
      String schema,
      String key,
      Map<String, KeyColumn> declared,
      Collection<String> reference,
      Collection<String> functions)
      throws SQLException {
    Map<String, KeyColumn> sharded = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
      statement.setString(1, schema);
      statement.setString(2, key);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          KeyType type = KeyType.of(rows.getString(2));
          if (type != null) {
            sharded.put(rows.getString(1), new KeyColumn(key, type));
          }
        }
      }
    }
    sharded.keySet().removeAll(reference);
    sharded.putAll(declared);
    return new ShardedTables(sharded, reference, functions);
  }
}
