package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlEffectsTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '§',
      value = {
        "SELECT 1 §",
        "SET a = 1 §",
        "SET LOCAL a = 1 §",
        "SET ROLE bob § SET_SESSION",
        "SET LOCAL ROLE bob §",
        "SET SESSION AUTHORIZATION bob § SET_SESSION",
        "SET SESSION SESSION AUTHORIZATION bob § SET_SESSION",
        "SET TIME ZONE 'UTC' § READING",
        "SET LOCAL TimeZone = 'UTC' § READING",
        "SET LOCAL \"DateStyle\" TO ISO § READING",
        "SET NAMES 'LATIN1' § READING",
        "SET TRANSACTION READ ONLY §",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY §",
        "SET CONSTRAINTS ALL DEFERRED §",
        "SET search_path = a § SEARCH_PATH",
        "SET SESSION \"Search_Path\" TO a, b § SEARCH_PATH",
        "SET LOCAL search_path TO a § SEARCH_PATH",
        "SET SCHEMA 'a' § SEARCH_PATH SET_SESSION",
        "SET LOCAL SCHEMA 'a' § SEARCH_PATH",
        "SET U&\"search_path\" TO a § OPAQUE SET_SESSION",
        "RESET a §",
        "RESET search_path § SEARCH_PATH",
        "RESET ALL § SEARCH_PATH",
        "LOAD 'a' § SET_SESSION",
        "SELECT set_config('a', 'b', false) § CALLED_SETTING",
        "SELECT set_config('a', 'b', false), 1 § SET_SESSION",
        "SELECT set_config('a', 'b', true) §",
        "SELECT set_config('TIMEZONE', 'UTC', true) § READING",
        "SELECT pg_catalog.\"set_config\"('a', f('x', 'y'), $1) § SET_SESSION",
        "SELECT set_config('Search_Path', '', true) § SEARCH_PATH",
        "SELECT set_config($1, $2, true) § READING SEARCH_PATH",
        "SELECT set_config(a, b, c) FROM d § READING SEARCH_PATH SET_SESSION",
        "SELECT set_config(is_local => true, setting_name => 'a', new_value => 'b') § READING"
            + " SEARCH_PATH SET_SESSION",
        "SELECT set_config FROM a §",
        "SELECT 1 WHERE set_config('trunkline.a', 'b', true) = 'b' § HIDDEN_SETTING",
        "SELECT set_config(n, 'b', true) FROM (VALUES ('trunkline.a')) v(n) § HIDDEN_SETTING"
            + " READING SEARCH_PATH",
        "UPDATE pg_settings SET setting = 'x' WHERE name = 'a' § READING SEARCH_PATH"
            + " SET_SESSION",
        "SELECT * FROM pg_settings §",
        "SET trunkline.a = b, c § HIDDEN_SETTING",
        "LISTEN a § LISTEN",
        "UNLISTEN a §",
        "UNLISTEN * § UNLISTEN_ALL",
        "CREATE TEMP TABLE a (b int) § TEMP_TABLE",
        "CREATE LOCAL TEMPORARY VIEW a AS SELECT 1 § TEMP_TABLE",
        "CREATE OR REPLACE TEMP VIEW a AS SELECT 1 § TEMP_TABLE",
        "EXPLAIN ANALYZE CREATE TEMP TABLE a AS SELECT 1 § TEMP_TABLE",
        "SELECT 1 INTO TEMP a § TEMP_TABLE",
        "SELECT 1 INTO GLOBAL TEMPORARY TABLE a § TEMP_TABLE",
        "CREATE TABLE pg_temp.a (b int) § TEMP_TABLE",
        "CREATE FUNCTION \"pg_temp\".a() RETURNS int LANGUAGE sql AS '' § TEMP_TABLE",
        "CREATE TABLE pg_temp_3.a (b int) § TEMP_TABLE",
        "SELECT temp FROM temporary §",
        "SELECT n LIKE 'pg_temp_%' §",
        "PREPARE a AS SELECT pg_advisory_lock(1) § ADVISORY_LOCK PREPARE",
        "EXECUTE a §",
        "DEALLOCATE a §",
        "DEALLOCATE ALL § DEALLOCATE_ALL",
        "DEALLOCATE PREPARE ALL § DEALLOCATE_ALL",
        "DEALLOCATE \"all\" §",
        "DECLARE a CURSOR WITH HOLD FOR SELECT 1 § HOLD_CURSOR",
        "DECLARE a CURSOR WITHOUT HOLD FOR SELECT 1 §",
        "CLOSE a §",
        "CLOSE ALL § CLOSE_ALL",
        "SELECT pg_advisory_lock(1) § ADVISORY_LOCK",
        "SELECT PG_TRY_ADVISORY_LOCK_SHARED(1, 2) § ADVISORY_LOCK",
        "SELECT \"pg_catalog\" . \"pg_try_advisory_lock\" (1) § ADVISORY_LOCK",
        "UPDATE a SET b = 1 WHERE pg_advisory_lock_shared(1) IS NULL § ADVISORY_LOCK",
        "SELECT pg_advisory_xact_lock(1) §",
        "SELECT pg_advisory_unlock(1) §",
        "SELECT 'pg_advisory_lock(1)' §",
        "SELECT pg_advisory_unlock_all() § ADVISORY_UNLOCK_ALL",
        "SELECT pg_catalog.pg_advisory_unlock_all() § ADVISORY_UNLOCK_ALL",
        "SELECT pg_advisory_unlock_all() WHERE false §",
        "DISCARD ALL § DISCARD_ALL",
        "DISCARD TEMP §",
        "DO 'x' § OPAQUE",
        "CALL p() § OPAQUE",
        "PREPARE TRANSACTION 'a' § TWO_PHASE",
        "SELECT U&\"pg!0061dvisory_lock\" UESCAPE '!' (1) § OPAQUE",
      })
  void findsWhatAStatementLeavesBehind(String sql, String effects) {
    assertThat(String.join(" ", names(Scans.of(sql).effects())))
        .isEqualTo(effects == null ? "" : effects);
  }

  @Test
  void unitesTheEffectsOfAllStatements() {
    SqlScanner scanner = Scans.of("LISTEN a; SELECT 1; DECLARE a CURSOR WITH HOLD FOR SELECT 1");
    assertThat(scanner.effects()).isEqualTo(Effects.LISTEN | Effects.HOLD_CURSOR);
    assertThat(scanner.effects(1)).isZero();
  }

  @Test
  void believesDiscardAllOnlyAlone() {
    assertThat(Scans.of("DISCARD ALL;").effects()).isEqualTo(Effects.DISCARD_ALL);
    assertThat(Scans.of("DISCARD ALL; SELECT 1").effects()).isZero();
  }

  private static Set<String> names(long effects) {
    Set<String> names = new TreeSet<>();
    for (Field field : Effects.class.getFields()) {
      try {
        long bit = field.getLong(null);
        if (Long.bitCount(bit) == 1 && (effects & bit) != 0) {
          names.add(field.getName());
        }
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return names;
  }
}
