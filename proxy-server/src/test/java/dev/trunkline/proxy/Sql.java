package dev.trunkline.proxy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** JDBC in one line each. */
final class Sql {
  private Sql() {}

  /** Runs statements of which no rows are wanted. */
  static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** First column of the first row, or null when there is no row. */
  static String value(Connection connection, String sql) throws SQLException {
    List<String> column = column(connection, sql);
    return column.isEmpty() ? null : column.getFirst();
  }

  /** First column of all rows. */
  static List<String> column(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return column(rows);
    }
  }

  /** First column of all rows of a prepared query. */
  static List<String> column(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      return column(rows);
    }
  }

  private static List<String> column(ResultSet rows) throws SQLException {
    List<String> values = new ArrayList<>();
    while (rows.next()) {
      values.add(rows.getString(1));
    }
    return values;
  }
}
