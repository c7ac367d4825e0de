package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AuthFileTest {
  @Test
  void readsNamesSecretsAndComments() {
    String text = "; users\n\n\"joe\" \"se\"\"cret\" ignored\n  \"ann\"\t\"\"\n\"joe\" \"last\"";
    assertThat(AuthFile.parse(text)).isEqualTo(Map.of("joe", "last", "ann", ""));
    assertThat(AuthFile.parse("\"a\"\"b\" \"c\"\"d\"")).isEqualTo(Map.of("a\"b", "c\"d"));
  }

  @Test
  void refusesBrokenLinesWithoutQuotingThem() {
    for (String line :
        List.of(
            "joe \"hush\"",
            "\"joe\" hush",
            "\"joe\" \"hush",
            "\"joe",
            "\"\" \"hush\"",
            "\"joe\" \"SCRAM-SHA-256$hush\"",
            "\"" + "j".repeat(128) + "\" \"hush\"",
            "\"joe\" \"hush" + "x".repeat(65_530) + "\"")) {
      assertThatThrownBy(() -> AuthFile.parse("; first\n" + line))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("line 2: ")
          .message()
          .doesNotContain("hush");
    }
  }
}
