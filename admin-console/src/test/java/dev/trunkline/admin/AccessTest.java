package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private final Talk stats = new Talk(Access.STATS);

  @ParameterizedTest
  @EnumSource(Verb.class)
  void aStatsUserMayNotChangeAnything(Verb verb) {
    assertThat(stats.query(verb.name()).error().message()).isEqualTo("admin access needed");
    assertThat(stats.operator.done).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHOW FDS", "SUSPEND", "SET verbose = 1"})
  void norDoWhatIsOnlyForAdmins(String sql) {
    assertThat(stats.query(sql).error().message()).isEqualTo("admin access needed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHOW POOLS", "SET timezone = 'UTC'", "SHOW HELP", "select 1", "BEGIN"})
  void butMayLookAndRunADriver(String sql) {
    assertThat(stats.query(sql).errors()).isEmpty();
  }

  @Test
  void anAdminMayDoWhatAStatsUserMay() {
    assertThat(Access.ADMIN.allows(Access.STATS)).isTrue();
    assertThat(Access.STATS.allows(Access.ADMIN)).isFalse();
  }
}
