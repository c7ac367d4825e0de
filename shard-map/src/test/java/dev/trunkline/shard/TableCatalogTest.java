package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.shard.ShardedTables.KeyColumn;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableCatalogTest {
  @Test
  void findsTheTablesThatHaveTheKeyColumn() throws Exception {
    try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().start();
        Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE SCHEMA s;
          CREATE TABLE s.task (workspace_id uuid);
          CREATE TABLE s.event (workspace_id bigint) PARTITION BY LIST (workspace_id);
          CREATE TABLE s.padded (workspace_id char(8));
          CREATE TABLE s.country (id int);
          CREATE VIEW s.v AS SELECT * FROM s.task LIMIT 1;
          CREATE TABLE public.other (workspace_id uuid);
          """);
      ShardedTables tables =
          TableCatalog.read(
              connection, "s", "workspace_id", Map.of(), List.of("country"), List.of());
      assertThat(tables.sharded())
          .isEqualTo(
              Map.of(
                  "task", new KeyColumn("workspace_id", KeyType.UUID),
                  "event", new KeyColumn("workspace_id", KeyType.INTEGER)));
    }
  }
}
