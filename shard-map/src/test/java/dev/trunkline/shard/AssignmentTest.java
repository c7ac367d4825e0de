package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "SET statement_timeout = 5000 | statement_timeout | 5000",
        "set session Statement_Timeout to '5s' | statement_timeout | 5s",
        "SET x.y = -1.5 | x.y | -1.5",
        "SET DateStyle = ISO, MDY | datestyle | iso, mdy",
        "SET search_path TO \"$user\", public | search_path | \"$user\", \"public\"",
        "SET search_path = 'a,b' | search_path | \"a,b\"",
        "SET TIME ZONE 'UTC' | timezone | UTC",
        "SET SESSION TIME ZONE 'Europe/Berlin' | timezone | Europe/Berlin",
        "SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE | timezone | INTERVAL '+00:00'",
        "set time zone interval '-08:30' | timezone | INTERVAL '-08:30'",
        "SET NAMES 'utf8' | client_encoding | utf8",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY | default_transaction_read_only | on",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE | default_transaction_read_only |"
            + " off",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ"
            + " | default_transaction_isolation | repeatable read",
        "SELECT set_config('TimeZone', 'UTC', false) | timezone | UTC",
        "SELECT pg_catalog.set_config('a.b', 'it''s', false) AS c | a.b | it's",
        "SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new | jit | off",
        "SET enable_seqscan = off | enable_seqscan | off",
        "SET application_name = 'it''s' | application_name | it's",
      })
  void readsASettingThatSetConfigCanSay(String sql, String name, String value) {
    SettingCommand command = of(sql);
    assertThat(command.name()).isEqualTo(name);
    assertThat(command.value()).isEqualTo(value);
  }

  /** The server joins the segments before it reads escapes, which may span them. */
  @Test
  void readsUnicodeEscapesAcrossSegments() {
    assertThat(of("SET a.b = U&'\\101'--\n'a'").value()).isEqualTo("\u101a");
    assertThat(of("SET a.b = U&'\\D83D'\n'\\DE00'").value()).isEqualTo("\ud83d\ude00");
    assertThat(of("SET a.b = U&'\\\\\\+01F600'''").value()).isEqualTo("\\\ud83d\ude00'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SET work_mem TO DEFAULT | work_mem",
        "RESET work_mem | work_mem",
        "SET TIME ZONE LOCAL | timezone",
        "RESET TIME ZONE | timezone",
        "SET NAMES DEFAULT | client_encoding",
        "RESET ALL | all",
      })
  void readsAReturnToTheDefault(String sql, String name) {
    SettingCommand command = of(sql);
    assertThat(command.name()).isEqualTo(name);
    assertThat(command.value()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET ROLE bob",
        "SET SESSION AUTHORIZATION bob",
        "SET a = 1, ",
        "SET a = f(1)",
        "SET TIME ZONE INTERVAL '1' HOUR",
        "SET TIME ZONE INTERVAL '+01:30' HOUR",
        "SET TIME ZONE INTERVAL '1 day 01:00' HOUR TO MINUTE",
        "SET TIME ZONE INTERVAL(0) '01:00'",
        "SET NAMES utf8, latin1",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY",
        "SET LOCAL a = 1",
        "SELECT set_config('a', 'b', true)",
        "SELECT set_config('role', 'bob', false)",
        "SELECT set_config('a', 'b', false), f()",
        "SELECT set_config('a', 'b', false), set_config('c', 'd', false)",
        "SELECT set_config('a', 'b' || 'c', false)",
        "SELECT set_config('a', 'b', false) FROM d",
        "SELECT set_config('a', null, false)",
        "SELECT x.set_config('a', 'b', false)",
      })
  void leavesTheRestToAPin(String sql) {
    assertThat(of(sql)).isNull();
  }

  private static SettingCommand of(String sql) {
    byte[] text = sql.getBytes(StandardCharsets.UTF_8);
    SqlScanner scanner = new SqlScanner();
    scanner.scan(text, 0, text.length);
    return scanner.setting(0);
  }
}
