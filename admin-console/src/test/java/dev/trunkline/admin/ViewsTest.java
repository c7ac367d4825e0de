package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ViewsTest {
  private static final Map<Integer, String> TYPES =
      Map.of(25, "text", 23, "int4", 20, "int8", 1700, "numeric");

  private static final Map<String, String> OURS =
      Map.of(
          "CLIENTS", ", workspace (text), group (text)",
          "SERVERS", ", schema (text), host (text), pin (text)");

  private final Talk talk = new Talk(Access.STATS);

  static Stream<String> observed() {
    return Resources.lines("pgbouncer-views.txt").stream();
  }

  @ParameterizedTest
  @MethodSource("observed")
  void everyPgBouncerViewHasItsColumnsAndTypesInOrderAndOursOnlyBehind(String line) {
    String name = line.substring(0, line.indexOf(':'));
    String columns = line.substring(line.indexOf(':') + 2);

    Talk.Reply reply = talk.query("SHOW " + name);

    assertThat(described(reply.columns())).isEqualTo(columns + OURS.getOrDefault(name, ""));
    assertThat(reply.completed()).containsExactly("SHOW");
  }

  @Test
  void ourOwnViewsHaveTheirColumns() {
    assertThat(described(talk.query("SHOW HOSTS").columns()))
        .isEqualTo(
            "name (text), group (text), region (text), host (text), port (int4), database (text), "
                + "state (text), max_connections (int4), current_connections (int4), "
                + "sv_active (int4), sv_idle (int4), cl_waiting (int4), last_error (text)");
    assertThat(described(talk.query("SHOW GROUPS").columns()))
        .isEqualTo(
            "name (text), hosts (text), listen (text), served (text), cl_connections (int4), "
                + "max_client_conn (int4), current_connections (int4), max_connections (int4), "
                + "cl_waiting (int4)");
    assertThat(described(talk.query("SHOW SHARDS").columns()))
        .isEqualTo(
            "name (text), host (text), group (text), region (text), workspaces_cached (int4)");
    assertThat(described(talk.query("SHOW MAP").columns())).isEqualTo("key (text), value (text)");
    assertThat(described(talk.query("SHOW ROUTE 'w'").columns()))
        .isEqualTo(
            "workspace (text), shard (text), host (text), group (text), region (text), "
                + "map_version (int8), source (text)");
    assertThat(described(talk.query("SHOW WORKSPACES").columns()))
        .isEqualTo(
            "workspace (text), shard (text), host (text), xact_count (int8), query_count (int8), "
                + "bytes_received (int8), bytes_sent (int8)");
  }

  @Test
  void poolsAreSortedByDatabaseAndUserAndSplitTheWait() {
    Talk.Reply reply = talk.query("SHOW POOLS");

    assertThat(reply.rows())
        .extracting(row -> row.get(0) + row.get(1))
        .containsExactly("pu", "pv", "qa");
    assertThat(reply.rows().getFirst())
        .containsExactly(
            "p",
            "u",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "8",
            "9",
            "10",
            "11",
            "2",
            "345678",
            "transaction",
            null);
  }

  @Test
  void clientsPrintTimesPointersAndFlagsAsPgBouncerDoes() {
    List<List<String>> rows = talk.query("SHOW CLIENTS").rows();

    assertThat(rows.getFirst())
        .containsExactly(
            "C",
            "u",
            "p",
            "none",
            "idle",
            "127.0.0.1",
            "49264",
            "127.0.0.1",
            "16432",
            "2026-11-21 05:25:36 UTC",
            null,
            "1",
            "213",
            "1",
            "0xabc",
            "0xff",
            "8538",
            "",
            "psql",
            "2",
            "5",
            "0190-a",
            "blue");
    assertThat(rows.get(1).get(15)).as("no link").isEmpty();
  }

  @Test
  void usersPrintTheirPoolSizeRightAligned() {
    assertThat(talk.query("SHOW USERS").rows().getFirst())
        .containsExactly("u", "        5", "", null, "0", "1", "0", "2");
  }

  @Test
  void statsShowTotalsThenAverages() {
    List<String> row = talk.query("SHOW STATS").rows().getFirst();

    assertThat(row.subList(0, 4)).containsExactly("p", "1", "2", "3");
    assertThat(row.subList(12, 14)).containsExactly("12", "101");
    assertThat(row.getLast()).isEqualTo("112");
  }

  @Test
  void totalsHaveOneLinePerCounterUnderPgBouncersNames() {
    List<List<String>> rows = talk.query("SHOW TOTALS").rows();

    assertThat(rows.stream().map(List::getFirst).toList())
        .isEqualTo(Arrays.asList(Resources.lines("pgbouncer-totals.txt").getFirst().split(", ")));
    assertThat(rows.getLast()).containsExactly("avg_client_login_count", "112");
  }

  @Test
  void stateNamesThreeStates() {
    assertThat(talk.query("SHOW STATE").rows())
        .containsExactly(
            List.of("active", "yes"), List.of("paused", "no"), List.of("suspended", "no"));
  }

  @Test
  void versionIsTheInspectorsLine() {
    assertThat(talk.query("SHOW VERSION").rows())
        .containsExactly(List.of("Trunkline 0.1.0, transport epoll"));
  }

  @Test
  void aNumberTooLargeForItsColumnSaturates() {
    assertThat(talk.query("SHOW MEM").rows().getFirst().getLast()).isEqualTo("2147483647");
    assertThat(talk.query("SHOW LISTS").rows().getLast().getLast()).isEqualTo("2147483647");
  }

  @Test
  void routeTakesAWorkspaceInAnyQuotes() {
    for (String workspace : List.of("'0190-a'", "\"0190-a\"", "0190-a")) {
      assertThat(talk.query("SHOW ROUTE " + workspace).rows())
          .containsExactly(
              List.of("0190-a", "schema_001", "h1", "blue", "eu", "3000000000", "table"));
    }
  }

  @Test
  void routeOfAnUnknownWorkspaceIsTheInspectorsError() {
    assertThat(talk.query("SHOW ROUTE 'unknown'").error().sqlstate()).isEqualTo("TL001");
  }

  @Test
  void routeWithoutAWorkspaceSaysHowToWriteIt() {
    assertThat(talk.query("SHOW ROUTE").error().hint()).contains("SHOW ROUTE '<workspace>'");
  }

  @Test
  void workspacesComeMostActiveFirst() {
    assertThat(talk.query("SHOW WORKSPACES").rows())
        .extracting(List::getFirst)
        .containsExactly("busy", "calm");
  }

  @Test
  void helpIsANoticeThatNamesEveryViewAndCommand() {
    Talk.Reply reply = talk.query("SHOW HELP");

    assertThat(reply.tags()).isEqualTo("NCZ");
    assertThat(reply.notices().getFirst().message()).isEqualTo("Console usage");
    assertThat(reply.notices().getFirst().detail())
        .contains("POOLS", "STATS_AVERAGES", "WORKSPACES", "SHOW ROUTE '<workspace>'")
        .contains("PAUSE [<db>]", "SHUTDOWN [WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS]");
  }

  @Test
  void viewsMayHaveNamesOfTwoWords() {
    assertThat(talk.query("SHOW SHARDED TABLES").rows())
        .isEqualTo(List.of(List.of("task", "sharded", "workspace_id", "uuid")));
    assertThat(talk.query("show route misses;").rows().getFirst()).contains("WHERE of task");
    assertThat(talk.query("SHOW ROUTE 'misses'").rows().getFirst()).contains("misses");
    assertThat(talk.query("SHOW SHAPES").rows()).hasSize(1);
    assertThat(talk.query("SHOW FIREWALL").rows()).hasSize(1);
  }

  @Test
  void explainRouteTakesAStatementAsItStands() {
    String statement = "SELECT 'it''s; \"x' FROM task";
    assertThat(talk.query("EXPLAIN ROUTE " + statement).rows().getFirst()).contains(statement);
  }

  private static String described(List<Backend.Column> columns) {
    List<String> texts = new ArrayList<>();
    columns.forEach(column -> texts.add(column.name() + " (" + TYPES.get(column.typeOid()) + ")"));
    return String.join(", ", texts);
  }
}
