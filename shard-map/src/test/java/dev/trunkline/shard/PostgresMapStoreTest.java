package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PostgresMapStoreTest {
  private static final Home HOME = new Home("db", 5432, "app");
  private static final Map<String, HostInfo> HOSTS =
      Map.of(
          "db1", new HostInfo("db1", "g1", "eu", HOME),
          "db2", new HostInfo("db2", "g2", "us", HOME));
  private static final Duration NEVER = Duration.ofHours(1);

  private static CatalogServer server;

  @TempDir private Path directory;
  private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();
  private final List<PostgresMapStore> opened = new ArrayList<>();
  private String database;
  private Duration poll = NEVER;
  private Duration staleFor = NEVER;
  private Duration refreshAfter = NEVER;
  private Duration negativeTtl = NEVER;
  private ProbedCatalog catalog;

  @BeforeAll
  static void startServer() throws Exception {
    server = new CatalogServer();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @BeforeEach
  void createCatalog() throws Exception {
    database = server.newCatalog();
  }

  @AfterEach
  void closeStores() {
    opened.forEach(PostgresMapStore::close);
  }

  private MapConfig.FromPostgres config(String url) {
    return new MapConfig.FromPostgres(
        url,
        "postgres",
        null,
        1 << 20,
        refreshAfter,
        negativeTtl,
        poll,
        staleFor,
        Duration.ofSeconds(2),
        directory.resolve("map.snapshot"));
  }

  private PostgresMapStore open() {
    MapConfig.FromPostgres config = config(server.url(database));
    catalog = new ProbedCatalog(new JdbcCatalog(config));
    PostgresMapStore store = PostgresMapStore.open(config, HOSTS, 1, catalog, log::add);
    opened.add(store);
    return store;
  }

  private static Lookup ask(MapStore store, String workspace) {
    CompletableFuture<Lookup> answer = new CompletableFuture<>();
    store.load(workspace, answer::complete);
    return answer.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static String shardOf(Lookup lookup) {
    return lookup instanceof Lookup.Found(Placement placement) ? placement.shard() : "" + lookup;
  }

  private static String hostOf(Lookup lookup) {
    return lookup instanceof Lookup.Found(Placement placement) ? placement.host() : "" + lookup;
  }

  private void change(String sql) throws Exception {
    server.run(database, sql);
  }

  @Test
  void aWorkspaceIsFoundWithItsShardHostGroupAndRegion() {
    MapStore store = open();

    assertThat(store.peek("w1")).isNull();
    assertThat(ask(store, "w1"))
        .isEqualTo(
            new Lookup.Found(
                new Placement("schema_001", "db1", "g1", "eu", HOME, store.version())));
    assertThat(store.peek("w1")).isInstanceOf(Lookup.Found.class);
    assertThat(store.shards())
        .extracting(Placement::shard)
        .containsExactly("schema_001", "schema_002");
    assertThat(store.shard("schema_002").host()).isEqualTo("db2");
    assertThat(store.shard("schema_003")).isNull();
  }

  @Test
  void anUnknownWorkspaceIsAskedForOnceAndThenKnownToBeUnknown() {
    MapStore store = open();

    assertThat(ask(store, "nobody")).isEqualTo(new Lookup.Unknown(store.version()));
    assertThat(store.peek("nobody")).isInstanceOf(Lookup.Unknown.class);
    assertThat(catalog.workspacesAsked).hasValue(1);
    assertThat(store.status()).containsEntry("negative_hits", 1L);
  }

  @Test
  void aCommittedMoveReachesTheStoreByItsNotification() throws Exception {
    MapStore store = open();
    ask(store, "w1");
    ask(store, "w2");
    long epoch = store.epoch();

    change("update trunkline.workspace set shard = 'schema_002' where id = 'w1'");
    Await.until("the epoch moves", () -> store.epoch() != epoch);

    assertThat(store.peek("w1")).isNull();
    assertThat(store.peek("w2")).isNotNull();
    assertThat(shardOf(ask(store, "w1"))).isEqualTo("schema_002");
  }

  @Test
  void aNewWorkspaceEndsTheMemoryThatItWasUnknown() throws Exception {
    MapStore store = open();
    ask(store, "w3");
    long epoch = store.epoch();

    change("insert into trunkline.workspace values ('w3', 'schema_001')");
    Await.until("the epoch moves", () -> store.epoch() != epoch);

    assertThat(shardOf(ask(store, "w3"))).isEqualTo("schema_001");
  }

  @Test
  void aMovedShardTakesItsWorkspacesAlongWithoutAskingForThemAgain() throws Exception {
    MapStore store = open();
    ask(store, "w1");
    long version = store.version();

    change("update trunkline.shard set host = 'db2' where name = 'schema_001'");
    Await.until("the version moves", () -> store.version() == version + 1);

    assertThat(hostOf(store.peek("w1"))).isEqualTo("db2");
    assertThat(catalog.workspacesAsked).hasValue(1);
  }

  @Test
  void aLargeBatchForgetsEverythingAtOnce() throws Exception {
    MapStore store = open();
    ask(store, "w1");
    long version = store.version();

    change(
        "insert into trunkline.workspace select 'batch' || i, 'schema_001'"
            + " from generate_series(1, 50000) i");
    Await.until("the version moves", () -> store.version() == version + 1);

    assertThat(store.peek("w1")).isNull();
    assertThat(shardOf(ask(store, "batch50000"))).isEqualTo("schema_001");
  }

  @Test
  void aLostNotificationIsFoundByThePoll() throws Exception {
    poll = Duration.ofMillis(100);
    MapStore store = open();
    ask(store, "w1");
    catalog.loseMessages();
    long version = store.version();

    change("update trunkline.workspace set shard = 'schema_002' where id = 'w1'");
    Await.until("the version moves", () -> store.version() == version + 1);

    assertThat(shardOf(ask(store, "w1"))).isEqualTo("schema_002");
  }

  @Test
  void aCatalogWithTheSameVersionButAnotherHistoryIsReadAnew() throws Exception {
    poll = Duration.ofMillis(50);
    MapStore store = open();
    ask(store, "w1");

    change("alter table trunkline.workspace disable trigger user");
    change("update trunkline.workspace set shard = 'schema_002' where id = 'w1'");
    change("update trunkline.map_version set stamp = gen_random_uuid()");
    Await.until("the entry is given up", () -> store.peek("w1") == null);

    assertThat(shardOf(ask(store, "w1"))).isEqualTo("schema_002");
  }

  @Test
  void aCatalogThatGoesBackIsReadAnewAndReported() throws Exception {
    poll = Duration.ofMillis(50);
    MapStore store = open();
    ask(store, "w1");

    change("update trunkline.map_version set version = version - 1, stamp = gen_random_uuid()");
    Await.until("the entry is given up", () -> store.peek("w1") == null);

    assertThat(ask(store, "w1")).isInstanceOf(Lookup.Found.class);
    assertThat(log).anyMatch(line -> line.contains("went back from version"));
  }

  @Test
  void aHundredThreadsThatWantOneWorkspaceAskTheCatalogOnce() throws Exception {
    MapStore store = open();
    catalog.holdAnswers();
    List<CompletableFuture<Lookup>> answers = new ArrayList<>();
    CountDownLatch asked = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      CompletableFuture<Lookup> answer = new CompletableFuture<>();
      answers.add(answer);
      Thread.startVirtualThread(
          () -> {
            store.load("w1", answer::complete);
            asked.countDown();
          });
    }
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    catalog.letGo();

    for (CompletableFuture<Lookup> answer : answers) {
      assertThat(shardOf(answer.get(20, TimeUnit.SECONDS))).isEqualTo("schema_001");
    }
    assertThat(catalog.workspacesAsked).hasValue(1);
  }

  @Test
  void anAnswerThatIsOvertakenByAMoveIsNeitherGivenNorKept() throws Exception {
    MapStore store = open();
    catalog.holdAnswers();
    CompletableFuture<Lookup> answer = new CompletableFuture<>();
    store.load("w1", answer::complete);
    catalog.held.acquire();
    long epoch = store.epoch();

    change("update trunkline.workspace set shard = 'schema_002' where id = 'w1'");
    Await.until("the epoch moves", () -> store.epoch() != epoch);
    catalog.letGo();

    assertThat(shardOf(answer.get(20, TimeUnit.SECONDS))).isEqualTo("schema_002");
    assertThat(shardOf(store.peek("w1"))).isEqualTo("schema_002");
    assertThat(catalog.lookups).hasValue(2);
  }

  @Test
  void anOldEntryIsRefreshedInTheBackgroundWhileItIsUsed() throws Exception {
    refreshAfter = Duration.ZERO;
    MapStore store = open();
    ask(store, "w1");
    long epoch = store.epoch();
    change("alter table trunkline.workspace disable trigger user");
    change("update trunkline.workspace set shard = 'schema_002' where id = 'w1'");

    assertThat(shardOf(store.peek("w1"))).isEqualTo("schema_001");
    Await.until("the refresh lands", () -> shardOf(store.peek("w1")).equals("schema_002"));

    assertThat(store.epoch()).isGreaterThan(epoch);
  }

  @Test
  void aShardOnAHostThatIsNotConfiguredIsUnavailableByName() throws Exception {
    change("insert into trunkline.shard values ('schema_003', 'db9')");
    change("insert into trunkline.workspace values ('w3', 'schema_003')");
    MapStore store = open();

    String sentence =
        "The shard map places logical shard \"schema_003\" on host \"db9\", which is not"
            + " configured.";
    assertThat(ask(store, "w3")).isEqualTo(new Lookup.Unavailable(sentence));
    assertThat(store.shard("schema_003")).isNull();
    assertThat(log).containsExactly(sentence);
  }

  @Test
  void whileTheCatalogIsDownCachedWorkspacesWorkAndOthersFailAtOnceUntilItIsBack()
      throws Exception {
    MapStore store = open();
    ask(store, "w1");
    assertThat(store.status()).containsEntry("stale", false);

    server.stop();
    try {
      Await.until("it is noticed", () -> store.status().get("stale").equals(true));
      assertThat(shardOf(store.peek("w1"))).isEqualTo("schema_001");
      assertThat(store.peek("w2")).isInstanceOf(Lookup.Unavailable.class);
      long start = System.nanoTime();
      for (int i = 0; i < 1000; i++) {
        assertThat(ask(store, "other" + i)).isInstanceOf(Lookup.Unavailable.class);
      }
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(2));
    } finally {
      server.start();
    }
    Await.until("it is back", () -> store.status().get("stale").equals(false));

    assertThat(shardOf(store.peek("w1"))).isEqualTo("schema_001");
    assertThat(shardOf(ask(store, "w2"))).isEqualTo("schema_002");
    assertThat(log).anyMatch(line -> line.contains("is back"));
  }

  @Test
  void aMoveThatWasCommittedWhileDisconnectedIsSeenAfterTheReconnect() throws Exception {
    MapStore store = open();
    ask(store, "w1");
    long version = store.version();

    // In one transaction: the store is cut off before the change is there to be told.
    change(
        "begin; update trunkline.workspace set shard = 'schema_002' where id = 'w1';"
            + " select pg_terminate_backend(pid) from pg_stat_activity"
            + " where application_name = 'trunkline'; select pg_sleep(0.2); commit");
    Await.until("the version moves", () -> store.version() == version + 1);

    assertThat(shardOf(ask(store, "w1"))).isEqualTo("schema_002");
  }

  @Test
  void afterStaleForCachedWorkspacesAreUnavailableTooAndTheEpochMoves() throws Exception {
    staleFor = Duration.ofMillis(1500);
    poll = Duration.ofMillis(100);
    MapStore store = open();
    ask(store, "w1");
    long epoch = store.epoch();

    server.stop();
    try {
      Await.until("w1 is given up", () -> store.peek("w1") instanceof Lookup.Unavailable);
      assertThat(store.epoch()).isGreaterThan(epoch);
      assertThat(store.shard("schema_001")).isNull();
      assertThat(store.shards()).hasSize(2);
      assertThat((long) store.status().get("age_seconds")).isGreaterThanOrEqualTo(1);
    } finally {
      server.start();
    }
    Await.until("w1 is back", () -> ask(store, "w1") instanceof Lookup.Found);
  }

  @Test
  void aRestartWithoutCatalogGoesOnFromTheSnapshotAndCatchesUpLater() throws Exception {
    PostgresMapStore first = open();
    ask(first, "w1");
    first.close();
    assertThat(first.peek("w1")).isInstanceOf(Lookup.Unavailable.class);

    server.stop();
    PostgresMapStore second;
    try {
      second = open();
      assertThat(shardOf(second.peek("w1"))).isEqualTo("schema_001");
      assertThat(second.peek("w2")).isInstanceOf(Lookup.Unavailable.class);
      assertThat(second.version()).isEqualTo(first.version());
      assertThat(second.status()).containsEntry("stale", true).containsEntry("shards", 2);
    } finally {
      server.start();
    }
    Await.until("the catalog is back", () -> second.status().get("stale").equals(false));

    assertThat(second.peek("w1")).as("same version and stamp: kept").isNotNull();
    assertThat(shardOf(ask(second, "w2"))).isEqualTo("schema_002");
  }

  @Test
  void aCorruptSnapshotIsReportedAndIgnoredAndTheStoreRecoversByItself() throws Exception {
    PostgresMapStore first = open();
    ask(first, "w1");
    first.close();
    Path file = directory.resolve("map.snapshot");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    server.stop();
    PostgresMapStore second;
    try {
      second = open();
      assertThat(second.peek("w1")).isInstanceOf(Lookup.Unavailable.class);
      assertThat(ask(second, "w1")).isInstanceOf(Lookup.Unavailable.class);
      assertThat(second.shards()).isEmpty();
      assertThat(log).anyMatch(line -> line.contains("its checksum does not fit"));
    } finally {
      server.start();
    }
    Await.until("the catalog is back", () -> ask(second, "w1") instanceof Lookup.Found);
  }

  @Test
  void theSnapshotIsWrittenWithinSecondsOfAChange() {
    MapStore store = open();
    Path file = directory.resolve("map.snapshot");

    Await.until("it is there", () -> Files.exists(file));
    ask(store, "w1");
    Await.until("w1 is in it", () -> reads(file).workspaces().containsKey("w1"));

    assertThat(directory).isDirectoryContaining("glob:**map.snapshot");
    assertThat(directory.toFile().list()).hasSize(1);
  }

  private static MapSnapshot reads(Path file) {
    try {
      return MapSnapshot.read(file);
    } catch (java.io.IOException e) {
      throw new AssertionError("a reader must never see half a snapshot", e);
    }
  }

  @Test
  void noMoreThanThreeConnectionsAreUsedHoweverManyWorkspacesAreAsked() throws Exception {
    change(
        "insert into trunkline.workspace select 'many' || i, 'schema_002'"
            + " from generate_series(1, 5000) i");
    MapStore store = open();
    CountDownLatch answered = new CountDownLatch(5000);
    for (int i = 1; i <= 5000; i++) {
      store.load("many" + i, answer -> answered.countDown());
    }
    assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();

    long connections =
        server.number(
            database,
            "select count(*) from pg_stat_activity where application_name = 'trunkline'"
                + " and datname = current_database()");
    assertThat(connections).isBetween(2L, 3L);
    assertThat(catalog.lookups.get()).as("statements").isLessThan(1000);
    assertThat(store.status()).containsEntry("workspaces_cached", 5000L);
  }

  @Test
  void theStatusNamesTheCatalogWithoutItsPassword() {
    MapConfig.FromPostgres config =
        config(server.url(database) + "?user=postgres&password=secret&ssl=false");
    PostgresMapStore store =
        PostgresMapStore.open(config, HOSTS, 1, new JdbcCatalog(config), log::add);
    opened.add(store);

    assertThat(store.status().keySet())
        .containsExactly(
            "type",
            "version",
            "epoch",
            "shards",
            "workspaces_cached",
            "cache_bytes",
            "cache_hits",
            "cache_misses",
            "loads",
            "load_failures",
            "negative_hits",
            "invalidations",
            "rechecks",
            "stale",
            "age_seconds",
            "catalog");
    assertThat(store.status().get("catalog"))
        .isEqualTo(server.url(database) + "?user=postgres&ssl=false");
  }

  @Test
  void whoeverWaitsWhenTheStoreClosesGetsAnAnswer() throws Exception {
    PostgresMapStore store = open();
    catalog.holdAnswers();
    CompletableFuture<Lookup> answer = new CompletableFuture<>();
    store.load("w1", answer::complete);
    catalog.held.acquire();

    store.close();

    assertThat(answer.get(20, TimeUnit.SECONDS)).isInstanceOf(Lookup.Unavailable.class);
  }
}
