package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IniReaderTest {
  private static final String LISTEN = "[pgbouncer]\nlisten_addr = 127.0.0.1\n";

  private static final Pattern CASE = Pattern.compile("(?m)^== ");

  @TempDir private Path directory;

  /** A file that PgBouncer 1.18 refused, and the line it named. */
  record Refused(String name, String text, int line) {
    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource("refusedByPgBouncer")
  void whatPgBouncerRefusesIsRefusedAtTheSameLine(Refused refused) {
    assertThatThrownBy(() -> load(refused.text()))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems()).extracting(Problem::line).contains(refused.line()));
  }

  static Stream<Refused> refusedByPgBouncer() throws IOException {
    List<Refused> cases = new ArrayList<>();
    try (InputStream in = IniReaderTest.class.getResourceAsStream("pgbouncer-1.18-refuses.txt")) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String one : CASE.split(all, -1)) {
        if (!one.isBlank() && !one.startsWith("#")) {
          cases.add(refused(one));
        }
      }
    }
    return cases.stream();
  }

  /** The head is the name and the line that PgBouncer named. */
  private static Refused refused(String one) {
    int end = one.indexOf('\n');
    int blank = one.indexOf(' ');
    return new Refused(
        one.substring(0, blank),
        one.substring(end + 1),
        Integer.parseInt(one.substring(blank + 1, end)));
  }

  @Test
  void defaultsAreThoseOfPgBouncer() throws Exception {
    Settings settings = load(LISTEN).settings();
    assertThat(settings.get(Keys.POOL_MODE)).isEqualTo(PoolMode.SESSION);
    assertThat(settings.text(Keys.UNIX_SOCKET_DIR)).isEqualTo("/tmp");
    assertThat(settings.get(Keys.METRICS_LISTEN).isOff()).isTrue();
  }

  @Test
  void quotesCommentsAndIncludesAreRead() throws Exception {
    Path more = Files.writeString(directory.resolve("more.ini"), "default_pool_size = 7\n");
    ProxyConfig config =
        load(
            """
            ; a comment
            # another
            [databases]
            'my db' = host=127.0.0.1 port=5433 connect_query='select ''x'''
            "your db" = host=127.0.0.1 dbname=other reserve_pool=3
            * = host=127.0.0.1
            """
                + LISTEN
                + "%include "
                + more);
    DatabaseConfig mine = config.databases().get("my db");
    assertThat(mine.connectQuery()).isEqualTo("select 'x'");
    assertThat(mine.port()).isEqualTo(5433);
    assertThat(config.databases().get("your db").reservePoolSize()).isEqualTo(3);
    assertThat(config.databases().get("*").named("any").dbname()).isEqualTo("any");
    assertThat(config.settings().get(Keys.DEFAULT_POOL_SIZE)).isEqualTo(7);
  }

  @Test
  void aSecondMainSectionBeginsWithTheDefaults() throws Exception {
    String first = LISTEN + "max_client_conn = 5\nlisten_port = 7\n";
    Settings settings = load(first + "[users]\n" + LISTEN + "query_timeout = 1\n").settings();
    assertThat(settings.get(Keys.MAX_CLIENT_CONN)).isEqualTo(100);
    assertThat(settings.get(Keys.LISTEN_PORT)).isEqualTo(6432);
    assertThat(settings.get(Keys.LISTEN_ADDR)).containsExactly("127.0.0.1");
  }

  @Test
  void everyAddressIsOneSocketHoweverItIsWritten() throws Exception {
    String section = "[pgbouncer]\nlisten_addr = ";
    Setting<List<String>> addresses = Keys.LISTEN_ADDR;
    assertThat(load(section + "0.0.0.0, ::\n").settings().get(addresses)).containsExactly("*");
    assertThat(load(section + "127.0.0.1,,127.0.0.1\n").settings().get(addresses))
        .containsExactly("127.0.0.1");
    // The second cannot be bound: a warning when it is tried, no mistake of the file.
    assertThat(load(section + "0.0.0.0,127.0.0.1\n").settings().get(addresses)).hasSize(2);
  }

  @Test
  void laterLinesWin() throws Exception {
    assertThat(load(LISTEN + "listen_port = 1\nlisten_port = 2\n").settings().get(Keys.LISTEN_PORT))
        .isEqualTo(2);
  }

  @Test
  void everyProblemIsNamedWithFileAndLine() {
    assertThatThrownBy(() -> load(LISTEN + "foo = 1\ndefault_pool_size = abc\nwhat\n"))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems()).extracting(Problem::line).contains(5));
    assertThatThrownBy(() -> load(LISTEN + "foo = 1\ndefault_pool_size = abc\n"))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems()).extracting(Problem::line).containsExactly(3, 4));
  }

  @Test
  void theDocumentedSampleLoads() throws Exception {
    ProxyConfig config = ConfigLoader.load(Path.of("..", "docs", "pgbouncer.ini"));
    assertThat(config.databases()).containsKeys("app", "*");
    assertThat(config.settings().get(Keys.POOL_MODE)).isEqualTo(PoolMode.TRANSACTION);
  }

  private ProxyConfig load(String text) throws IOException, ConfigException {
    return ConfigLoader.load(Files.writeString(directory.resolve("pgbouncer.ini"), text));
  }
}
