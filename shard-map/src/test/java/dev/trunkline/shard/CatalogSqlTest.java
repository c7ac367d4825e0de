package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.shard.Catalog.Change;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What docs/catalog.sql tells its listeners. */
class CatalogSqlTest {
  private static CatalogServer server;

  private String database;
  private Catalog.Session session;
  private long before;

  @BeforeAll
  static void startServer() throws Exception {
    server = new CatalogServer();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @BeforeEach
  void listen() throws Exception {
    database = server.newCatalog();
    Duration second = Duration.ofSeconds(1);
    session =
        new JdbcCatalog(
                new MapConfig.FromPostgres(
                    server.url(database),
                    "postgres",
                    null,
                    1,
                    second,
                    second,
                    second,
                    second,
                    second.multipliedBy(10),
                    null))
            .open();
    session.listen();
    before = session.version().number();
  }

  @AfterEach
  void close() {
    session.close();
  }

  private List<Change> after(String... statements) throws SQLException {
    server.run(database, statements);
    List<Change> all = new ArrayList<>();
    List<Change> some = session.changes(200);
    while (!some.isEmpty()) {
      all.addAll(some);
      some = session.changes(200);
    }
    return all;
  }

  private Change workspaces(String... ids) {
    return new Change.Workspaces(before + 1, List.of(ids));
  }

  @Test
  void oneStatementIsOneVersionAndNamesItsWorkspaces() throws SQLException {
    assertThat(
            after(
                "insert into trunkline.workspace values ('a b', 'schema_001'), ('*', 'schema_001'),"
                    + " (' ', 'schema_001')"))
        .containsExactly(workspaces("a b", "*", " "));
    assertThat(session.version().number()).isEqualTo(before + 1);
  }

  @Test
  void anUpdateNamesTheWorkspacesThatReallyChangedUnderBothIds() throws SQLException {
    List<Change> changes =
        after(
            "update trunkline.workspace set shard = 'schema_002',"
                + " id = case id when 'w1' then 'w9' else id end");
    Change.Workspaces change = (Change.Workspaces) changes.getFirst();
    assertThat(change.ids()).containsExactlyInAnyOrder("w1", "w9");
  }

  @Test
  void aDeleteNamesItsWorkspaces() throws SQLException {
    assertThat(after("delete from trunkline.workspace where id = 'w1'"))
        .containsExactly(workspaces("w1"));
  }

  @Test
  void anUpsertIsHeardAsWhatItDoes() throws SQLException {
    assertThat(
            after(
                "insert into trunkline.workspace values ('w1', 'schema_002')"
                    + " on conflict (id) do update set shard = excluded.shard"))
        .containsExactly(workspaces("w1"));
  }

  @Test
  void twoHundredWorkspacesAreNamedAndOneMoreIsAnything() throws SQLException {
    String insert = "insert into trunkline.workspace select %s, 'schema_001' from %s i";
    Change named = after(insert.formatted("'n' || i", "generate_series(1, 200)")).getFirst();
    assertThat(((Change.Workspaces) named).ids()).hasSize(200);
    assertThat(after(insert.formatted("'m' || i", "generate_series(1, 201)")))
        .containsExactly(new Change.Everything(before + 2));
  }

  @Test
  void longIdsThatDoNotFitIntoOneMessageAreAnything() throws SQLException {
    String insert =
        "insert into trunkline.workspace select rpad('%s' || i, 128, 'x'), 'schema_001'";
    assertThat(after(insert.formatted("n") + " from generate_series(1, 62) i"))
        .containsExactly(new Change.Everything(before + 1));
    assertThat(after(insert.formatted("m") + " from generate_series(1, 61) i").getFirst())
        .isInstanceOf(Change.Workspaces.class);
  }

  @Test
  void aChangeOfShardsNamesNoWorkspace() throws SQLException {
    assertThat(
            after(
                "insert into trunkline.shard values ('schema_003', 'db3')",
                "update trunkline.shard set host = 'db4' where name = 'schema_003'",
                "delete from trunkline.shard where name = 'schema_003'"))
        .containsExactly(
            new Change.Shards(before + 1),
            new Change.Shards(before + 2),
            new Change.Shards(before + 3));
  }

  @Test
  void truncateIsAnything() throws SQLException {
    assertThat(after("truncate trunkline.workspace"))
        .containsExactly(new Change.Everything(before + 1));
  }

  @Test
  void whatChangesNothingIsNoVersion() throws SQLException {
    assertThat(
            after(
                "update trunkline.workspace set shard = shard",
                "update trunkline.shard set host = host",
                "delete from trunkline.workspace where id = 'nobody'",
                "delete from trunkline.shard where name = 'nothing'",
                "begin; delete from trunkline.workspace; rollback"))
        .isEmpty();
    assertThat(session.version().number()).isEqualTo(before);
  }

  @Test
  void aVersionHasAStampOfItsOwn() throws SQLException {
    String stamp = session.version().stamp();
    after("delete from trunkline.workspace where id = 'w1'");
    assertThat(session.version().stamp()).isNotEqualTo(stamp);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "''",
        "repeat('x', 129)",
        "E'a\\tb'",
        "E'a\\u0085b'",
        "'3F2504E0-4F89-41D3-9A0C-0305E82C3301'",
        "'3f2504e04f8941d39a0c0305e82c3301'",
        "'{3f2504e0-4f89-41d3-9a0c-0305e82c3301}'"
      })
  void anIdThatCouldNeverBeFoundIsRefused(String literal) {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(
            () -> after("insert into trunkline.workspace values (" + literal + ", 'schema_001')"))
        .withMessageContaining("violates check constraint");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'3f2504e0-4f89-41d3-9a0c-0305e82c3301'",
        "'{3f2504e0-4f89-41d3-9a0c-0305e82c3301'",
        "'Acme'"
      })
  void canonicalIdsAreTaken(String literal) throws SQLException {
    assertThat(after("insert into trunkline.workspace values (" + literal + ", 'schema_001')"))
        .hasSize(1);
  }

  @Test
  void aWriterNeedsNoRightsOnTheVersion() throws SQLException {
    server.run(
        database,
        "do $$ begin create role map_writer; exception when duplicate_object then null; end $$",
        "grant usage on schema trunkline to map_writer",
        "grant select, insert, update, delete on trunkline.shard, trunkline.workspace to"
            + " map_writer");
    assertThat(after("set role map_writer; delete from trunkline.workspace where id = 'w1'"))
        .containsExactly(workspaces("w1"));
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> after("set role map_writer; select trunkline.publish('*')"))
        .withMessageContaining("permission denied");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "*", "x *", "-1 a", "1.5", "99999999999999999999 a"})
  void whatIsNoMessageOfOursIsIgnored(String payload) {
    assertThat(Change.parse(payload)).isNull();
  }
}
