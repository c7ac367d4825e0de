package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that keep their server connection, and turn to other workspaces or see theirs move. */
@Timeout(60)
class PinnedLeaseTest {
  private static final String SHARD = "SELECT name FROM shard_name";

  private TestCluster cluster;

  @BeforeEach
  void start() {
    cluster = TestCluster.start("");
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void reload(String line) throws Exception {
    Files.writeString(cluster.file(), line + "\n", StandardOpenOption.APPEND);
    cluster.proxy().reload();
  }

  private static void assertHeld(Connection client, String sql) {
    assertThatThrownBy(() -> Sql.run(client, sql))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("session state ties this connection to another host")
        .hasMessageContaining("listen");
  }

  @ParameterizedTest
  @ValueSource(strings = {"simple", "extended"})
  void noTransactionBeginsWhereTheShardWas(String mode) throws Exception {
    try (Connection pinned =
        cluster.connect("app", "options=-c%20trunkline.workspace=w1&preferQueryMode=" + mode)) {
      Sql.run(pinned, "LISTEN news");
      reload("map.workspaces.w1 = schema_004");
      Sql.run(pinned, "BEGIN");
      assertHeld(pinned, SHARD);
      Sql.run(pinned, "ROLLBACK");
      assertHeld(pinned, SHARD);
      Sql.run(pinned, "UNLISTEN *");
      assertThat(Sql.value(pinned, SHARD)).isEqualTo("schema_004");
    }
  }

  @Test
  void noPipelineBeginsWhereTheShardWas() throws Exception {
    try (FakeClient pinned = cluster.client("app@w1")) {
      pinned.query("LISTEN news");
      reload("map.workspaces.w1 = schema_004");
      pinned.send(
          out -> {
            Frontend.query(out, "BEGIN");
            Frontend.query(out, SHARD);
            Frontend.query(out, "ROLLBACK");
            Frontend.query(out, SHARD);
          });
      assertThat(Wire.tags(Wire.ready(pinned))).isEqualTo("CZ");
      assertThat(Wire.errors(Wire.ready(pinned))).containsExactly("0A000");
      assertThat(Wire.tags(Wire.ready(pinned))).isEqualTo("CZ");
      assertThat(Wire.errors(Wire.ready(pinned))).containsExactly("0A000");
    }
  }

  @Test
  void aTransactionGoesOnWhereItHasBegun() throws Exception {
    try (Connection client = cluster.workspace("w1")) {
      client.setAutoCommit(false);
      assertThat(Sql.value(client, SHARD)).isEqualTo("schema_001");
      reload("map.workspaces.w1 = schema_004");
      assertThat(Sql.value(client, SHARD)).isEqualTo("schema_001");
      client.commit();
      assertThat(Sql.value(client, SHARD)).isEqualTo("schema_004");
      client.rollback();
    }
  }

  @Test
  void anotherWorkspaceOnTheSameHostIsTurnedTo() throws Exception {
    try (Connection pinned = cluster.workspace("w1")) {
      Sql.run(pinned, "LISTEN news", "SET trunkline.workspace = 'w2'");
      pinned.setAutoCommit(false);
      assertThat(Sql.value(pinned, SHARD)).isEqualTo("schema_002");
      pinned.rollback();
      assertThat(Sql.value(pinned, SHARD)).isEqualTo("schema_002");
    }
  }

  @Test
  void aPausedWorkspaceIsNotTurnedTo() throws Exception {
    try (Connection pinned = cluster.workspace("w1");
        Connection console = cluster.console()) {
      Sql.run(pinned, "LISTEN news");
      Sql.run(console, "PAUSE SHARD schema_002");
      Sql.run(pinned, "SET trunkline.workspace = 'w2'");
      CompletableFuture<String> held = CompletableFuture.supplyAsync(() -> shardOf(pinned));
      assertThatExceptionOfType(TimeoutException.class)
          .isThrownBy(() -> held.get(150, TimeUnit.MILLISECONDS));
      Sql.run(console, "RESUME SHARD schema_002");
      assertThat(held.get(5, TimeUnit.SECONDS)).isEqualTo("schema_002");
    }
  }

  private static String shardOf(Connection client) {
    try {
      return Sql.value(client, SHARD);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void discardAllLiftsThePinsInEitherProtocol() throws Exception {
    for (String mode : List.of("simple", "extended")) {
      try (Connection pinned =
          cluster.connect("app", "options=-c%20trunkline.workspace=w1&preferQueryMode=" + mode)) {
        Sql.run(pinned, "LISTEN news", "SET trunkline.workspace = 'w4'");
        assertHeld(pinned, SHARD);
        Sql.run(pinned, "DISCARD ALL");
        assertThat(Sql.value(pinned, SHARD)).as(mode).isEqualTo("schema_001");
        Sql.run(pinned, "SET trunkline.workspace = 'w4'");
        assertThat(Sql.value(pinned, SHARD)).as(mode).isEqualTo("schema_004");
      }
    }
  }

  @Test
  void nothingRunsWithoutItsSearchPathBehindAReset() {
    try (FakeClient pinned = cluster.client("app@w1")) {
      pinned.query("LISTEN news");
      pinned.send(
          out -> {
            for (String sql : List.of("RESET ALL", SHARD)) {
              Frontend.parse(out, "", sql);
              Frontend.bind(out, "", "", List.of());
              Frontend.execute(out, "", 0);
            }
            Frontend.sync(out);
          });
      assertThat(Wire.errors(Wire.ready(pinned))).containsExactly("0A000");
      assertThat(Wire.column(pinned.query(SHARD))).containsExactly("schema_001");
    }
  }

  @Test
  void resetAllReturnsToTheWorkspaceOfTheConnection() throws Exception {
    try (Connection pinned = cluster.workspace("w1")) {
      Sql.run(pinned, "LISTEN news", "SET trunkline.workspace = 'w2'", "RESET ALL");
      assertThat(Sql.value(pinned, SHARD)).isEqualTo("schema_001");
    }
  }
}
