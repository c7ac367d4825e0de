package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is routed to a workspace must do the same on all data as on the data of that workspace
 * alone. More cases: {@code -Dtrunkline.oracle.cases=1000000}.
 */
class ExecutionOracleTest {
  private static final int CASES = Integer.getInteger("trunkline.oracle.cases", 100_000);
  private static final int PLANTED_CASES = 20_000;
  private static final String DUMP =
      """
      SELECT workspace_id::text, 'task ' || t FROM task t UNION ALL
      SELECT workspace_id::text, 'project ' || p FROM project p UNION ALL
      SELECT workspace_id::text, 'comment ' || c FROM comment c
      """;

  private static EmbeddedPostgres postgres;
  private static final Map<String, Connection> CONNECTIONS = new HashMap<>();
  private static List<String> whole;

  @BeforeAll
  static void start() throws IOException, SQLException {
    postgres = EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
    for (String schema : List.of("whole", Shapes.W1, Shapes.W2)) {
      CONNECTIONS.put(schema, connect(schema));
    }
    whole = dump(CONNECTIONS.get("whole"), null, false);
  }

  @AfterAll
  static void stop() throws IOException, SQLException {
    for (Connection connection : CONNECTIONS.values()) {
      connection.close();
    }
    CONNECTIONS.clear();
    postgres.close();
  }

  private static Connection connect(String schema) throws SQLException {
    String url = postgres.getJdbcUrl("postgres", "postgres") + "&preferQueryMode=simple";
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA \"" + schema + "\"; SET search_path = \"" + schema + "\"");
      for (String table : List.of("task", "project", "comment")) {
        statement.execute(
            "CREATE TABLE "
                + table
                + " (workspace_id uuid NOT NULL, id int, name text, meta jsonb, PRIMARY KEY"
                + " (workspace_id, id))");
        for (String workspace : List.of(Shapes.W1, Shapes.W2, RandomSql.W3)) {
          if (schema.equals("whole") || schema.equals(workspace)) {
            statement.execute(rows(table, workspace));
          }
        }
      }
    }
    connection.setAutoCommit(false);
    return connection;
  }

  /** The ids are the same in all workspaces, so that what leaks from one finds its match. */
  private static String rows(String table, String workspace) {
    int odd = workspace.charAt(workspace.length() - 1) % 2;
    return "INSERT INTO %s SELECT '%s', i, CASE WHEN i %% 2 = %d THEN 'a' ELSE 'b' END,"
            .formatted(table, workspace, odd)
        + " '{\"k\": \"v\"}' FROM generate_series(1, "
        + (2 + table.length() % 3 + odd)
        + ") i";
  }

  private static List<String> dump(Connection connection, String workspace, boolean others)
      throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(DUMP)) {
      while (result.next()) {
        if (workspace == null || result.getString(1).equals(workspace) != others) {
          rows.add(result.getString(2));
        }
      }
    }
    Collections.sort(rows);
    return rows;
  }

  @Test
  void whatIsRoutedDoesTheSameOnAllDataAsOnItsWorkspace() throws SQLException {
    RandomSql sql = new RandomSql(seeded(), 92);
    int routed = 0;
    int failed = 0;
    for (int i = 0; i < CASES; i++) {
      String statement = sql.statement();
      String workspace = Shapes.workspace(statement);
      if (workspace != null) {
        String difference = difference(statement, workspace);
        failed += "error".equals(difference) ? 1 : 0;
        assertThat(difference).as(statement).isIn(null, "error");
        routed++;
      }
    }
    System.out.println(routed + " of " + CASES + " routed, " + failed + " refused by the server");
    assertThat(routed).isGreaterThan(CASES / 5);
    assertThat(failed).isLessThan(routed / 2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " OR / AND ",
        "LEFT JOIN/JOIN",
        "RIGHT JOIN/JOIN",
        "NOT /",
        " <> / = ",
        " ->> / || ",
        "NOT EXISTS /0 <> all",
      })
  void aRouterThatMisreadsIsFound(String planted) throws SQLException {
    String misread = planted.substring(0, planted.indexOf('/'));
    String asIf = planted.substring(planted.indexOf('/') + 1);
    UnaryOperator<String> router =
        statement ->
            statement.contains(misread) ? Shapes.workspace(statement.replace(misread, asIf)) : null;
    if (misread.equals(" ->> ") || misread.equals("NOT EXISTS ")) {
      router = ExecutionOracleTest::firstKey;
    }
    assertThat(wrong(router)).isPositive();
  }

  /** The router of regular expressions: the first key in the text. */
  private static String firstKey(String statement) {
    int at = statement.indexOf("workspace_id = '");
    return at < 0 ? null : Shapes.W1;
  }

  private static int wrong(UnaryOperator<String> router) throws SQLException {
    RandomSql sql = new RandomSql(seeded(), 50);
    for (int i = 0; i < PLANTED_CASES; i++) {
      String statement = sql.statement();
      String workspace = router.apply(statement);
      if (workspace != null) {
        String difference = difference(statement, workspace);
        if (difference != null && !difference.equals("error")) {
          return i + 1;
        }
      }
    }
    return 0;
  }

  private static Random seeded() {
    long seed = Long.getLong("trunkline.oracle.seed", System.nanoTime());
    System.out.println("ExecutionOracleTest seed " + seed);
    return new Random(seed);
  }

  /** Null when there is none, "error" when both refuse the statement. */
  private static String difference(String sql, String workspace) throws SQLException {
    Connection all = CONNECTIONS.get("whole");
    Connection one = CONNECTIONS.get(workspace);
    try {
      List<String> expected = run(one, sql);
      List<String> found = run(all, sql);
      if (!found.equals(expected)) {
        return "rows " + found + " instead of " + expected;
      }
      if (found.getFirst().startsWith("error")) {
        return "error";
      }
      return sql.startsWith("SELECT") || sql.startsWith("WITH") ? null : changes(workspace);
    } finally {
      all.rollback();
      one.rollback();
    }
  }

  private static String changes(String workspace) throws SQLException {
    Connection all = CONNECTIONS.get("whole");
    List<String> own = dump(all, workspace, false);
    List<String> expected = dump(CONNECTIONS.get(workspace), null, false);
    if (!own.equals(expected)) {
      return "data " + own + " instead of " + expected;
    }
    List<String> others = dump(all, workspace, true);
    List<String> before = new ArrayList<>(whole);
    before.removeIf(row -> row.contains(workspace));
    return others.equals(before) ? null : "data of others " + others;
  }

  private static List<String> run(Connection connection, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      boolean result = statement.execute(sql);
      if (!result) {
        return List.of("changed " + statement.getUpdateCount());
      }
      try (ResultSet set = statement.getResultSet()) {
        int columns = set.getMetaData().getColumnCount();
        while (set.next()) {
          StringBuilder row = new StringBuilder();
          for (int i = 1; i <= columns; i++) {
            row.append(set.getString(i)).append('|');
          }
          rows.add(row.toString());
        }
      }
    } catch (SQLException e) {
      return List.of("error " + e.getSQLState());
    }
    Collections.sort(rows);
    rows.addFirst(rows.size() + " rows");
    return rows;
  }
}
