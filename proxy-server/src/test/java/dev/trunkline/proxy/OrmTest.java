package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Object-relational mappers that have never heard of workspaces, unmodified. */
@Timeout(240)
class OrmTest {
  private static final int SHARDS = TestHosts.COUNT * TestHosts.SHARDS_PER_HOST;

  private TestCluster cluster;

  @BeforeEach
  void start() throws SQLException {
    onEach(
        """
        CREATE TABLE %1$s.orm_project (
          workspace_id text, id int, name text NOT NULL, PRIMARY KEY (workspace_id, id));
        CREATE TABLE %1$s.orm_task (
          workspace_id text, id int, project_id int NOT NULL, title text,
          PRIMARY KEY (workspace_id, id),
          FOREIGN KEY (workspace_id, project_id) REFERENCES %1$s.orm_project);
        ALTER TABLE %1$s.orm_project OWNER TO app;
        ALTER TABLE %1$s.orm_task OWNER TO app;
        """);
    cluster = TestCluster.start("map.sharded_tables { key = workspace_id, user = postgres }");
  }

  @AfterEach
  void stop() throws SQLException {
    cluster.close();
    onEach("DROP TABLE %1$s.orm_task, %1$s.orm_project");
  }

  private static void onEach(String sql) throws SQLException {
    for (int shard = 1; shard <= SHARDS; shard++) {
      try (Connection direct = direct(shard)) {
        Sql.run(direct, sql.formatted(TestHosts.schema(shard)));
      }
    }
  }

  private static Connection direct(int shard) throws SQLException {
    return TestCluster.direct((shard - 1) / TestHosts.SHARDS_PER_HOST);
  }

  @Test
  void sqlAlchemyWorksWithoutDeclaringAWorkspace() throws Exception {
    String url = "postgresql+psycopg://app:secret@127.0.0.1:%d/app".formatted(cluster.port());
    assertThat(output(ClientDrivers.sqlAlchemy(), url)).endsWith("ok\n");
    for (int shard = 1; shard <= SHARDS; shard++) {
      assertThat(workspaces(shard, "orm_project")).containsExactly("w" + shard);
      assertThat(workspaces(shard, "orm_task")).hasSize(4).containsOnly("w" + shard);
    }
  }

  private static List<String> workspaces(int shard, String table) throws SQLException {
    try (Connection direct = direct(shard)) {
      return Sql.column(
          direct, "SELECT workspace_id FROM %s.%s".formatted(TestHosts.schema(shard), table));
    }
  }

  private static String output(String[] command, String url)
      throws IOException, InterruptedException {
    List<String> whole = new ArrayList<>(List.of(command));
    whole.add(url);
    Process process = new ProcessBuilder(whole).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as(text).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }
}
