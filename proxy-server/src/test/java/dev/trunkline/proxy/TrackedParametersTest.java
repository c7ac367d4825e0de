package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.FakeClient;
import dev.trunkline.wire.Frontend;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Why {@code track_extra_parameters} has no effect: what it would name is followed anyway, whether
 * or not the server reports it, and however it is set.
 */
@Timeout(60)
class TrackedParametersTest {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    // Both clients of a test get the same server connection, in turns.
    cluster =
        TestCluster.start(
            """
            pgbouncer { default_pool_size = 1, track_extra_parameters = "" }
            databases.plain2.pool_size = 2
            """);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String shown(FakeClient client, String name) {
    return Wire.column(client.query("SHOW " + name)).getFirst();
  }

  /** In PgBouncer the first is followed by default, the second if named, the others never. */
  @ParameterizedTest
  @CsvSource({
    "IntervalStyle, sql_standard",
    "DateStyle, 'German, DMY'",
    "default_transaction_read_only, on",
    "work_mem, 5MB",
    "lock_timeout, 7s",
  })
  void aSettingStaysItsClients(String name, String value) {
    try (FakeClient one = cluster.client("plain");
        FakeClient other = cluster.client("plain")) {
      String before = shown(other, name);
      one.query("SET " + name + " = '" + value + "'");
      assertThat(shown(other, name)).isEqualTo(before).isNotEqualTo(value);
      assertThat(shown(one, name)).isEqualTo(value);
      assertThat(shown(other, name)).isEqualTo(before);
      one.query("RESET " + name);
      assertThat(shown(one, name)).isEqualTo(before);
    }
  }

  /** Nobody can read it from the text: the client keeps its connection. */
  @ParameterizedTest
  @CsvSource({"IntervalStyle, sql_standard", "work_mem, 5MB"})
  void soDoesOneThatIsSetByAFunction(String name, String value) {
    try (FakeClient one = cluster.client("plain2");
        FakeClient other = cluster.client("plain2")) {
      String before = shown(other, name);
      one.query("SELECT set_config('" + name + "', '" + value + "', false)");
      assertThat(shown(other, name)).isEqualTo(before);
      assertThat(shown(one, name)).isEqualTo(value);
    }
  }

  @ParameterizedTest
  @CsvSource({"IntervalStyle, sql_standard", "work_mem, 5MB"})
  void soDoesOneOfTheStartupMessage(String name, String value) {
    Map<String, String> startup = new LinkedHashMap<>();
    startup.put("user", "app");
    startup.put("database", "plain");
    startup.put(name, value);
    try (FakeClient one = FakeClient.connect(cluster.port());
        FakeClient other = cluster.client("plain")) {
      one.send(out -> Frontend.startup(out, 0, startup));
      one.authenticate("app", "secret");
      assertThat(shown(other, name)).isNotEqualTo(value);
      assertThat(shown(one, name)).isEqualTo(value);
    }
  }
}
