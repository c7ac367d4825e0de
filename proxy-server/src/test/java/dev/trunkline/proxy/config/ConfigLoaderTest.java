package dev.trunkline.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.trunkline.shard.KeyType;
import dev.trunkline.shard.MapConfig;
import dev.trunkline.shard.ShardedTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  private static final String LISTEN = "pgbouncer.listen_addr = \"127.0.0.1\"\n";

  private static final String SHARDED =
      LISTEN
          + """
          hosts { h1 { host = 10.0.0.1, dbname = d }, h2 { host = db2, port = 5433, dbname = d, region = eu } }
          groups { a { hosts = [h1, h2], listen = "0.0.0.0:6433", pool_size = 7 } }
          databases { app { sharded = true, search_path = [public, ext], workspace_setting = app.ws } }
          users { joe { password = sesame, pool_mode = session, may_set_shard = true } }
          map { type = file, placement = hash, shards { s1 = h1, s2 = h2 }, workspaces { "a.b" = s2 } }
          """;

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("trunkline.conf");
  }

  @Test
  void readsEveryBlockIntoTheModel() throws Exception {
    ProxyConfig config = load(SHARDED);
    assertThat(config.hosts().get("h2"))
        .isEqualTo(new HostConfig("h2", "db2", 5433, "d", "a", "eu", 0));
    assertThat(config.groups().get("a"))
        .isEqualTo(new GroupConfig("a", List.of("h1", "h2"), "0.0.0.0", 6433, 0, 7, 0));
    DatabaseConfig app = config.databases().get("app");
    assertThat(app.searchPath()).containsExactly("public", "ext");
    assertThat(app.workspaceSetting()).isEqualTo("app.ws");
    assertThat(app.poolSize()).isEqualTo(-1);
    assertThat(config.users().get("joe"))
        .isEqualTo(
            new UserConfig(
                "joe", "sesame", PoolMode.SESSION, -1, -1, -1, -1, Timeouts.NOT_SET, true));
    assertThat(config.map())
        .isEqualTo(
            new MapConfig.FromFile(
                Map.of("s1", "h1", "s2", "h2"),
                true,
                Map.of("a.b", "s2"),
                config.file().resolveSibling(config.file().getFileName() + ".map")));
  }

  @Test
  void readsSettingsAsNumbersTimesSizesSwitchesAndLists() throws Exception {
    Settings settings =
        load("""
        pgbouncer { listen_addr = [127.0.0.1, "::1"], query_timeout = 1.50, server_lifetime = 2h
          server_round_robin = yes, admin_users = "joe, ann", auth_type = scram-sha-256 }
        trunkline { max_statement_bytes = 1 MiB, transport = epoll, metrics_listen = "" }
        """)
            .settings();
    assertThat(settings.get(Keys.LISTEN_ADDR)).containsExactly("127.0.0.1", "::1");
    assertThat(settings.get(Keys.QUERY_TIMEOUT)).isEqualTo(Duration.ofMillis(1500));
    assertThat(settings.text(Keys.QUERY_TIMEOUT)).isEqualTo("1.5");
    assertThat(settings.text(Keys.SERVER_LIFETIME)).isEqualTo("7200");
    assertThat(settings.text(Keys.SERVER_ROUND_ROBIN)).isEqualTo("1");
    assertThat(settings.get(Keys.ADMIN_USERS)).containsExactly("joe", "ann");
    assertThat(settings.get(Keys.AUTH_TYPE)).isEqualTo(AuthType.SCRAM_SHA_256);
    assertThat(settings.get(Keys.MAX_STATEMENT_BYTES)).isEqualTo(1 << 20);
    assertThat(settings.get(Keys.TRANSPORT)).isEqualTo(Settings.Transport.EPOLL);
    assertThat(settings.get(Keys.METRICS_LISTEN).isOff()).isTrue();
  }

  @Test
  void readsACatalogMapWithItsDefaults() throws Exception {
    MapConfig map =
        load(LISTEN + "map { type = postgres, host = \"::1\", dbname = \"c d\", user = u }").map();
    assertThat(map)
        .isEqualTo(
            new MapConfig.FromPostgres(
                "jdbc:postgresql://[::1]:5432/c%20d?sslmode=prefer",
                "u",
                null,
                64_000_000,
                Duration.ofMinutes(5),
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                Duration.ofHours(1),
                Duration.ofSeconds(2),
                null));
  }

  @Test
  void readsWhatIsKnownOfTables() throws Exception {
    TablesConfig tables =
        load(SHARDED + "map.sharded_tables { key = ws, user = u, tables { \"T\" = \"k bigint\" } }")
            .tables();
    assertThat(tables.key()).isEqualTo("ws");
    assertThat(tables.declared())
        .containsExactly(Map.entry("T", new ShardedTables.KeyColumn("k", KeyType.INTEGER)));
    assertThat(tables.refresh()).isEqualTo(Duration.ofMinutes(1));
    assertThat(load(SHARDED).tables()).isNull();
  }

  @Test
  void namesWhatIsWrongWithTables() {
    assertThat(
            problems(
                SHARDED
                    + """
                    map.sharded_tables {
                      key = ws
                      tables { a = "k money", b = k, c = "k uuid" }
                      views { c = "k uuid" }
                      reference = [c]
                      refrence = [d]
                    }
                    """))
        .extracting(problem -> problem.replaceFirst("^\\d+: map.sharded_tables.", ""))
        .containsExactlyInAnyOrder(
            "key: needs user, the role that reads the catalog of a host",
            "tables.a: money is no type of a key: uuid, bigint, int, text, varchar",
            "tables.b: should be COLUMN TYPE, such as \"workspace_id uuid\"",
            "views.c: is declared twice",
            "reference: c is declared as sharded, too",
            "refrence: unknown key; did you mean reference?");
  }

  @Test
  void namesEveryProblemWithItsLineAndNotOnlyTheFirst() {
    assertThat(
            problems(
                """
                pgbouncer {
                  listen_addr = "*"
                  default_pol_size = 20
                  listen_port = 99999
                  auth_file = users.txt
                }
                hosts {
                  h1 { host = 10.0.0.1, port = 70000, dbname = d }
                  h2 {
                    host = 10.0.0.2
                  }
                }
                groups {
                  a { hosts = [h1, h3] }
                  b { hosts = [h1] }
                }
                databases {
                  pgbouncer { host = x }
                  app { sharded = true, host = x }
                  old { pool_size = many }
                }
                usres { }
                """))
        .containsExactly(
            "3: pgbouncer.default_pol_size: unknown key; did you mean default_pool_size?",
            "4: pgbouncer.listen_port: 99999 is not a port (1 to 65535, or 0 for any free one)",
            "5: pgbouncer.auth_file: users.txt cannot be read",
            "8: hosts.h1.port: 70000 is not a port (1 to 65535)",
            "9: hosts.h2: is in no group; list it in the hosts of one",
            "9: hosts.h2: dbname is missing",
            "14: groups.a.hosts: there is no host h3; did you mean h1?",
            "15: groups.b.hosts: h1 is in group a already; a host has one group",
            "18: databases.pgbouncer: this name is reserved for the console",
            "19: databases.app.host: a sharded database has no server of its own; the shard map"
                + " says where to go",
            "19: databases.app.sharded: a sharded database needs the block map",
            "20: databases.old: host is missing; a sharded database needs sharded = true",
            "20: databases.old.pool_size: many is not a whole number (0 or more)",
            "22: usres: unknown key; did you mean users?");
  }

  @Test
  void aProblemPrintsFileLineAndKey() {
    ConfigException refused = refused("pgbouncer { listen_addr = a, listen_port = x }");
    assertThat(refused.problems().getFirst())
        .hasToString(
            file
                + ":1: pgbouncer.listen_port: x is not a port (1 to 65535, or 0 for any free one)");
  }

  @Test
  void aSyntaxErrorIsOneProblemWithItsLine() {
    List<Problem> problems = refused(LISTEN + "hosts {\n h1 = {{\n").problems();
    assertThat(problems).hasSize(1);
    assertThat(problems.getFirst().line()).isEqualTo(3);
    assertThat(problems.getFirst().message()).doesNotContain("trunkline.conf");
  }

  @Test
  void aMissingSubstitutionNamesItsLine() {
    assertThat(problems(LISTEN + "users { joe { password = ${NO_SUCH_VARIABLE_HERE} } }"))
        .singleElement()
        .asString()
        .startsWith("2: ")
        .contains("NO_SUCH_VARIABLE_HERE");
  }

  @Test
  void aMissingFileIsAProblem() {
    Path missing = directory.resolve("missing.conf");
    assertThatThrownBy(() -> ConfigLoader.load(missing))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("missing.conf");
  }

  @Test
  void optionalSubstitutionsFallBackToTheValueBefore() throws Exception {
    ProxyConfig config =
        load(LISTEN + "users { joe { password = a, password = ${?NO_SUCH_VARIABLE_HERE} } }");
    assertThat(config.users().get("joe").secret()).isEqualTo("a");
  }

  @Test
  void aRefusedValueFromTheEnvironmentNamesTheBlock() {
    assertThat(problems("pgbouncer {\n listen_addr = a\n listen_port = ${PATH}\n}"))
        .singleElement()
        .asString()
        .startsWith("1: pgbouncer.listen_port: ");
  }

  @Test
  void problemsInIncludedFilesNameThose() throws IOException {
    Files.writeString(directory.resolve("hosts.conf"), "hosts {\n h1 { hots = x }\n}\n");
    List<Problem> problems = refused(LISTEN + "include required(\"hosts.conf\")\n").problems();
    assertThat(problems)
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem.file()).endsWith("hosts.conf"))
        .anySatisfy(problem -> assertThat(problem.message()).contains("did you mean host?"));
  }

  @Test
  void listenersMustNotCollide() {
    assertThat(
            problems(
                """
                pgbouncer { listen_addr = "*" }
                trunkline { metrics_listen = "127.0.0.1:7000" }
                hosts { h1 { host = a, dbname = d }, h2 { host = b, dbname = d } }
                groups {
                  a { hosts = [h1], listen = "10.0.0.1:6432" }
                  b { hosts = [h2], listen = "127.0.0.1:7000" }
                }
                """))
        .containsExactlyInAnyOrder(
            "2: trunkline.metrics_listen: 127.0.0.1:7000 is taken by groups.b.listen"
                + " (127.0.0.1:7000)",
            "5: groups.a.listen: 10.0.0.1:6432 is taken by pgbouncer.listen_addr (*:6432)");
  }

  @Test
  void aProcessMustListenSomewhere() {
    assertThat(problems("")).singleElement().asString().contains("nowhere to listen on");
  }

  @Test
  void watermarksMustBeInOrder() {
    assertThat(problems(LISTEN + "trunkline { low_watermark = 64 KiB }"))
        .containsExactly(
            "2: trunkline.low_watermark: 65536 is not below trunkline.high_watermark, which is"
                + " 65536");
  }

  @Test
  void tlsNeedsItsFiles() {
    assertThat(
            problems(
                """
                pgbouncer {
                  listen_addr = a
                  client_tls_sslmode = require
                  server_tls_ca_file = /no/such/file
                }
                """))
        .containsExactlyInAnyOrder(
            "3: pgbouncer.client_tls_sslmode: require needs client_tls_key_file",
            "3: pgbouncer.client_tls_sslmode: require needs client_tls_cert_file",
            "4: pgbouncer.server_tls_ca_file: /no/such/file cannot be read");
  }

  @Test
  void mapsNameKnownHostsAndShards() {
    assertThat(
            problems(
                LISTEN
                    + """
                    hosts { h1 { host = a, dbname = d } }
                    groups { a { hosts = [h1] } }
                    map {
                      type = file
                      shards { s1 = h1, s2 = h9 }
                      workspaces { w = s7 }
                      plasement = hash
                    }
                    """))
        .containsExactly(
            "6: map.shards.s2: there is no host h9; did you mean h1?",
            "7: map.workspaces.w: there is no logical shard s7; did you mean s1?",
            "8: map.plasement: unknown key; did you mean placement?");
  }

  @Test
  void blocksAndValuesAreNotConfused() {
    assertThat(problems(LISTEN + "hosts = 5\npgbouncer.listen_port { a = 1 }\nmap { type = disk }"))
        .containsExactly(
            "2: hosts: is a value where a block { ... } belongs",
            "3: pgbouncer.listen_port: is a block where a value belongs",
            "4: map.type: disk is none of file, postgres");
  }

  @Test
  void plainDatabasesAreNamedAsTheirEntryOrTheClientSays() throws Exception {
    ProxyConfig config = load(LISTEN + "databases { old { host = x }, \"*\" { host = y } }");
    assertThat(config.databases().get("old").dbname()).isEqualTo("old");
    assertThat(config.databases().get("*").dbname()).isNull();
  }

  @Test
  void setChangesOneSettingOfACopy() throws Exception {
    ProxyConfig config = load(LISTEN);
    ProxyConfig changed = ConfigLoader.withSetting(config, "query_timeout", "30s");
    assertThat(changed.settings().get(Keys.QUERY_TIMEOUT)).hasSeconds(30);
    assertThat(changed.settings().text(Keys.QUERY_TIMEOUT)).isEqualTo("30");
    assertThat(config.settings().get(Keys.QUERY_TIMEOUT)).isZero();
  }

  @Test
  void setRefusesWhatTheFileWouldRefuse() throws Exception {
    ProxyConfig config = load(LISTEN);
    assertThatThrownBy(() -> ConfigLoader.withSetting(config, "query_timeot", "1"))
        .hasMessage("query_timeot: unknown key; did you mean query_timeout?");
    assertThatThrownBy(() -> ConfigLoader.withSetting(config, "verbose", "9"))
        .hasMessage("verbose: 9 is not a verbosity (0 to 3)");
    assertThatThrownBy(() -> ConfigLoader.withSetting(config, "listen_port", "1"))
        .hasMessage("listen_port cannot be changed without a restart");
    assertThatThrownBy(() -> ConfigLoader.withSetting(config, "trunkline.high_watermark", "9"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("trunkline.low_watermark: 32768 is not below");
  }

  @Test
  void anyDamageToAFileEitherLoadsOrNamesProblems() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      StringBuilder damaged = new StringBuilder(SHARDED);
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        int at = random.nextInt(damaged.length());
        damaged.replace(at, at + random.nextInt(3), randomBit(random));
      }
      try {
        assertThat(load(damaged.toString())).as("seed %d", seed).isNotNull();
      } catch (ConfigException e) {
        assertThat(e.problems()).as("seed %d", seed).isNotEmpty();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ":\n" + damaged, e);
      }
    }
  }

  private static String randomBit(Random random) {
    String bits = "{}[]\"=:,.$#\n 0zé+-";
    int at = random.nextInt(bits.length());
    return bits.substring(at, at + 1);
  }

  private ProxyConfig load(String text) throws IOException, ConfigException {
    Files.writeString(file, text);
    return ConfigLoader.load(file);
  }

  private ConfigException refused(String text) {
    return catchThrowableOfType(ConfigException.class, () -> load(text));
  }

  private List<String> problems(String text) {
    return refused(text).problems().stream()
        .map(problem -> problem.line() + ": " + problem.message())
        .toList();
  }
}
