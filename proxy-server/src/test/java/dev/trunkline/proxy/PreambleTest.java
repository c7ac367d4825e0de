package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What travels in front of a client's data when its server connection was on another schema. */
@Timeout(60)
class PreambleTest {
  private static final String SHARD = "SELECT name FROM shard_name";
  private static final String PREPARED = "SELECT statement FROM pg_prepared_statements";

  /** Clients of a host take turns on one connection. */
  private static TestCluster cluster(String more) {
    return TestCluster.start("pgbouncer.default_pool_size = 1\n" + more);
  }

  private static void assertOn(FakeClient client, String schema) {
    assertThat(Wire.column(client.query(SHARD))).containsExactly(schema);
  }

  /** Three turns each. */
  private static void takeTurns(FakeClient... clients) {
    for (int i = 0; i < 3 * clients.length; i++) {
      int turn = i % clients.length;
      assertOn(clients[turn], TestHosts.schema(turn + 1));
    }
  }

  @Test
  void whatRecursIsPreparedOnTheServer() {
    try (TestCluster cluster = cluster("");
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      takeTurns(one, two);
      assertThat(Wire.column(one.query(PREPARED)))
          .containsExactlyInAnyOrder(
              "BEGIN",
              "COMMIT",
              "SET search_path TO \"schema_001\", \"public\"",
              "SET search_path TO \"schema_002\", \"public\"");
    }
  }

  @Test
  void itsStatementsCountAsPrepared() {
    try (TestCluster cluster = cluster("pgbouncer.max_prepared_statements = 8");
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2");
        FakeClient three = cluster.client("app@w3")) {
      for (FakeClient each : List.of(one, two, three)) {
        assertThat(Wire.prepare(each, "a", "SELECT 1")).isEqualTo("1Z");
        assertThat(Wire.prepare(each, "b", "SELECT 2")).isEqualTo("1Z");
      }
      takeTurns(one, two, three);
      assertThat(Wire.column(one.query(PREPARED))).hasSize(8).contains("BEGIN", "COMMIT");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7})
  void aSmallBoundIsLeftToTheClients(int bound) {
    try (TestCluster cluster = cluster("pgbouncer.max_prepared_statements = " + bound);
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      assertThat(Wire.prepare(one, "s", "SELECT 1")).isEqualTo("1Z");
      takeTurns(one, two);
      assertThat(Wire.column(one.query(PREPARED))).containsExactly("SELECT 1");
    }
  }

  @Test
  void nothingIsPreparedWhereNothingMayBe() {
    try (TestCluster cluster = cluster("pgbouncer.max_prepared_statements = 0");
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      takeTurns(one, two);
      assertThat(Wire.column(one.query(PREPARED))).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"DEALLOCATE ALL", "DISCARD ALL"})
  void theServerIsToldAgainWhatAClientMadeItForget(String sql) {
    try (TestCluster cluster = cluster("");
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      takeTurns(one, two);
      one.query(sql);
      takeTurns(one, two);
    }
  }

  @Test
  void aDelayedBeginIsBehindIt() {
    try (TestCluster cluster = cluster("");
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      takeTurns(one, two);
      one.query("BEGIN");
      assertOn(one, "schema_001");
      one.query("ROLLBACK");
      takeTurns(one, two);
    }
  }

  /** The value is reported without the quotes that it was sent with. */
  @Test
  void theClientSeesNothingOfItWhateverTheSchemasAreCalled() {
    String odd = "databases.app.search_path = [public, Select, select, \"a \\\"b\\\"\", \"c d\"]";
    try (TestCluster cluster = cluster(odd);
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      for (int i = 0; i < 3; i++) {
        assertThat(Wire.tags(one.query(SHARD))).isEqualTo("TDCZ");
        assertThat(Wire.tags(two.query(SHARD))).isEqualTo("TDCZ");
      }
      assertThat(Wire.column(two.query("SHOW search_path")))
          .containsExactly("schema_002, public, \"Select\", \"select\", \"a \"\"b\"\"\", \"c d\"");
    }
  }

  @Test
  void aFunctionThatLeavesAnotherSearchPathBehindItIsNoticed() throws SQLException {
    String schema = TestHosts.schema(3);
    try (Connection direct = TestCluster.direct(0);
        TestCluster cluster = cluster("");
        FakeClient one = cluster.client("app@w1");
        FakeClient two = cluster.client("app@w2")) {
      Sql.run(
          direct,
          "CREATE FUNCTION public.wanders() RETURNS text LANGUAGE sql AS "
              + "$$SELECT set_config('search_path', '%s', false)$$".formatted(schema));
      try {
        for (FakeClient client : List.of(one, two, one)) {
          assertThat(Wire.column(client.query("SELECT wanders()"))).containsExactly(schema);
          takeTurns(one, two);
        }
      } finally {
        Sql.run(direct, "DROP FUNCTION public.wanders()");
      }
    }
  }
}
