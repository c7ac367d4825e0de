package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What drivers and ORMs set when they connect follows them to every host. */
@Timeout(60)
class ConnectSettingsTest {
  private static final int SHARDS = TestHosts.COUNT * TestHosts.SHARDS_PER_HOST;

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
        "Sequelize | SET TIME ZONE 'Europe/Berlin' | timezone | Europe/Berlin",
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
}
