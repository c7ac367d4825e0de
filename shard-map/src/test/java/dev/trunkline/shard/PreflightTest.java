package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.shard.PreflightCheck.Result;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two servers, equal at first. */
class PreflightTest {
  private static final String SCHEMA =
      """
      create schema s1;
      create type s1.mood as enum ('good', 'bad');
      create table s1.t (id bigint generated always as identity primary key, v text not null
        default 'x', m s1.mood, constraint c check (v <> ''));
      create index i on s1.t (v);
      create sequence s1.q;
      create function s1.f() returns int language sql as 'select 1';
      create view s1.w as select id from s1.t;
      create table s1.marker (single bool primary key default true, n bigint);
      """;
  private static EmbeddedPostgres old;
  private static EmbeddedPostgres fresh;

  @BeforeAll
  static void start() throws IOException {
    old = server();
    fresh = server();
  }

  private static EmbeddedPostgres server() throws IOException {
    return EmbeddedPostgres.builder()
        .setServerConfig("wal_level", "logical")
        .setServerConfig("fsync", "off")
        .setPGStartupWait(Duration.ofSeconds(30))
        .start();
  }

  @AfterAll
  static void stop() throws IOException {
    old.close();
    fresh.close();
  }

  @BeforeEach
  void createSchemas() throws SQLException {
    for (EmbeddedPostgres server : List.of(old, fresh)) {
      run(server, "alter database postgres reset all", "drop schema if exists s1 cascade", SCHEMA);
    }
  }

  private static Connection connect(EmbeddedPostgres server) throws SQLException {
    String url = "jdbc:postgresql://localhost:" + server.getPort() + "/postgres";
    return DriverManager.getConnection(url, "postgres", null);
  }

  private static void run(EmbeddedPostgres server, String... statements) throws SQLException {
    try (Connection connection = connect(server);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static Home home(int port) {
    return new Home("localhost", port, "postgres");
  }

  private static Map<String, Result> results(List<PreflightCheck> checks) {
    return checks.stream().collect(Collectors.toMap(PreflightCheck::name, PreflightCheck::result));
  }

  private static Preflight preflight(int port, String user, String verify) {
    List<Preflight.Credentials> users = new ArrayList<>();
    users.add(new Preflight.Credentials("postgres", null));
    users.add(new Preflight.Credentials(user, null));
    return new Preflight(
        home(old.getPort()), home(port), List.of("s1"), users, verify, Duration.ofSeconds(5));
  }

  @Test
  void equalServersPassEverything() {
    List<PreflightCheck> checks = preflight(fresh.getPort(), "postgres", "select true").run();
    assertThat(checks).hasSize(9).allMatch(check -> check.result() == Result.PASSED);
  }

  @Test
  void everyCheckIsReportedNotOnlyTheFirstThatFails() throws SQLException {
    run(
        fresh,
        "drop schema s1 cascade",
        "alter database postgres set default_transaction_read_only = on",
        "alter database postgres set intervalstyle = 'iso_8601'");
    List<PreflightCheck> checks =
        preflight(fresh.getPort(), "nobody_there", "select count(*) > 9 from pg_class where false")
            .run();
    run(fresh, "set default_transaction_read_only = off", "alter database postgres reset all");
    assertThat(results(checks))
        .containsEntry("login of postgres", Result.PASSED)
        .containsEntry("login of nobody_there", Result.FAILED)
        .containsEntry("schemas", Result.FAILED)
        .containsEntry("fingerprint", Result.FAILED)
        .containsEntry("writable", Result.FAILED)
        .containsEntry("server version", Result.PASSED)
        .containsEntry("settings", Result.FAILED)
        .containsEntry("verify", Result.FAILED);
    assertThat(checks.toString()).contains("IntervalStyle postgres -> iso_8601");
  }

  @Test
  void aHomeThatIsNotThereFailsOnceWithItsReason() {
    List<PreflightCheck> checks = preflight(1, "postgres", null).run();
    assertThat(checks.getFirst().found()).startsWith("08001: ");
    assertThat(checks.subList(1, checks.size()))
        .allMatch(check -> check.result() == Result.SKIPPED);
  }

  @Test
  void ofASchemaThatIsMissingOnlyThatIsSaid() throws SQLException {
    run(fresh, "drop schema s1 cascade");
    assertThat(preflight(fresh.getPort(), "postgres", null).run())
        .filteredOn(check -> check.result() == Result.FAILED)
        .extracting(PreflightCheck::found)
        .containsExactly("missing, or without USAGE: s1", "- only old, + only new:\n- schema s1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alter table s1.t add column more int",
        "alter table s1.t alter v type varchar(9)",
        "alter table s1.t alter v drop not null",
        "alter table s1.t alter v set default 'y'",
        "alter table s1.t enable row level security",
        "drop index s1.i",
        "create unique index j on s1.t (m)",
        "alter table s1.t drop constraint c",
        "alter sequence s1.q increment by 2",
        "alter type s1.mood add value 'so so'",
        "create or replace function s1.f() returns int language sql as 'select 2'",
        "create or replace view s1.w as select id + 0 as id from s1.t",
        "create table s1.another ()"
      })
  void eachKindOfDifferenceShows(String change) throws SQLException {
    run(fresh, change.contains("view") ? "drop view s1.w; " + change : change);
    try (Connection before = connect(old);
        Connection after = connect(fresh)) {
      SchemaFingerprint was = SchemaFingerprint.read(before, List.of("s1"));
      SchemaFingerprint is = SchemaFingerprint.read(after, List.of("s1"));
      assertThat(was.difference(is, 500)).isNotEmpty().allMatch(line -> line.contains("s1."));
    }
  }

  @Test
  void aSubscriptionThatIsBehindHasNotCaughtUpUntilItHas() throws Exception {
    run(
        old,
        "insert into s1.marker values (true, 0)",
        "create publication p for table s1.marker, s1.t");
    run(
        fresh,
        "create subscription sub connection 'host=localhost user=postgres dbname=postgres port="
            + old.getPort()
            + "' publication p");
    CatchUp catchUp = new CatchUp("sub", "s1.marker");
    try (Connection before = connect(old);
        Connection after = connect(fresh)) {
      assertThat(catchUp.await(after, catchUp.mark(before), Duration.ofSeconds(20))).isTrue();
      run(fresh, "alter subscription sub disable");
      CatchUp.Mark missed = catchUp.mark(before);
      assertThat(catchUp.await(after, missed, Duration.ofMillis(300))).isFalse();
      run(fresh, "alter subscription sub enable");
      assertThat(catchUp.await(after, missed, Duration.ofSeconds(20))).isTrue();
    } finally {
      run(fresh, "drop subscription sub");
      run(old, "drop publication p");
    }
  }
}
