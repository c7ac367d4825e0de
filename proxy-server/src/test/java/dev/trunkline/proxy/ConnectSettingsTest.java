package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Message;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What drivers and ORMs set when they connect follows them to every host. */
@Timeout(60)
class ConnectSettingsTest {
  private static final int SHARDS = TestHosts.COUNT * TestHosts.SHARDS_PER_HOST;

  private static final String CALL = "SELECT set_config('statement_timeout', '5s', false)";
  private static final String OTHER = "SELECT set_config('statement_timeout', '6s', false)";

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("pgbouncer.default_pool_size = 1");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "Sequelize | SET standard_conforming_strings=on;SET client_min_messages TO warning;"
            + "SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE; | timezone | <+00>-00",
        "Sequelize | SET TIME ZONE INTERVAL '-03:30' HOUR TO MINUTE; | timezone | <-03:30>+03:30",
        // The second time no server reports it.
        "Sequelize | SET TIME ZONE INTERVAL '+05:45';SET TIME ZONE INTERVAL '+05:45'"
            + " | timezone | <+05:45>-05:45",
        "Sequelize | SET TIME ZONE 'Europe/Berlin' | timezone | Europe/Berlin",
        "Django | SELECT set_config('TimeZone', 'Asia/Tokyo', false) | timezone | Asia/Tokyo",
        "Django | SELECT set_config('statement_timeout', '700', false) | statement_timeout | 700ms",
        "asyncpg | SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new"
            + " | jit | off",
        "ActiveRecord | SET SESSION timezone TO 'UTC' | timezone | UTC",
        "ActiveRecord | SET client_min_messages TO 'warning' | client_min_messages | warning",
        "ActiveRecord | SET intervalstyle = iso_8601 | intervalstyle | iso_8601",
        "ActiveRecord | SET SESSION statement_timeout TO '5s' | statement_timeout | 5s",
        "psycopg2 | SET DATESTYLE TO 'ISO' | datestyle | ISO, MDY",
        "psycopg2 | SET default_transaction_isolation TO 'serializable'"
            + " | default_transaction_isolation | serializable",
        "pgjdbc | SET extra_float_digits = 3 | extra_float_digits | 3",
        "pgjdbc | SET application_name = 'Hibernate' | application_name | Hibernate",
        "pgjdbc | SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
            + " | default_transaction_read_only | on",
        "pgjdbc | SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ"
            + " | default_transaction_isolation | repeatable read",
        "libpq | SET NAMES 'UTF8' | client_encoding | UTF8",
      })
  void aSettingIsThereOnEveryHost(String who, String sql, String name, String value)
      throws SQLException {
    for (String mode : new String[] {"simple", "extended"}) {
      try (Connection connection = cluster.connect("app", "preferQueryMode=" + mode)) {
        Sql.run(connection, sql);
        for (int shard = 1; shard <= SHARDS; shard++) {
          String ask = "/*workspace_id='w%d'*/ SELECT current_setting('%s'), name FROM shard_name";
          assertThat(Sql.value(connection, ask.formatted(shard, name))).isEqualTo(value);
        }
      }
      for (int shard = 1; shard <= SHARDS; shard++) {
        try (Connection next = cluster.workspace("w" + shard);
            Connection direct = TestCluster.direct(0)) {
          String show = "SHOW " + name;
          assertThat(Sql.value(next, show)).isEqualTo(Sql.value(direct, show));
        }
      }
    }
  }

  /** Whatever stands around it, the client has what a server would have made of it, alone. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        CALL,
        CALL + ";" + OTHER,
        "SELECT 1;" + CALL + ";SELECT 2",
        "BEGIN;" + CALL + ";COMMIT",
        "BEGIN;" + CALL + ";ROLLBACK",
        "BEGIN;ROLLBACK;" + CALL,
        CALL + ";COMMIT;BEGIN;ROLLBACK",
        "BEGIN;SAVEPOINT a;" + CALL + ";ROLLBACK TO a;COMMIT",
        "BEGIN;" + CALL + ";SAVEPOINT a;" + OTHER + ";ROLLBACK TO a;COMMIT",
        "SET statement_timeout = '7s';" + CALL,
        CALL + ";SET statement_timeout = '7s'",
        CALL + ";RESET ALL",
        CALL + ";SELECT 1/0",
        "SELECT 1/0;" + CALL,
      })
  void aSettingThatIsCalledIsItsClientsAlone(String batch) {
    for (int syncs = 0; syncs < 2; syncs++) {
      boolean each = syncs > 0;
      try (FakeClient one = cluster.client("plain");
          FakeClient direct = TestCluster.directClient(0)) {
        assertThat(run(one, batch, each)).as(batch).isEqualTo(run(direct, batch, each));
        assertThat(shown(one)).as(batch).isEqualTo(shown(direct));
      }
      try (FakeClient next = cluster.client("plain")) {
        assertThat(shown(next)).as(batch).isEqualTo(List.of("0"));
      }
    }
  }

  /** All in one batch, or in one each, that are sent at once. */
  private static List<String> run(FakeClient client, String statements, boolean syncEach) {
    String[] all = statements.split(";", -1);
    client.send(
        out -> {
          for (int i = 0; i < all.length; i++) {
            Frontend.parse(out, "", all[i]);
            Frontend.bind(out, "", "", List.of());
            Frontend.execute(out, "", 0);
            if (syncEach || i == all.length - 1) {
              Frontend.sync(out);
            }
          }
        });
    List<String> answers = new ArrayList<>();
    for (int i = syncEach ? 0 : all.length - 1; i < all.length; i++) {
      List<Message> answer = Wire.ready(client);
      answers.add(Wire.tags(answer) + Wire.errors(answer));
    }
    return answers;
  }

  private static List<String> shown(FakeClient client) {
    client.send(out -> Frontend.query(out, "SHOW statement_timeout"));
    return Wire.column(Wire.ready(client));
  }
}
