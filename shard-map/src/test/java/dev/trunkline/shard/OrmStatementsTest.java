package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OrmStatementsTest {
  private static List<String> cases() {
    return Scans.resource("orm-statements.txt")
        .lines()
        .filter(line -> line.contains(" | ") && !line.startsWith("#"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void findsTheKeyWhereAnOrmPutsIt(String line) {
    String expected = line.substring(0, line.indexOf(" | "));
    String sql = line.substring(line.indexOf(" | ") + 3);
    String[] parameters = new String[9];
    Arrays.fill(parameters, Shapes.W1);
    String workspace = Shapes.workspace(sql, parameters);
    if (expected.startsWith("miss")) {
      assertThat(Shapes.outcome(sql)).isEqualTo(expected);
    } else if (expected.equals("refused")) {
      assertThat(workspace).isNull();
      assertThat(Shapes.of(sql).kind()).isEqualTo(SqlShape.Kind.KEYED);
    } else {
      assertThat(Shapes.outcome(sql)).satisfies(found -> assertSame(found, expected));
      parameters = new String[] {"{" + Shapes.W1 + "}"};
      assertThat(expected.startsWith("the array") ? Shapes.workspace(sql, parameters) : workspace)
          .isEqualTo(Shapes.W1);
    }
  }

  private static void assertSame(String found, String expected) {
    if (expected.equals("literals")) {
      assertThat(found).matches("(literal \\d+ ?)+");
    } else if (expected.startsWith("the array")) {
      assertThat(found).isEqualTo(expected);
    } else {
      assertThat(found.split(" ")).containsExactlyInAnyOrder(expected.split(" "));
    }
  }

  @Test
  void findsTheKeyOfMostOfThem() {
    long routed = cases().stream().filter(line -> !line.matches("(miss|refused).*")).count();
    assertThat(cases()).hasSizeGreaterThanOrEqualTo(147);
    assertThat(routed).isGreaterThanOrEqualTo(110);
  }
}
