package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both kinds of {@link MapChanges} keep the same promises. */
class MapChangesTest {
  private static final int THREADS = 8;
  private static final int CHANGES_EACH = 25;
  private static final Home OLD = new Home("old", 5432, "app");
  private static final Home NEW = new Home("new host", 5433, "app");
  private static final Map<String, HostInfo> HOSTS =
      Map.of(
          "db1", new HostInfo("db1", "g", "", OLD),
          "db2", new HostInfo("db2", "g", "", OLD));
  private static CatalogServer server;

  @TempDir private Path directory;

  @BeforeAll
  static void startServer() throws Exception {
    server = new CatalogServer();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  private MapStore open(String kind) throws Exception {
    return MapStores.open(kind.equals("file") ? file() : catalog(), HOSTS, 1, problem -> {});
  }

  private MapConfig file() {
    return new MapConfig.FromFile(
        Map.of("schema_001", "db1", "schema_002", "db2"),
        false,
        Map.of("w1", "schema_001", "w2", "schema_002"),
        directory.resolve("map.journal"));
  }

  private static MapConfig catalog() throws Exception {
    Duration second = Duration.ofSeconds(1);
    return new MapConfig.FromPostgres(
        server.url(server.newCatalog()),
        "postgres",
        null,
        100_000,
        second.multipliedBy(60),
        second,
        second,
        second.multipliedBy(300),
        second.multipliedBy(10),
        null);
  }

  private static MapVersion apply(MapStore store, MapChange change) throws Exception {
    MapChanges changes = store.changes();
    MapOutcome outcome = changes.apply(change, changes.version(), "ann", "because");
    MapVersion version = ((MapOutcome.Applied) outcome).version();
    Await.until("the version", () -> store.version() >= version.number());
    return version;
  }

  private static Placement placement(MapStore store, String workspace) throws Exception {
    List<Lookup> answers = new ArrayList<>();
    store.load(workspace, answers::add);
    Await.until("an answer", () -> !answers.isEmpty());
    return ((Lookup.Found) answers.getFirst()).placement();
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "catalog"})
  void eachKindOfChangeMovesTheRouteAndBackMovesItBack(String kind) throws Exception {
    try (MapStore store = open(kind)) {
      Placement before = placement(store, "w1");
      long first = store.version();
      apply(store, new MapChange.RepointHost("db1", NEW));
      assertThat(placement(store, "w1").home()).isEqualTo(NEW);
      assertThat(store.home("db1")).isEqualTo(NEW);
      apply(store, new MapChange.RepointShard("schema_001", "db2"));
      assertThat(placement(store, "w1").host()).isEqualTo("db2");
      apply(store, new MapChange.RepointWorkspace("w1", "schema_002"));
      assertThat(placement(store, "w1").shard()).isEqualTo("schema_002");
      MapVersion back = apply(store, new MapChange.Back(first));
      assertThat(back.number()).isEqualTo(first + 4);
      assertThat(placement(store, "w1"))
          .usingRecursiveComparison()
          .ignoringFields("version")
          .isEqualTo(before);
      assertThat(store.home("db1")).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "catalog"})
  void theJournalSaysWhoWhatAndWhy(String kind) throws Exception {
    try (MapStore store = open(kind)) {
      MapVersion version = apply(store, new MapChange.RepointShard("schema_001", "db2"));
      MapEntry entry = store.changes().history(1).getFirst();
      assertThat(entry)
          .usingRecursiveComparison()
          .ignoringFields("at")
          .isEqualTo(
              new MapEntry(
                  version.number(),
                  null,
                  "ann",
                  "because",
                  MapEntry.Kind.SHARD,
                  "schema_001",
                  "db1",
                  "db2"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "catalog"})
  void aChangeForAnotherVersionOrHistoryChangesNothing(String kind) throws Exception {
    try (MapStore store = open(kind)) {
      MapChanges changes = store.changes();
      MapVersion stale = changes.version();
      MapVersion now = apply(store, new MapChange.RepointHost("db1", NEW));
      MapChange late = new MapChange.RepointHost("db1", OLD);
      MapOutcome.MovedOn refused = (MapOutcome.MovedOn) changes.apply(late, stale, "bob", "");
      assertThat(refused).isEqualTo(new MapOutcome.MovedOn(stale, now, "ann"));
      assertThat(refused.message())
          .isEqualTo(
              "The map has moved on: expected version %d, is %d, by ann."
                  .formatted(stale.number(), now.number()));
      MapVersion otherHistory = new MapVersion(now.number(), stale.stamp());
      assertThat(changes.apply(late, otherHistory, "bob", ""))
          .isInstanceOf(MapOutcome.MovedOn.class);
      assertThat(changes.version()).isEqualTo(now);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "catalog"})
  void whatMakesNoSenseIsRefused(String kind) throws Exception {
    try (MapStore store = open(kind)) {
      MapVersion before = store.changes().version();
      for (MapChange change :
          List.of(
              new MapChange.RepointShard("nothing", "db1"),
              new MapChange.RepointShard("schema_001", "db1"),
              new MapChange.RepointWorkspace("w1", "nothing"),
              new MapChange.Back(before.number()),
              new MapChange.Back(before.number() + 5))) {
        assertThatExceptionOfType(MapChangeException.class)
            .isThrownBy(() -> apply(store, change))
            .satisfies(e -> assertThat(e.fate()).isEqualTo(MapChangeException.Fate.REFUSED));
      }
      assertThat(store.changes().version()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "catalog"})
  void ofManyWhoExpectOneVersionExactlyOneWins(String kind) throws Exception {
    try (MapStore store = open(kind);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      MapChanges changes = store.changes();
      long first = changes.version().number();
      List<Future<List<Long>>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        String who = "operator" + i;
        Callable<List<Long>> work = () -> winRepeatedly(changes, who);
        all.add(threads.submit(work));
      }
      List<Long> won = new ArrayList<>();
      for (Future<List<Long>> one : all) {
        won.addAll(one.get());
      }
      int count = THREADS * CHANGES_EACH;
      assertThat(won).hasSize(count).doesNotHaveDuplicates();
      assertThat(changes.version().number()).isEqualTo(first + count);
      assertThat(changes.history(count))
          .extracting(MapEntry::version)
          .doesNotHaveDuplicates()
          .allMatch(version -> version > first);
    }
  }

  private static List<Long> winRepeatedly(MapChanges changes, String who) throws Exception {
    List<Long> won = new ArrayList<>();
    while (won.size() < CHANGES_EACH) {
      MapVersion expected = changes.version();
      MapChange change =
          new MapChange.RepointHost("db1", new Home(who + "." + expected.number(), 5432, "app"));
      if (changes.apply(change, expected, who, "") instanceof MapOutcome.Applied(MapVersion now)) {
        won.add(now.number());
      }
    }
    return won;
  }

  @ParameterizedTest
  @ValueSource(strings = {"file", "catalog"})
  void everyVersionCanBeShownAndGoneBackTo(String kind) throws Exception {
    Random random = new Random(7);
    try (MapStore store = open(kind)) {
      Map<Long, MapView> were = new HashMap<>();
      for (int i = 0; i < 30; i++) {
        long now = store.changes().version().number();
        were.put(now, store.changes().asOf(now));
        change(store, random, now, were);
      }
      for (Map.Entry<Long, MapView> was : were.entrySet()) {
        MapView then = store.changes().asOf(was.getKey());
        assertThat(then.homes()).isEqualTo(was.getValue().homes());
        assertThat(then.shards()).isEqualTo(was.getValue().shards());
      }
    }
  }

  private static void change(MapStore store, Random random, long now, Map<Long, MapView> were)
      throws Exception {
    MapChange change =
        switch (random.nextInt(4)) {
          case 0 -> new MapChange.RepointHost("db1", new Home("h" + now, 5432, "app"));
          case 1 -> new MapChange.RepointShard("schema_001", "host" + now);
          case 2 -> new MapChange.RepointShard("schema_002", "host" + now);
          default -> new MapChange.Back(random.nextLong(were.keySet().iterator().next(), now + 1));
        };
    try {
      long version = apply(store, change).number();
      if (change instanceof MapChange.Back(long to) && were.containsKey(to)) {
        MapView is = store.changes().asOf(version);
        assertThat(is.homes()).isEqualTo(were.get(to).homes());
        assertThat(is.shards()).isEqualTo(were.get(to).shards());
      }
    } catch (MapChangeException e) {
      // Back to where it is.
      assertThat(e).hasMessageContaining("already");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"written", "forced", "moved"})
  void aCrashWithinAWriteLeavesTheOldOrTheNewVersionWhole(String step) throws Exception {
    Path file = directory.resolve("map.journal");
    try (MapStore store = open("file")) {
      apply(store, new MapChange.RepointHost("db1", NEW));
    }
    MapView configured = new MapView(1, Map.of(), Map.of("schema_001", "db1"), Map.of());
    FileJournal.Steps crash =
        done -> {
          if (done.equals(step)) {
            throw new IOException("crash");
          }
        };
    FileMapChanges crashing = new FileMapChanges(file, configured, journal -> {}, crash);
    assertThatExceptionOfType(MapChangeException.class)
        .isThrownBy(
            () ->
                crashing.apply(
                    new MapChange.RepointHost("db1", OLD), crashing.version(), "ann", ""))
        .satisfies(e -> assertThat(e.fate()).isEqualTo(MapChangeException.Fate.UNKNOWN));
    try (MapStore store = open("file")) {
      boolean isNew = step.equals("moved");
      assertThat(store.version()).isEqualTo(isNew ? 3 : 2);
      assertThat(store.home("db1")).isEqualTo(isNew ? OLD : NEW);
    }
  }

  @Test
  void aTransactionThatDiesBeforeItsCommitHasChangedNothing() throws Exception {
    try (MapStore store = open("catalog")) {
      MapVersion before = store.changes().version();
      String database = "catalog" + catalogs();
      assertThatExceptionOfType(java.sql.SQLException.class)
          .isThrownBy(
              () ->
                  server.run(
                      database,
                      "begin; select trunkline.change_map("
                          + before.number()
                          + ", null, 'shard', 'schema_001', 'db2', 'ann', '');"
                          + " select pg_terminate_backend(pg_backend_pid())"));
      assertThat(store.changes().version()).isEqualTo(before);
      assertThat(store.changes().history(10)).noneMatch(entry -> entry.who().equals("ann"));
      apply(store, new MapChange.RepointShard("schema_001", "db2"));
    }
  }

  private static long catalogs() throws Exception {
    return server.number(
        "postgres", "select count(*) from pg_database where datname like 'catalog%'");
  }

  @Test
  void theCatalogsScriptCanBeRunAgain() throws Exception {
    String database = server.newCatalog();
    long before = server.number(database, "select version from trunkline.map_version");
    server.run(database, Files.readString(Path.of("../docs/catalog.sql")));
    assertThat(server.number(database, "select version from trunkline.map_version"))
        .isEqualTo(before);
  }

  @Test
  void whatIsLeftOfATrimmedJournalCanBeShownAndGoneBackTo() throws Exception {
    try (MapStore store = open("catalog")) {
      String database = "catalog" + catalogs();
      MapChanges changes = store.changes();
      long first = changes.version().number();
      apply(store, new MapChange.RepointShard("schema_001", "db2"));
      server.run(database, "update trunkline.map_journal set at = at - interval '100 days'");
      long kept = apply(store, new MapChange.RepointHost("db1", NEW)).number();
      apply(store, new MapChange.RepointShard("schema_001", "db1"));
      MapView before = changes.asOf(kept);

      String trim = "select trunkline.trim_journal('90 days')";
      assertThat(server.number(database, trim)).isPositive();
      assertThat(server.number(database, trim)).isZero();

      assertThat(changes.asOf(kept)).isEqualTo(before);
      assertThat(changes.asOf(kept - 1).homes()).isEmpty();
      assertThat(changes.history(10)).extracting(MapEntry::version).containsExactly(kept + 1, kept);
      assertThatExceptionOfType(MapChangeException.class)
          .isThrownBy(() -> changes.asOf(first))
          .withMessageContaining("is not one of those kept");
      apply(store, new MapChange.Back(kept));
      assertThat(store.shard("schema_001").host()).isEqualTo("db2");
      server.run(database, "select trunkline.trim_journal('0 s')");
      apply(store, new MapChange.Back(kept + 1));
      assertThat(store.shard("schema_001").host()).isEqualTo("db1");
    }
  }

  @Test
  void anEndpointIsReadAsItIsWritten() {
    Home odd = new Home("it's \\ here", 1, "a b");
    assertThat(Home.parse(odd.toString())).isEqualTo(odd);
    assertThat(Home.parse("host=db7 dbname=app")).isEqualTo(new Home("db7", 5432, "app"));
    for (String bad :
        List.of("", "host=a", "host=a dbname=b x=c", "host=a dbname='b", "nonsense")) {
      assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> Home.parse(bad));
    }
  }
}
