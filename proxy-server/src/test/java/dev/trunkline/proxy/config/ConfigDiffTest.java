package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDiffTest {
  private static final String OLD =
      """
      pgbouncer { listen_addr = a, query_timeout = 0 }
      hosts { h1 { host = x, dbname = d }, h2 { host = y, dbname = d } }
      groups { a { hosts = [h1], listen = "a:7000" }, b { hosts = [h2] } }
      databases { app { sharded = true }, old { host = z } }
      users { joe { password = sesame } }
      map { type = file, shards { s1 = h1, s2 = h2 } }
      """;

  @TempDir private Path directory;

  @Test
  void theSameFileChangesNothing() throws Exception {
    assertThat(between(OLD)).isEmpty();
    assertThat(between(OLD.replace("query_timeout = 0", "query_timeout = 0s"))).isEmpty();
  }

  @Test
  void everyDifferenceIsASentence() throws Exception {
    String now =
        OLD.replace("query_timeout = 0", "query_timeout = 1m")
            .replace("host = y", "host = yy, port = 5433")
            .replace("old { host = z }", "new { host = z, pool_mode = session }")
            .replace("s2 = h2", "s2 = h1");
    assertThat(between(now))
        .containsExactly(
            "query_timeout: 0 -> 60",
            "hosts.h2.host: y -> yy",
            "hosts.h2.port: 5432 -> 5433",
            "databases.new: added",
            "databases.old: removed",
            "map.shards.s2: h2 -> h1");
  }

  @Test
  void secretsAreNotShown() throws Exception {
    assertThat(between(OLD.replace("sesame", "open")))
        .containsExactly("users.joe.password: changed");
  }

  @Test
  void settingsOfTheStartListenersAndTheTypeOfTheMapNeedARestart() throws Exception {
    String now =
        OLD.replace("listen_addr = a", "listen_addr = b")
            .replace("a:7000", "a:7001")
            .replaceAll("map .*", "map { type = postgres, host = h, dbname = d, user = u }");
    assertThat(between(now))
        .containsExactly(
            "listen_addr: a -> b; needs a restart",
            "groups.a.listen_port: 7000 -> 7001; needs a restart",
            "map: another type; needs a restart");
  }

  @Test
  void manyChangesOfOneBlockAreSummedUp() throws Exception {
    StringBuilder shards = new StringBuilder("shards { s1 = h1, s2 = h2");
    for (int i = 3; i <= 40; i++) {
      shards.append(", s").append(i).append(" = h1");
    }
    assertThat(between(OLD.replace("shards { s1 = h1, s2 = h2", shards)))
        .containsExactly("map.shards: 38 entries changed");
  }

  @Test
  void whatNeedsARestartKeepsItsOldValueUntilThen() throws Exception {
    ProxyConfig old = load(OLD);
    ProxyConfig now =
        load(
            OLD.replace("listen_addr = a", "listen_addr = b")
                .replace("query_timeout = 0", "query_timeout = 7")
                .replace("listen = \"a:7000\"", "pool_size = 9"));
    ProxyConfig applicable = ConfigDiff.applicable(old, now);
    assertThat(applicable.settings().get(Keys.LISTEN_ADDR)).containsExactly("a");
    assertThat(applicable.settings().get(Keys.QUERY_TIMEOUT)).hasSeconds(7);
    assertThat(applicable.groups().get("a"))
        .isEqualTo(new GroupConfig("a", List.of("h1"), "a", 7000, 0, 9, 0));
    assertThat(ConfigDiff.between(old, applicable))
        .extracting(ConfigDiff.Change::needsRestart)
        .containsOnly(false);
  }

  private List<String> between(String now) throws Exception {
    return ConfigDiff.between(load(OLD), load(now)).stream()
        .map(ConfigDiff.Change::toString)
        .toList();
  }

  private ProxyConfig load(String text) throws Exception {
    return ConfigLoader.load(Files.writeString(directory.resolve("trunkline.conf"), text));
  }
}
