package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFinderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM task WHERE workspace_id = $1 OR done",
        "SELECT * FROM task WHERE workspace_id = $1 AND meta->>'k' = 'x' OR shared",
        "SELECT * FROM task WHERE NOT workspace_id = $1",
        "SELECT * FROM task WHERE (workspace_id = $1) IS TRUE",
        "SELECT * FROM task WHERE (workspace_id = $1) = false",
        "SELECT * FROM task WHERE workspace_id = $1 || 'x'",
        "SELECT * FROM task WHERE workspace_id = lower($1)::uuid",
        "SELECT * FROM task WHERE workspace_id = ALL ($1)",
        "SELECT * FROM task WHERE workspace_id =~ $1",
        "SELECT * FROM task WHERE id = $1 HAVING workspace_id = $1",
        "SELECT * FROM task a FULL JOIN task b ON a.workspace_id = $1 AND b.workspace_id = $1",
        "SELECT * FROM task a LEFT JOIN task b ON a.workspace_id = $1 AND b.workspace_id = $1",
        "SELECT * FROM task a NATURAL JOIN task b WHERE a.workspace_id = $1",
        "SELECT * FROM task a (x, workspace_id) WHERE workspace_id = $1",
        "SELECT * FROM (SELECT * FROM task) s WHERE s.workspace_id = $1",
        "SELECT * FROM task WHERE workspace_id = $1 AND id IN (SELECT task_id FROM comment)",
        "SELECT (SELECT count(*) FROM comment) FROM task WHERE workspace_id = $1",
        "SELECT * FROM task WHERE workspace_id = $1 UNION SELECT * FROM task",
        "SELECT * FROM task a WHERE EXISTS (SELECT 1 FROM project b WHERE b.workspace_id = $1 AND"
            + " a.workspace_id = b.workspace_id)",
        "WITH x AS (DELETE FROM task RETURNING *) SELECT * FROM x WHERE workspace_id = $1",
        "WITH x AS (SELECT 1) SELECT * FROM task WHERE workspace_id = (SELECT $1::uuid)",
        "INSERT INTO task VALUES ($1, 2)",
        "INSERT INTO task (id) VALUES ($1)",
        "INSERT INTO task (id, workspace_id) VALUES (1, $1), (2, DEFAULT)",
        "INSERT INTO task (id, workspace_id) SELECT id, gen_random_uuid() FROM project WHERE"
            + " workspace_id = $1",
        "INSERT INTO task (workspace_id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET workspace_id ="
            + " gen_random_uuid()",
        "UPDATE task SET workspace_id = gen_random_uuid() WHERE workspace_id = $1",
        "UPDATE task SET (id, workspace_id) = (SELECT 1, $1::uuid) WHERE workspace_id = $1",
        "UPDATE task SET name = 'x' FROM project p WHERE p.workspace_id = $1",
        "DELETE FROM task USING project p WHERE p.workspace_id = $1 AND p.id = task.id",
        "SELECT * INTO t FROM task WHERE workspace_id = $1",
        "MERGE INTO task USING project p ON p.workspace_id = $1 WHEN MATCHED THEN DELETE",
        "SELECT * FROM \"Task\" WHERE workspace_id = $1",
        "SELECT * FROM task \"T\" JOIN project t ON true WHERE \"T\".workspace_id = $1",
        "SELECT \"Lower\"(name) FROM task WHERE workspace_id = $1",
        "SELECT * FROM task WHERE \"Workspace_id\" = $1",
        "SELECT * FROM task WHERE workspace_id = $1::\"UUID\"",
        "SELECT id::numeric((SELECT count(*) FROM comment)) FROM task WHERE workspace_id = $1",
        "SELECT * FROM task WHERE workspace_id = ANY ($1)::text",
        "SELECT * FROM task o, LATERAL (SELECT o.* FROM project p WHERE p.workspace_id = $1) d"
            + " WHERE d.workspace_id = o.workspace_id",
        "SELECT * FROM public.task WHERE workspace_id = $1",
        "SELECT * FROM task, unknown WHERE workspace_id = $1",
        "SELECT my_function() FROM task WHERE workspace_id = $1",
        "UPDATE country SET name = 'x'",
        "COPY task FROM STDIN",
        "COPY task (id) FROM STDIN",
        "COPY task TO STDOUT",
        "SELECT nextval('task_id_seq')",
        "DROP TABLE task",
      })
  void cannotTell(String sql) {
    assertThat(Shapes.of(sql).kind()).isEqualTo(SqlShape.Kind.MISS);
    assertThat(Shapes.of(sql).miss().message()).isNotBlank();
  }

  @Test
  void findsTheColumnOfCopy() {
    SqlShape shape = Shapes.of("COPY task (id, workspace_id, name) FROM STDIN (FORMAT csv)");
    assertThat(shape.kind()).isEqualTo(SqlShape.Kind.COPY);
    assertThat(shape.copyColumn()).isEqualTo(1);
  }

  @Test
  void executeHasTheKeyOfWhatWasPrepared() {
    SqlShape body = Shapes.of("PREPARE p (uuid, int) AS SELECT FROM task WHERE workspace_id = $1");
    String sql = "EXECUTE p ('" + Shapes.W1 + "', 2)";
    SqlShape shape = Shapes.of(sql).executing(body);
    assertThat(body.preparedName()).isEqualTo("p");
    assertThat(KeyReader.read(shape, Shapes.text(sql), KeyValues.NONE))
        .isEqualTo(new KeyAnswer.Found(Shapes.W1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EXPLAIN (ANALYZE) SELECT * FROM task WHERE workspace_id = $1",
        "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM task WHERE workspace_id = $1",
        "COPY (SELECT * FROM task WHERE workspace_id = $1) TO STDOUT",
        "TABLE country",
        "WITH RECURSIVE t AS (SELECT id, workspace_id FROM task WHERE workspace_id = $1 UNION ALL"
            + " SELECT c.id, c.workspace_id FROM comment c JOIN t ON t.id = c.task_id WHERE"
            + " c.workspace_id = $1) SELECT * FROM t",
      })
  void findsTheKeyInside(String sql) {
    assertThat(Shapes.of(sql).kind()).isIn(SqlShape.Kind.KEYED, SqlShape.Kind.REFERENCE);
  }

  @Test
  void knowsWhatWrites() {
    assertThat(Shapes.of("SELECT * FROM task WHERE workspace_id = $1").readOnly()).isTrue();
    for (String sql :
        List.of(
            "SELECT * FROM task WHERE workspace_id = $1 FOR SHARE",
            "SELECT nextval('s') FROM task WHERE workspace_id = $1",
            "DELETE FROM task WHERE workspace_id = $1")) {
      assertThat(Shapes.of(sql).readOnly()).as(sql).isFalse();
    }
  }
}
