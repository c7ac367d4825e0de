package dev.trunkline.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;

/**
 * What a client sees of one workspace, and from where.
 *
 * @param port of the server that answered
 * @param blocks number of rows; as comments
 * @param fingerprint over ids and contents of all blocks
 */
record Sight(String schema, int port, String name, long blocks, long comments, String fingerprint) {
  private static final String QUERY =
      """
      select current_schema(), inet_server_port(), w.name,
        (select count(*) from block b where b.workspace_id = w.id),
        (select count(*) from comment c where c.workspace_id = w.id),
        (select md5(string_agg(b.id::text || b.properties::text, ',' order by b.id))
           from block b where b.workspace_id = w.id)
      from workspace w where w.id = ?\
      """;

  /** Looks through a connection; null when the workspace is not to be seen there. */
  static Sight of(Connection connection, UUID workspace) throws SQLException {
    return of(connection, "", workspace);
  }

  /**
   * @param comment stands in front of the query
   */
  static Sight of(Connection connection, String comment, UUID workspace) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(comment + QUERY)) {
      query.setObject(1, workspace);
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? read(row) : null;
      }
    }
  }

  private static Sight read(ResultSet row) throws SQLException {
    return new Sight(
        row.getString(1),
        row.getInt(2),
        row.getString(3),
        row.getLong(4),
        row.getLong(5),
        row.getString(6));
  }
}
