package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  @ParameterizedTest
  @CsvSource({"1.5,1500", "0,0", "30,30000", "30s,30000", "500ms,500", "5m,300000", "1 h,3600000"})
  void timesAreSecondsOrHaveAUnit(String text, long millis) {
    assertThat(Values.duration(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "-1",
        "-5s",
        "5 parsecs",
        "1,5",
        "99999999999999999999",
        "1e9",
        "+5",
        ".5",
        "5.s"
      })
  void whatIsNoTimeIsRefusedWithASentence(String text) {
    assertThatThrownBy(() -> Values.duration(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a time (seconds such as 1.5");
  }

  @ParameterizedTest
  @CsvSource({"0,0", "65536,65536", "64 KiB,65536", "64 kB,64000", "16MB,16000000", "16M,16777216"})
  void sizesAreBytesOrHaveAUnit(String text, long bytes) {
    assertThat(Values.size(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "big", "-1", "9999999 EiB", "10 sheep", "1.5", "1e3", "+5"})
  void whatIsNoSizeIsRefusedWithASentence(String text) {
    assertThatThrownBy(() -> Values.size(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a size (bytes, or with its unit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "1.5", "0x10", "2147483648", "99999999999999999999"})
  void whatIsNoCountIsRefusedWithASentence(String text) {
    assertThatThrownBy(() -> Values.count(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("is not a whole number (0 or more)");
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:6433,127.0.0.1,6433", "[::1]:0,::1,0", "*:9127,*,9127"})
  void endpointsAreHostAndPort(String text, String host, int port) {
    assertThat(Values.endpoint(text)).isEqualTo(new Endpoint(host, port)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"6433", ":6433", "host:", "host:65536", "a b:1", "[]:1"})
  void whatIsNoEndpointIsRefused(String text) {
    assertThatThrownBy(() -> Values.endpoint(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyAddressIsForListenersOnly() {
    assertThat(Values.listenHosts("*, ::1")).containsExactly("*", "::1");
    assertThatThrownBy(() -> Values.host("*")).hasMessage("* is not a DNS name or an address");
    assertThatThrownBy(() -> Values.listenHosts("a b"))
        .hasMessage("a b is not a DNS name or an address");
  }

  @Test
  void choicesNameWhatTheyAccept() {
    assertThat(Values.oneOf(Settings.Transport.class).apply("IO_uring"))
        .isEqualTo(Settings.Transport.IO_URING);
    assertThat(Values.oneOf(AuthType.class).apply("scram-sha-256"))
        .isEqualTo(AuthType.SCRAM_SHA_256);
    assertThatThrownBy(() -> Values.oneOf(PoolMode.class).apply("always"))
        .hasMessage("always is none of session, transaction, statement");
  }

  @Test
  void pamIsRefusedWithWhatToUseInstead() {
    assertThatThrownBy(() -> Values.authType("pam")).hasMessageContaining("use ldap, or scram");
  }

  @Test
  void packetsHaveToHoldALogin() {
    assertThat(Values.packetSize("64 KiB")).isEqualTo(65536);
    assertThatThrownBy(() -> Values.packetSize("1023"))
        .hasMessage("1023 is not a size from 1024 to 2147483647");
    assertThatThrownBy(() -> Values.packetSize("2 GiB"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aBrokenScramSecretIsRefusedWithoutBeingShown() {
    assertThatThrownBy(() -> Values.secret("SCRAM-SHA-256$4096:sesame"))
        .hasMessageNotContaining("sesame");
    assertThat(Values.secret("SCRAM-SHA-256$4096:c2E=$c3Q=:c2s=")).endsWith("c2s=");
  }

  @Test
  void parsersAnswerAnythingWithAValueOrAnIllegalArgument() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      String text = randomText(random);
      for (Setting<?> setting : Keys.all()) {
        parse(setting.parser(), text, "seed %d, %s".formatted(seed, setting.name()));
      }
    }
  }

  private static void parse(Function<String, ?> parser, String text, String what) {
    try {
      assertThat(parser.apply(text)).as(what).isNotNull();
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).as(what).isNotBlank();
    }
  }

  private static String randomText(Random random) {
    String letters = "0123456789.,:-+ []*smhkKMGiBeEtrufalsno_\"\\$\u00e9";
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(12); n > 0; n--) {
      text.append(letters.charAt(random.nextInt(letters.length())));
    }
    return text.toString();
  }
}
