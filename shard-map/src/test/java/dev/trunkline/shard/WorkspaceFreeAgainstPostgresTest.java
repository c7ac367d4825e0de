package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A role that may touch nothing of the user's runs mutated statements: where the scanner calls one
 * free, the server must not miss a privilege on it.
 */
class WorkspaceFreeAgainstPostgresTest {
  private static final int CASES = 30_000;
  private static final String SCHEMA =
      """
      CREATE TABLE block (a int, b text);
      CREATE TABLE other (a int, b text);
      CREATE VIEW block_view AS SELECT * FROM other;
      CREATE FUNCTION my_function(int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION "join"(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION filter(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION over(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION materialized(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
      REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
      CREATE ROLE stranger;
      SET ROLE stranger;
      SET statement_timeout = 500
      """;
  private static final String[] SEEDS = {
    "SELECT 1",
    "SELECT a, b FROM (SELECT 1 AS a, 'x' AS b) x WHERE a IS DISTINCT FROM 2 ORDER BY a LIMIT 1",
    "WITH block AS (SELECT 1 AS a), x AS (SELECT a FROM block) SELECT * FROM x, block",
    "WITH RECURSIVE x(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM x WHERE a < 3) SELECT * FROM x",
    "SELECT * FROM (WITH block AS (SELECT 1 AS a) SELECT * FROM block) x",
    "SELECT count(*) FILTER (WHERE a > 1) OVER (PARTITION BY a) FROM generate_series(1, 2) AS g"
        + " (a)",
    "SELECT * FROM unnest(ARRAY[1, 2]) WITH ORDINALITY AS t (a, b) JOIN (VALUES (1, 2)) AS v (c, d)"
        + " ON t.a = v.c",
    "SELECT DISTINCT ON (a) a FROM (SELECT 1 AS a) x GROUP BY a HAVING count(*) > 0",
    "SELECT extract(year FROM now()), substring('a' FROM 1 FOR 2), CAST('1' AS int), ARRAY(SELECT"
        + " 1)",
    "SELECT relname FROM pg_class c, LATERAL (SELECT c.oid) x, ONLY pg_type t WHERE EXISTS (SELECT"
        + " FROM pg_proc)",
    "SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3) EXCEPT VALUES (4) ORDER BY 1",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM (SELECT 1 AS a) x WINDOW w AS"
        + " (ORDER BY a)",
  };
  private static final String[] PARTS = {
    "block",
    "other",
    "block_view",
    "public.block",
    "\"block\"",
    ", block",
    ", other",
    "JOIN block ON true",
    "CROSS JOIN other",
    "(SELECT 1 FROM block)",
    "(SELECT 1 FROM other)",
    "my_function(1)",
    "join(1)",
    "filter(1)",
    "over(1)",
    "materialized(1)",
    "FROM",
    "FROM block",
    "FROM other",
    "AS",
    "AS other",
    "AS block",
    "(",
    ")",
    ",",
    "x",
    "WITH block AS (SELECT 1 AS a)",
    "WITH other AS (SELECT 1 AS a)",
    "RECURSIVE",
    "UNION SELECT 1 FROM other",
    "SELECT",
    "WHERE",
    "ON (a)",
    "WITH ORDINALITY",
    "values",
    "TABLE block",
    "LATERAL",
    "IS DISTINCT FROM",
    "()",
    ".",
    "join((SELECT 1))",
    "UNION",
    "VALUES (1)",
    "NOT",
    "LIKE",
    "ORDER BY",
    "LIMIT",
    "pg_class",
    ", pg_class",
    "AS x (a)",
  };

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final SqlScanner scanner = new SqlScanner();

  @Test
  void freesNoStatementThatNeedsAPrivilegeOnTheUsersObjects() throws IOException {
    System.out.println("WorkspaceFreeAgainstPostgresTest seed " + seed);
    List<String> corpus = new ArrayList<>(List.of(SEEDS));
    Scans.introspection().stream().filter(sql -> sql.length() < 600).forEach(corpus::add);
    int accepted = 0;
    int refused = 0;
    try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        RawConnection connection = new RawConnection(postgres.getPort())) {
      assertThat(connection.query(SCHEMA.getBytes(StandardCharsets.UTF_8)).error()).isNull();
      for (int i = 0; i < CASES; i++) {
        String sql = mutate(pick(corpus));
        boolean free = isFreeQuery(sql);
        if (!free && i % 5 > 0) {
          continue;
        }
        byte[] text = ("BEGIN READ ONLY;" + sql + "\n;ROLLBACK").getBytes(StandardCharsets.UTF_8);
        String error = connection.query(text).error();
        if (error != null) {
          connection.query("ROLLBACK".getBytes(StandardCharsets.UTF_8));
        }
        boolean denied = isDenied(error);
        assertThat(free && denied).as("%s%n%s", sql, error).isFalse();
        accepted += free && error == null ? 1 : 0;
        refused += denied ? 1 : 0;
      }
    }
    System.out.println("free and run: " + accepted + ", held back and denied: " + refused);
    assertThat(accepted).isGreaterThan(100);
    assertThat(refused).as("the oracle bites").isGreaterThan(10);
  }

  private boolean isFreeQuery(String sql) {
    Scans.scan(scanner, sql);
    return scanner.count() == 1 && scanner.workspaceFree(0) && scanner.effects() == 0;
  }

  private static boolean isDenied(String error) {
    return error != null
        && error.contains("42501")
        && error.matches(
            "(?s).* (block|other|block_view|my_function|join|filter|over|materialized) .*");
  }

  private String mutate(String sql) {
    String mutated = sql;
    for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
      List<Integer> edges = edges(mutated);
      int at = random.nextInt(edges.size());
      int to = Math.min(edges.size() - 1, at + random.nextInt(3));
      String part = " " + PARTS[random.nextInt(PARTS.length)] + " ";
      mutated = mutated.substring(0, edges.get(at)) + part + mutated.substring(edges.get(to));
    }
    return mutated;
  }

  private String pick(List<String> corpus) {
    boolean seeds = random.nextInt(4) > 0;
    return corpus.get(random.nextInt(seeds ? SEEDS.length : corpus.size()));
  }

  /**
   * Offsets at which tokens start. The corpus is ASCII, so offsets of bytes are those of
   * characters.
   */
  private static List<Integer> edges(String sql) {
    byte[] text = sql.getBytes(StandardCharsets.US_ASCII);
    SqlLexer lexer = new SqlLexer();
    lexer.reset(text, 0, text.length, true);
    List<Integer> edges = new ArrayList<>();
    Token token;
    do {
      token = lexer.next();
      edges.add(lexer.start());
    } while (token != Token.END && token != Token.BROKEN);
    return edges;
  }
}
