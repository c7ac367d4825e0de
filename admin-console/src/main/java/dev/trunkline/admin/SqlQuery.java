package dev.trunkline.admin;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * One query in SQL on its way through the engine. Belongs to one thread but for {@link #cancel}.
 */
final class SqlQuery {
  /** What the console answers at most; a table of a screen, not an export. */
  static final int MAX_ROWS = 100_000;

  private static final int MAX_DIGITS = 1000;

  private final String text;

  /** Guarded by this. */
  private PreparedStatement running;

  private boolean cancelled;

  SqlQuery(String text) {
    this.text = text;
  }

  /** From any thread: makes the query end soon, or not begin. */
  synchronized void cancel() throws SQLException {
    cancelled = true;
    if (running != null) {
      running.cancel();
    }
  }

  /** Its parameters and columns. */
  Command.Sql describe(SqlDatabase database, int[] oids) throws SQLException {
    try (Connection connection = database.reader();
        PreparedStatement statement = prepare(connection)) {
      List<SqlParameter> parameters = parameters(statement.getParameterMetaData(), oids);
      return new Command.Sql(text, parameters, columns(statement.getMetaData()), List.of());
    }
  }

  /** Its rows. */
  Answer.Table run(SqlDatabase database, List<?> values) throws SQLException, CommandFailed {
    try (Connection connection = database.reader();
        PreparedStatement statement = prepare(connection)) {
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      statement.setMaxRows(MAX_ROWS + 1);
      try (ResultSet result = statement.executeQuery()) {
        return table(result);
      }
    }
  }

  private PreparedStatement prepare(Connection connection) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(text);
    started(statement);
    return statement;
  }

  private synchronized void started(PreparedStatement statement) {
    if (cancelled) {
      throw new CancellationException();
    }
    running = statement;
  }

  private static List<SqlParameter> parameters(ParameterMetaData found, int[] oids)
      throws SQLException {
    List<SqlParameter> parameters = new ArrayList<>();
    for (int i = 0; i < found.getParameterCount(); i++) {
      int given = i < oids.length ? oids[i] : 0;
      int oid = given != 0 ? given : type(found.getParameterTypeName(i + 1)).oid;
      parameters.add(new SqlParameter(oid));
    }
    return parameters;
  }

  /** JDBC knows no columns of what is no query. */
  private static List<Column<Object[]>> columns(ResultSetMetaData found) throws SQLException {
    List<Column<Object[]>> columns = new ArrayList<>();
    for (int i = 0; found != null && i < found.getColumnCount(); i++) {
      int index = i;
      ColumnType type = type(found.getColumnTypeName(i + 1));
      columns.add(new Column<>(found.getColumnLabel(i + 1), type, row -> row[index]));
    }
    return columns;
  }

  private static Answer.Table table(ResultSet result) throws SQLException, CommandFailed {
    List<Column<Object[]>> columns = columns(result.getMetaData());
    List<Object[]> rows = new ArrayList<>();
    while (result.next()) {
      if (rows.size() == MAX_ROWS) {
        throw SqlErrors.tooManyRows();
      }
      rows.add(row(result, columns));
    }
    return new Answer.Table(columns, rows, "SELECT " + rows.size());
  }

  private static Object[] row(ResultSet result, List<Column<Object[]>> columns)
      throws SQLException, CommandFailed {
    Object[] cells = new Object[columns.size()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cell(result, i + 1, columns.get(i).type());
    }
    return cells;
  }

  private static Object cell(ResultSet result, int index, ColumnType type)
      throws SQLException, CommandFailed {
    if (result.getObject(index) == null) {
      return null;
    }
    return switch (type) {
      case TEXT -> result.getString(index).replace('\0', ' ');
      case INT4, INT8 -> result.getLong(index);
      case NUMERIC -> bounded(result.getBigDecimal(index));
      case FLOAT8 -> result.getDouble(index);
      case BOOL -> result.getBoolean(index);
      case TIMESTAMP -> instant(result.getObject(index, LocalDateTime.class));
      case TIMESTAMPTZ -> result.getObject(index, OffsetDateTime.class).toInstant();
    };
  }

  /** 1e999999999 is small until it is written out. */
  private static BigDecimal bounded(BigDecimal number) throws CommandFailed {
    if (Math.abs((long) number.scale()) + number.precision() > MAX_DIGITS) {
      throw CommandFailed.of("22003", "a number has more than " + MAX_DIGITS + " digits");
    }
    return number;
  }

  private static Instant instant(LocalDateTime time) {
    return time.toInstant(ZoneOffset.UTC);
  }

  /** By the engine's name of the type; everything else is shown as text. */
  private static ColumnType type(String name) {
    return switch (name) {
      case "TINYINT", "SMALLINT", "INTEGER" -> ColumnType.INT4;
      case "BIGINT" -> ColumnType.INT8;
      case "NUMERIC", "DECFLOAT" -> ColumnType.NUMERIC;
      case "REAL", "DOUBLE PRECISION" -> ColumnType.FLOAT8;
      case "BOOLEAN" -> ColumnType.BOOL;
      case "TIMESTAMP" -> ColumnType.TIMESTAMP;
      case "TIMESTAMP WITH TIME ZONE" -> ColumnType.TIMESTAMPTZ;
      default -> ColumnType.TEXT;
    };
  }
}
