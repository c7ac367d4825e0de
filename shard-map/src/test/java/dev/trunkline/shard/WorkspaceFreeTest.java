package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceFreeTest {
  @Test
  void freesIntrospectionAsTheToolsSendIt() {
    assertThat(Scans.introspection())
        .hasSizeGreaterThan(150)
        .allSatisfy(sql -> assertThat(Scans.free(sql)).isTrue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "SELECT version()",
        "SELECT current_schema()",
        "SHOW server_version",
        "SELECT pg_backend_pid()",
        "select $1::int + 1",
        "VALUES (1), (now()::text)",
        "BEGIN; COMMIT; ROLLBACK; SAVEPOINT a; ROLLBACK TO a; RELEASE a",
        "SET a = 1; SET LOCAL a = 1; RESET ALL; SET TRANSACTION READ ONLY; DISCARD ALL; DEALLOCATE"
            + " ALL; CLOSE ALL",
        "LISTEN a; UNLISTEN *; NOTIFY a; SELECT pg_notify('a', 'b')",
        "SELECT set_config('search_path', '', false)",
        "SELECT count(*) FILTER (WHERE a > 1) OVER (PARTITION BY (b) ORDER BY (c)) FROM pg_class",
        "SELECT CAST('1' AS numeric(10, 2)), EXTRACT(year FROM now()), SUBSTRING('a' FROM 1 FOR 2),"
            + " trim(both from 'a')",
        "SELECT a IS NOT DISTINCT FROM b FROM pg_class, pg_catalog.pg_type AS t(a, b),"
            + " information_schema.tables",
        "SELECT * FROM (VALUES (1, 2), (3, 4)) AS v (a, b) JOIN LATERAL (SELECT 1) x ON true",
        "SELECT * FROM unnest(ARRAY[1, 2]) WITH ORDINALITY AS t (a, b), generate_series(1, 2) s(i)",
        "WITH block AS (SELECT 1), other (a) AS NOT MATERIALIZED (SELECT * FROM block) SELECT *"
            + " FROM other, block",
        "WITH RECURSIVE block AS (SELECT 1 UNION SELECT * FROM block) SELECT * FROM block",
        "SELECT date '2020-01-01', interval '1' day, now() AT TIME ZONE 'utc', 'a' LIKE 'b' ESCAPE"
            + " 'c'",
        "SELECT 'block'::regclass, 'a' COLLATE \"C\", 1 OPERATOR(pg_catalog.+) 2, 'x'::\"char\","
            + " '1'::double precision",
        "SELECT \"left\"('a', 1) FROM \"pg_class\"",
      })
  void freesWhatTouchesNothingOfTheUser(String sql) {
    assertThat(Scans.free(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM block",
        "TABLE block",
        "TABLE pg_class",
        "SELECT * FROM (TABLE block) x",
        "COPY block TO STDOUT",
        "INSERT INTO block VALUES (1)",
        "EXPLAIN SELECT * FROM block",
        "SELECT my_function()",
        "SELECT public.version()",
        "SELECT \"Version\"()",
        "SELECT 1 FROM \"pg_Class\"",
        "SELECT count(*) FROM other.pg_class",
        "SELECT 1 FROM db.pg_catalog.pg_class",
        "SELECT 1 FROM pg_catalog.block",
        "SELECT 1 FROM U&\"block\"",
        "SELECT 1 FROM pg_class, block",
        "SELECT 1 FROM pg_class c(a), block",
        "SELECT 1 FROM pg_class c CROSS JOIN block",
        "SELECT 1 FROM (pg_class c JOIN block b ON true)",
        "SELECT 1 FROM pg_class c JOIN (pg_type t JOIN block b ON true) ON true",
        "SELECT 1 FROM pg_class c JOIN pg_type t ON c.where = t.order, block",
        "SELECT 1 FROM unnest($1) WITH ORDINALITY, block",
        "SELECT 1 FROM unnest($1) WITH ORDINALITY AS (a int), ordinality",
        "SELECT 1 FROM pg_class values, block",
        "SELECT (SELECT 1 FROM block)",
        "SELECT 1 WHERE EXISTS (SELECT FROM block)",
        "SELECT ARRAY(SELECT a FROM block)",
        "SELECT 1 UNION SELECT 1 FROM block",
        "SELECT EXTRACT(year FROM (SELECT a FROM block))",
        "SELECT a IS DISTINCT FROM b FROM block",
        "SELECT DISTINCT FROM block",
        "WITH a AS (SELECT * FROM block) SELECT * FROM a",
        "WITH block AS (SELECT * FROM block) SELECT 1",
        "WITH a AS (SELECT * FROM block), block AS (SELECT 1) SELECT 1",
        "SELECT * FROM (WITH block AS (SELECT 1) SELECT * FROM block) x, block",
        "(WITH block AS (SELECT 1) SELECT 1) UNION SELECT * FROM block",
        "WITH a AS (WITH block AS (SELECT 1) SELECT 1) SELECT * FROM block",
        "WITH a AS (DELETE FROM pg_class RETURNING 1) SELECT 1",
        "WITH a AS (SELECT 1) INSERT INTO block SELECT 1",
        "WITH block AS (SELECT 1) SELECT * FROM public.block",
        "SELECT * FROM pg_class FOR UPDATE",
        "SELECT * FROM pg_class FOR NO KEY UPDATE",
        "SELECT 1 INTO a",
        "SELECT nextval('a')",
        "SELECT pg_catalog.nextval('a')",
        "SELECT currval('a')",
        "SELECT lastval()",
        "SELECT query_to_xml('select * from block', true, true, '')",
        "SELECT table_to_xml('block', true, true, '')",
        "SELECT ts_stat('select v from block')",
        "SELECT lo_get(1)",
        "SELECT pg_read_file('a')",
        "SELECT pg_total_relation_size('block')",
        "SELECT * FROM pg_sequences",
        "SELECT * FROM pg_stats",
        "SELECT * FROM pg_largeobject",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_input_is_valid('1', 'my_domain')",
        "SELECT $1::my_domain",
        "SELECT $1::public.text",
        "SELECT CAST($1 AS my_domain)",
        "SELECT my_domain '1'",
        "SELECT my_type(3) '1'",
        "SELECT * FROM json_to_record('{}') AS x(a my_domain)",
        "SELECT 1 OPERATOR(public.+) 2",
        "SELECT by(1), filter(1), over(1), join((SELECT 1))",
        "SELECT DISTINCT ON (a) filter(1)",
        "SELECT DISTINCT ON (a) over()",
        "SELECT DISTINCT ON (a) my_function(b) FROM pg_class",
        "SELECT 1 FROM pg_class a JOIN pg_class b ON a LIKE join((SELECT 1))",
        "SELECT AS materialized(1)",
        "SELECT (pg_class).my_function(1) FROM pg_class",
        "SELECT 1 FROM my_function()",
        "SELECT 1 FROM ROWS FROM (my_function())",
        "SELECT 1 FROM pg_class TABLESAMPLE my_method(1)",
        "SELECT xmltable(1)",
        "SET CONSTRAINTS a DEFERRED",
        "SET TRANSACTION SNAPSHOT '1'",
        "COMMIT PREPARED 'a'",
        "DEALLOCATE a",
        "CLOSE a",
        "CALL p()",
        "DO ''",
        "SELECT 1; SELECT * FROM block",
      })
  void holdsBackWhatMayTouchSomethingOfTheUser(String sql) {
    assertThat(Scans.free(sql)).isFalse();
  }

  @Test
  void givesUpOnDeepNesting() {
    assertThat(Scans.free("SELECT " + "(".repeat(50) + "1" + ")".repeat(50))).isTrue();
    assertThat(Scans.free("SELECT " + "(".repeat(5000) + "1" + ")".repeat(5000))).isFalse();
  }
}
