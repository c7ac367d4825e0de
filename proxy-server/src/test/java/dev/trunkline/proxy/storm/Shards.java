package dev.trunkline.proxy.storm;

import dev.trunkline.proxy.TestCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** The table {@code storm} in each schema of both hosts, looked at past the proxy. */
final class Shards {
  static final int SCHEMAS = 6;
  static final int WORKSPACES = 1000;

  private Shards() {}

  static String workspace(int number) {
    return "ws%04d".formatted(number);
  }

  static String schemaOf(String workspace) {
    return schema(Integer.parseInt(workspace.substring(2)) % SCHEMAS);
  }

  private static String schema(int index) {
    return "schema_%03d".formatted(index + 1);
  }

  private static int host(int index) {
    return index / (SCHEMAS / 2);
  }

  /** Lines of configuration that spread the workspaces over the schemas. */
  static String map() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < WORKSPACES; i++) {
      String workspace = workspace(i);
      text.append("map.workspaces.%s = %s\n".formatted(workspace, schemaOf(workspace)));
    }
    return text.toString();
  }

  static void create() throws SQLException {
    for (int i = 0; i < SCHEMAS; i++) {
      run(
          host(i),
          "DROP TABLE IF EXISTS %1$s.storm; CREATE TABLE %1$s.storm (w text, n bigint PRIMARY KEY);"
                  .formatted(schema(i))
              + "ALTER TABLE %s.storm OWNER TO app".formatted(schema(i)));
    }
  }

  static void drop() throws SQLException {
    for (int i = 0; i < SCHEMAS; i++) {
      run(host(i), "DROP TABLE %s.storm".formatted(schema(i)));
    }
  }

  private static void run(int host, String sql) throws SQLException {
    try (Connection connection = TestCluster.direct(host);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Every row of every schema; fails at the first whose workspace does not belong there. */
  static long each(LongConsumer number) throws SQLException {
    long rows = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      try (Connection connection = TestCluster.direct(host(i));
          Statement statement = connection.createStatement();
          ResultSet found =
              statement.executeQuery("SELECT w, n FROM %s.storm".formatted(schema(i)))) {
        while (found.next()) {
          String workspace = found.getString(1);
          if (!schemaOf(workspace).equals(schema(i))) {
            throw new AssertionError(
                "row %d of %s is in %s".formatted(found.getLong(2), workspace, schema(i)));
          }
          number.accept(found.getLong(2));
          rows++;
        }
      }
    }
    return rows;
  }

  /** A number about the proxy's backends on a host. */
  static long backends(int host, String condition) throws SQLException {
    try (Connection connection = TestCluster.direct(host);
        Statement statement = connection.createStatement();
        ResultSet count =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND " + condition)) {
      count.next();
      return count.getLong(1);
    }
  }

  /** What the proxy's backends on a host are at. */
  static List<String> backends(int host) throws SQLException {
    return list(host, "true");
  }

  /** Those that run a statement or are inside a transaction. */
  static List<String> busy(int host) throws SQLException {
    return list(host, "state <> 'idle'");
  }

  private static List<String> list(int host, String condition) throws SQLException {
    List<String> busy = new ArrayList<>();
    try (Connection connection = TestCluster.direct(host);
        Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT concat_ws(', ', pid, state, wait_event, now() - state_change, query)"
                    + " FROM pg_stat_activity WHERE usename = 'app' AND "
                    + condition)) {
      while (found.next()) {
        busy.add(found.getString(1));
      }
    }
    return busy;
  }

  /** Ends the idle connections that proxies of other tests keep to the same servers. */
  static void alone() throws SQLException {
    for (int host = 0; host < 2; host++) {
      try (Connection connection = TestCluster.direct(host);
          Statement statement = connection.createStatement()) {
        statement.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'");
      }
    }
  }
}
