package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.shard.SettingCommand.Op;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingCommandTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '§',
      nullValues = "-",
      value = {
        "SET trunkline.a = 'b' § SET § trunkline.a § b § 0 § false § 0",
        "set session Trunkline.Workspace_ID to B § SET § trunkline.workspace_id § b § 0 § false §"
            + " 0",
        "SET LOCAL trunkline.a TO \"B\" § SET § trunkline.a § B § 0 § true § 0",
        "SET \"trunkline.a\" = 7 § SET § trunkline.a § 7 § 0 § false § 0",
        "SET \"Trunkline\".\"A\" = -7 § SET § trunkline.a § -7 § 0 § false § 0",
        "SET trunkline.a = E'x\\'\\x41\\u00e4\\n' § SET § trunkline.a § x'Aä⏎ § 0 § false § 0",
        "SET trunkline.a = $x$b$x$ § SET § trunkline.a § b § 0 § false § 0",
        "SET trunkline.a = 'b'⏎'c''' § SET § trunkline.a § bc' § 0 § false § 0",
        "SET trunkline.a = on § SET § trunkline.a § on § 0 § false § 0",
        "SET trunkline.a = DEFAULT § SET § trunkline.a § - § 0 § false § 0",
        "RESET trunkline.a § RESET § trunkline.a § - § 0 § false § 0",
        "SHOW trunkline.a.b; § SHOW § trunkline.a.b § - § 0 § false § 0",
        "SELECT set_config('trunkline.a', 'b', false) § SET_CONFIG § trunkline.a § b § 0 § false §"
            + " 0",
        "SELECT set_config('Trunkline.A', 'b'::text, true) § SET_CONFIG § trunkline.a § b § 0 §"
            + " true § 0",
        "SELECT pg_catalog.set_config('trunkline.a', $1, $2) § SET_CONFIG § trunkline.a § - § 1 §"
            + " false § 2",
        "select set_config('trunkline.a', $2::text, $10::bool) as x § SET_CONFIG § trunkline.a § -"
            + " § 2 § false § 10",
        "SELECT set_config('trunkline.a', NULL, false) § SET_CONFIG § trunkline.a § - § 0 § false §"
            + " 0",
        "SELECT current_setting('trunkline.a') § CURRENT_SETTING § trunkline.a § - § 0 § false § 0",
        "SELECT current_setting('trunkline.a', true) AS x § CURRENT_SETTING § trunkline.a § - § 0 §"
            + " false § 0",
      })
  void readsTheStatementsThatTheProxyAnswers(
      String sql,
      Op op,
      String name,
      String value,
      int parameter,
      boolean local,
      int localParameter) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.setting(0))
        .isEqualTo(
            new SettingCommand(op, name, Scans.lines(value), parameter, local, localParameter));
    assertThat(scanner.kind(0)).isEqualTo(StatementKind.SETTING);
    assertThat(scanner.effects()).isZero();
    assertThat(scanner.workspaceFree(0)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET trunkline.a = 'b', 'c'",
        "SET trunkline.a = null",
        "SET trunkline.a FROM CURRENT",
        "SELECT set_config('trunkline.a', 'b', false), 1",
        "SELECT set_config('trunkline.a', 'b', false) FROM x",
        "SELECT set_config('trunkline.a', id::text, false)",
        "SELECT set_config('trunkline.a', 'b', 1 = 1)",
        "SELECT set_config('trunkline.a', 'b'::mine, false)",
        "WITH a AS (SELECT set_config('trunkline.a', 'b', false)) SELECT * FROM a",
        "SHOW trunkline.a 1",
        "RESET trunkline.a, b",
      })
  void flagsASettingInAnyOtherStatement(String sql) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.setting(0)).isNull();
    assertThat(scanner.kind(0)).isNotEqualTo(StatementKind.SETTING);
    assertThat(scanner.effects() & Effects.HIDDEN_SETTING).isNotZero();
    assertThat(scanner.workspaceFree(0)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SHOW x.trunkline",
        "SELECT 1, set_config('trunklines', 'b', false)",
        "SELECT current_setting('trunkline')",
        "SELECT my.current_setting('trunkline.a')"
      })
  void leavesOtherSettingsAlone(String sql) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.setting(0)).isNull();
    assertThat(scanner.effects() & Effects.HIDDEN_SETTING).isZero();
  }
}
