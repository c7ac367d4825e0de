package dev.trunkline.admin;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import org.h2.Driver;

/**
 * The views as tables of an H2 database that lives in memory, for one statement. Whatever that
 * statement does is gone with it. It runs as a user that may read the views and nothing else: H2's
 * functions on files, URLs and Java classes are its administrator's.
 */
final class SqlDatabase implements AutoCloseable {
  /** One exists at a time, so the name can be the one that current_database() tells. */
  private static final String URL =
      "jdbc:h2:mem:"
          + ConsoleSession.DATABASE
          + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"
          + ";NON_KEYWORDS=KEY,VALUE;TIME ZONE=UTC;DB_CLOSE_ON_EXIT=FALSE";

  private static final String READER = "console";

  private final Connection owner;

  /** Creates all views, empty. */
  SqlDatabase() throws SQLException {
    owner = connect("owner");
    try (Statement statement = owner.createStatement()) {
      for (View<?> view : Views.tables()) {
        statement.execute(definition(view));
      }
      statement.execute("CREATE USER " + READER + " PASSWORD ''");
      statement.execute("GRANT SELECT ON SCHEMA public TO " + READER);
    }
  }

  /** Puts rows into a view; the cells are as in {@link Answer.Table}. */
  void fill(View<?> view, List<Object[]> rows) throws SQLException {
    String marks = String.join(",", Collections.nCopies(view.columns().size(), "?"));
    String insert = "INSERT INTO " + quoted(view.name()) + " VALUES (" + marks + ")";
    try (PreparedStatement statement = owner.prepareStatement(insert)) {
      for (Object[] row : rows) {
        for (int i = 0; i < row.length; i++) {
          statement.setObject(i + 1, row[i]);
        }
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /** A connection that may only read. */
  Connection reader() throws SQLException {
    return connect(READER);
  }

  /** The last connection takes the database with it. */
  @Override
  public void close() throws SQLException {
    owner.close();
  }

  private static Connection connect(String user) throws SQLException {
    Properties login = new Properties();
    login.setProperty("user", user);
    login.setProperty("password", "");
    return new Driver().connect(URL, login);
  }

  private static String definition(View<?> view) {
    List<String> columns = view.columns().stream().map(SqlDatabase::definition).toList();
    return "CREATE TABLE " + quoted(view.name()) + "(" + String.join(",", columns) + ")";
  }

  private static String definition(Column<?> column) {
    String type =
        switch (column.type()) {
          case TEXT -> "VARCHAR";
          case INT4 -> "INTEGER";
          case INT8 -> "BIGINT";
          case NUMERIC -> "NUMERIC(38)";
          case FLOAT8 -> "DOUBLE PRECISION";
          case BOOL -> "BOOLEAN";
          case TIMESTAMP -> "TIMESTAMP";
          case TIMESTAMPTZ -> "TIMESTAMP WITH TIME ZONE";
        };
    return quoted(column.name()) + " " + type;
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }
}
