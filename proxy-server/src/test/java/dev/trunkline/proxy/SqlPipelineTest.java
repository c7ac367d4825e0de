package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Routing by SQL in pipelines, message by message; {@code shard_name} says where they arrived. */
@Timeout(60)
class SqlPipelineTest {
  private static final String KEYED = "SELECT name FROM shard_name WHERE name <> $1";

  private static TestCluster cluster;
  private FakeClient client;

  /** A declaration that makes the shard's name the key: every condition on it is a workspace. */
  @BeforeAll
  static void start() {
    StringBuilder workspaces = new StringBuilder();
    for (int shard = 1; shard <= TestHosts.COUNT * TestHosts.SHARDS_PER_HOST; shard++) {
      String schema = TestHosts.schema(shard);
      workspaces.append("map.workspaces.").append(schema).append(" = ").append(schema).append('\n');
    }
    cluster =
        TestCluster.start(
            workspaces + "map.sharded_tables { tables { shard_name = \"name text\" } }");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void connect() {
    client = cluster.client("app");
  }

  @AfterEach
  void close() {
    client.close();
  }

  private static void bindAndExecute(ByteBuf out, String statement, String... values) {
    Frontend.bind(out, "", statement, Wire.values(values));
    Frontend.execute(out, "", 0);
  }

  private static final String BY_NAME = "SELECT name FROM shard_name WHERE name = $1";

  @Test
  void batchesOfDifferentWorkspacesMayBeInFlight() {
    client.send(
        out -> {
          Frontend.parse(out, "s", BY_NAME);
          Frontend.sync(out);
          for (int i = 0; i < 30; i++) {
            bindAndExecute(out, "s", TestHosts.schema(i % 6 + 1));
            Frontend.sync(out);
            Frontend.parse(out, "", BY_NAME + " AND " + i + " >= 0");
            bindAndExecute(out, "", TestHosts.schema((i + 3) % 6 + 1));
            Frontend.sync(out);
          }
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("1Z");
    for (int i = 0; i < 30; i++) {
      assertThat(Wire.column(Wire.ready(client))).containsExactly(TestHosts.schema(i % 6 + 1));
      assertThat(Wire.column(Wire.ready(client)))
          .containsExactly(TestHosts.schema((i + 3) % 6 + 1));
    }
  }

  @Test
  void aDescribeBeforeTheValuesIsAnsweredByAnyShard() {
    client.send(
        out -> {
          Frontend.parse(out, "", BY_NAME);
          Frontend.describe(out, Frontend.STATEMENT, "");
          bindAndExecute(out, "", "schema_005");
          Frontend.sync(out);
          Frontend.parse(out, "n", BY_NAME);
          Frontend.describe(out, Frontend.STATEMENT, "n");
          Frontend.flush(out);
          bindAndExecute(out, "n", "schema_002");
          bindAndExecute(out, "n", "schema_002");
          Frontend.sync(out);
        });
    List<Message> first = Wire.ready(client);
    assertThat(Wire.tags(first)).isEqualTo("1tT2DCZ");
    assertThat(Wire.column(first)).containsExactly("schema_005");
    List<Message> second = Wire.ready(client);
    assertThat(Wire.tags(second)).isEqualTo("1tT2DC2DCZ");
    assertThat(Wire.column(second)).containsExactly("schema_002", "schema_002");
  }

  @Test
  void aDelayedBeginSurvivesADescribeElsewhere() {
    for (int i = 1; i <= 6; i++) {
      String schema = TestHosts.schema(i);
      client.send(
          out -> {
            Frontend.parse(out, "", "BEGIN");
            bindAndExecute(out, "");
            Frontend.parse(out, "", BY_NAME);
            Frontend.describe(out, Frontend.STATEMENT, "");
            bindAndExecute(out, "", schema);
            Frontend.sync(out);
          });
      List<Message> answer = Wire.ready(client);
      assertThat(Wire.tags(answer)).isEqualTo("12C1tT2DCZ");
      assertThat(Wire.column(answer)).containsExactly(schema);
      assertThat(Wire.column(client.query("SELECT count(*) FROM shard_name"))).containsExactly("1");
      assertThat(Wire.tags(client.query("COMMIT"))).isEqualTo("CZ");
    }
  }

  @Test
  void whatFollowsACommitInTheSameBatchHasToBeKeyedItself() {
    client.send(
        out -> {
          Frontend.parse(out, "", "BEGIN");
          bindAndExecute(out, "");
          Frontend.parse(out, "", BY_NAME);
          bindAndExecute(out, "", "schema_005");
          Frontend.parse(out, "", "SELECT name FROM shard_name");
          bindAndExecute(out, "");
          Frontend.parse(out, "", "COMMIT");
          bindAndExecute(out, "");
          Frontend.parse(out, "", "SELECT name FROM shard_name");
          bindAndExecute(out, "");
          Frontend.sync(out);
        });
    List<Message> answer = Wire.ready(client);
    assertThat(Wire.column(answer)).containsExactly("schema_005", "schema_005");
    assertThat(Wire.errors(answer)).containsExactly("TL001");
  }

  @Test
  void twoWorkspacesInOneBatchAreRefusedAndTheNextBatchWorks() {
    client.send(
        out -> {
          Frontend.parse(out, "t", BY_NAME);
          bindAndExecute(out, "t", "schema_001");
          bindAndExecute(out, "t", "schema_004");
          Frontend.sync(out);
          bindAndExecute(out, "t", "schema_004");
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL005");
    assertThat(Wire.column(Wire.ready(client))).containsExactly("schema_004");
  }

  @Test
  void aMistakeInTheTextIsToldAtTheBind() {
    client.send(
        out -> {
          Frontend.parse(out, "bad", "SELECT nothing FROM shard_name WHERE name = $1");
          Frontend.sync(out);
          bindAndExecute(out, "bad", "schema_001");
          Frontend.sync(out);
          Frontend.parse(out, "good", BY_NAME);
          bindAndExecute(out, "good", "schema_001");
          Frontend.sync(out);
        });
    assertThat(Wire.tags(Wire.ready(client))).isEqualTo("1Z");
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("42703");
    assertThat(Wire.column(Wire.ready(client))).containsExactly("schema_001");
  }

  @Test
  void comparisonsThatHoldNothingAreNoKeys() {
    client.send(
        out -> {
          Frontend.parse(out, "", KEYED);
          bindAndExecute(out, "", "schema_001");
          Frontend.sync(out);
        });
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL001");
  }

  @Test
  void valuesThatAreNoneAreRefused() {
    client.send(
        out -> {
          Frontend.parse(out, "k", BY_NAME);
          Frontend.sync(out);
          Frontend.bind(out, "", "k", Collections.singletonList(null));
          Frontend.execute(out, "", 0);
          Frontend.sync(out);
          bindAndExecute(out, "k");
          Frontend.sync(out);
        });
    Wire.ready(client);
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL001");
    assertThat(Wire.errors(Wire.ready(client))).containsExactly("TL001");
  }
}
