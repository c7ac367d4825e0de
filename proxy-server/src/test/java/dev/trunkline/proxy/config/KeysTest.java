package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KeysTest {
  @Test
  void everyDeclaredConstantIsListedOnce() throws IllegalAccessException {
    int constants = 0;
    for (var field : Keys.class.getFields()) {
      if (field.getType() == Setting.class) {
        constants++;
        assertThat(Keys.all()).contains((Setting<?>) field.get(null));
      }
    }
    long declared = Keys.sections().stream().mapToLong(s -> s.settings().size()).sum();
    assertThat(Keys.all()).hasSize(constants);
    assertThat(declared).isEqualTo(constants);
  }

  @Test
  void everyDefaultIsWrittenAsShowConfigPrintsIt() {
    for (Setting<?> setting : Keys.all()) {
      assertThat(Values.canonical(setting.defaultValue(), setting.defaultText()))
          .as(setting.name())
          .isEqualTo(setting.defaultText());
    }
  }

  @Test
  void everySettingIsExplainedInASentence() {
    assertThat(Keys.all()).allSatisfy(setting -> assertThat(setting.doc()).endsWith("."));
  }

  @Test
  void noSettingIsBothHonouredAndNot() {
    assertThat(Keys.all()).noneMatch(setting -> Keys.NOT_HONOURED.contains(setting.name()));
  }

  @Test
  void defaultsAreThoseOfPgBouncer() {
    Settings defaults = Settings.defaults();
    assertThat(defaults.get(Keys.LISTEN_PORT)).isEqualTo(6432);
    assertThat(defaults.get(Keys.QUERY_WAIT_TIMEOUT)).hasSeconds(120);
    assertThat(defaults.get(Keys.TRACK_EXTRA_PARAMETERS)).isEqualTo(List.of("IntervalStyle"));
    assertThat(defaults.get(Keys.CLIENT_TLS_PROTOCOLS)).containsExactly("TLSv1.2", "TLSv1.3");
    assertThat(defaults.text(Keys.SERVER_LIFETIME)).isEqualTo("3600");
  }
}
