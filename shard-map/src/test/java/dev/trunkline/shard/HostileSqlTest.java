package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HostileSqlTest {
  /** Generous: what is measured on two quiet cores is a tenth of it. */
  private static final Duration LIMIT = Duration.ofMillis(250);

  private static final String KEYED = "SELECT * FROM task WHERE workspace_id = $1 AND ";

  private static List<String> texts() {
    return Stream.of(
            "(".repeat(65_536),
            "SELECT " + "(".repeat(60) + "1" + ")".repeat(60),
            KEYED + "x = " + "1+".repeat(4_900) + "1",
            KEYED + "(" + "x OR ".repeat(4_900) + "x)",
            KEYED + "NOT ".repeat(9_000) + "x",
            KEYED + "x = " + "- ".repeat(9_000) + "1",
            KEYED + "x = " + "CASE WHEN a THEN ".repeat(3_000) + "1",
            "SELECT " + "(SELECT ".repeat(60) + "1" + ")".repeat(60),
            "SELECT 'a",
            "SELECT \"a",
            "SELECT $$a",
            "SELECT /* a",
            "SELECT E'a\\'",
            "SELECT 1 \0 ; SELECT 2",
            "\0",
            "",
            ";;;",
            "SELECT " + "a.".repeat(4_000) + "a",
            "SELECT " + "a".repeat(64_000),
            "SELECT " + "[".repeat(9_000),
            KEYED + "x " + "= ANY (".repeat(60) + "y" + ")".repeat(60),
            "SELECT * FROM task " + "JOIN task ON true ".repeat(2_000),
            "WITH " + "a AS (SELECT 1), ".repeat(1_000) + "b AS (SELECT 1) SELECT 1",
            "\uFEFFSELECT 1",
            "SELECT 1; SELECT 2",
            KEYED + "x IN (" + "1, ".repeat(4_900) + "1)",
            KEYED + "x = " + "a -> ".repeat(4_900) + "a",
            KEYED + "x = " + "1::".repeat(3_000) + "int",
            "SELECT * FROM " + "(".repeat(60) + "task" + ")".repeat(60),
            "SELECT " + "$1::uuid[][][],".repeat(2_000) + "1",
            "SELECT 1 FROM task" + " UNION SELECT 1 FROM task".repeat(2_000),
            "SELECT CASE" + " WHEN workspace_id = $1 THEN 1".repeat(1_000) + " END FROM task")
        .toList();
  }

  @BeforeAll
  static void warm() {
    texts().forEach(text -> Shapes.workspace(text, Shapes.W1));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void endsSoonWithoutAWorkspaceOrWithTheRightOne(String sql) {
    long start = System.nanoTime();
    String workspace = Shapes.workspace(sql, Shapes.W1);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
    if (workspace != null) {
      assertThat(sql).startsWith(KEYED);
      assertThat(workspace).isEqualTo(Shapes.W1);
    }
  }
}
