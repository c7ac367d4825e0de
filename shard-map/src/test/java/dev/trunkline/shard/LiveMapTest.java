package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.shard.Catalog.Change;
import dev.trunkline.shard.Catalog.Row;
import dev.trunkline.shard.Catalog.Rows;
import dev.trunkline.shard.Catalog.ShardTable;
import dev.trunkline.shard.Catalog.Version;
import dev.trunkline.shard.LiveState.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules, step by step, on a clock that stands still. */
class LiveMapTest {
  private static final Home HOME = new Home("db", 5432, "app");
  private static final Map<String, HostInfo> HOSTS =
      Map.of("db1", new HostInfo("db1", "g", "", HOME), "db2", new HostInfo("db2", "g", "", HOME));
  private static final MapConfig.FromPostgres CONFIG =
      new MapConfig.FromPostgres(
          "",
          "",
          null,
          100_000,
          Duration.ofSeconds(60),
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(300),
          Duration.ofSeconds(2),
          null);

  private final List<String> log = new ArrayList<>();
  private final List<Lookup> answers = new ArrayList<>();
  private long now = 1_000;
  private LiveMap map;

  @BeforeEach
  void loadShards() {
    map = new LiveMap(CONFIG, HOSTS, 0, "catalog", log::add, () -> now);
    map.replace(table(10, "x", "db1", "db2"));
  }

  private static ShardTable table(long version, String stamp, String hostOfS1, String hostOfS2) {
    return new ShardTable(
        new Version(version, stamp), Map.of("s1", hostOfS1, "s2", hostOfS2), Map.of());
  }

  private static Rows row(long version, String workspace, String shard, String host) {
    return new Rows(version, Map.of(workspace, new Row(shard, host, null)));
  }

  private static Rows nothing(long version) {
    return new Rows(version, Map.of());
  }

  private static Change.Workspaces moved(long version, String... workspaces) {
    return new Change.Workspaces(version, List.of(workspaces));
  }

  private List<WorkspaceLoad> ask(String workspace) throws InterruptedException {
    map.load(workspace, answers::add);
    return map.takeLoads(64);
  }

  private void know(String workspace) throws InterruptedException {
    map.complete(ask(workspace), row(10, workspace, "s1", "db1"));
    answers.clear();
  }

  private static Lookup found(String shard, String host, long version) {
    return new Lookup.Found(new Placement(shard, host, "g", "", HOME, version));
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  @Test
  void anAnswerFromBeforeTheLastMoveIsAskedForAgain() throws InterruptedException {
    List<WorkspaceLoad> loads = ask("w");
    assertThat(map.invalidate(moved(11, "w"))).isTrue();

    map.complete(loads, row(10, "w", "s1", "db1"));
    assertThat(answers).isEmpty();
    assertThat(map.peek("w")).isNull();

    map.complete(map.takeLoads(64), row(11, "w", "s2", "db2"));
    assertThat(answers).hasSize(1);
    assertThat(map.peek("w")).isEqualTo(found("s2", "db2", 10));
  }

  @Test
  void theMoveOfAnotherWorkspaceDoesNotDelayAnAnswer() throws InterruptedException {
    List<WorkspaceLoad> loads = ask("w");
    map.invalidate(moved(11, "v"));

    map.complete(loads, row(10, "w", "s1", "db1"));

    assertThat(answers).containsExactly(found("s1", "db1", 10));
  }

  @Test
  void anAnswerFromBeforeAGapIsAskedForAgain() throws InterruptedException {
    List<WorkspaceLoad> loads = ask("w");
    map.replace(table(15, "y", "db1", "db2"));

    map.complete(loads, row(10, "w", "s1", "db1"));

    assertThat(answers).isEmpty();
    assertThat(map.takeLoads(64)).hasSize(1);
  }

  @Test
  void aCatalogThatKeepsAnsweringWithTheOldVersionIsUnavailable() throws InterruptedException {
    List<WorkspaceLoad> loads = ask("w");
    for (int i = 0; i < 5; i++) {
      map.complete(loads, row(9, "w", "s1", "db1"));
      loads = answers.isEmpty() ? map.takeLoads(64) : List.of();
    }
    assertThat(answers)
        .containsExactly(
            new Lookup.Unavailable(
                "The shard map of the catalog at catalog answers with version 9, but version 10"
                    + " has been seen."));
  }

  @Test
  void aRowThatIsAheadOfTheShardsIsAnsweredWithTheHostOfItsOwnSnapshot()
      throws InterruptedException {
    map.complete(ask("w"), row(12, "w", "s1", "db2"));
    assertThat(answers).containsExactly(found("s1", "db2", 12));
    assertThat(map.peek("w")).isEqualTo(found("s1", "db2", 12));

    map.invalidate(moved(11, "v"));
    map.replaceShards(12, table(13, "y", "db1", "db2"));

    assertThat(map.peek("w")).as("the table has overtaken it").isEqualTo(found("s1", "db1", 13));
  }

  @Test
  void aMessageAboutAMoveThatTheEntryKnowsAlreadyLeavesItAlone() throws InterruptedException {
    map.complete(ask("w"), row(11, "w", "s2", "db2"));
    long epoch = map.state().epoch();

    map.invalidate(moved(11, "w"));

    assertThat(map.peek("w")).isEqualTo(found("s2", "db2", 10));
    assertThat(map.state().epoch()).isGreaterThan(epoch);
  }

  @Test
  void aTableThatIsAheadOfTheMessagesDoesNotSwallowThem() throws InterruptedException {
    know("w");
    // Version 11 changed shards, 12 moved w; the table is read after both.
    map.replaceShards(11, table(12, "y", "db1", "db2"));
    assertThat(map.state().seen()).isEqualTo(11);

    assertThat(map.invalidate(moved(12, "w"))).isTrue();
    assertThat(map.peek("w")).isNull();
  }

  @Test
  void aMessageThatIsNotTheNextIsRefused() {
    assertThat(map.invalidate(moved(12, "w"))).isFalse();
    assertThat(map.replaceShards(12, null)).isFalse();
    assertThat(map.state().seen()).isEqualTo(10);
  }

  @Test
  void theSameVersionAndStampKeepTheCacheAndAnythingElseEmptiesIt() throws InterruptedException {
    know("w");
    assertThat(map.replace(table(10, "x", "db1", "db2"))).isTrue();
    assertThat(map.peek("w")).isNotNull();
    assertThat(map.replace(table(10, "z", "db1", "db2"))).isFalse();
    assertThat(map.peek("w")).isNull();
    know("w");
    assertThat(map.replace(table(9, "z", "db1", "db2"))).isFalse();
    assertThat(map.peek("w")).isNull();
  }

  @Test
  void everyWayInWhichAnAnswerCanChangeMovesTheEpoch() throws InterruptedException {
    know("w");
    List<Runnable> changes =
        List.of(
            () -> map.invalidate(moved(11, "elsewhere")),
            () -> map.replaceShards(12, table(12, "y", "db2", "db2")),
            () -> map.replace(table(20, "z", "db1", "db1")),
            () -> map.replace(table(20, "z", "db1", "db1")),
            map::close);
    for (Runnable change : changes) {
      long epoch = map.state().epoch();
      change.run();
      assertThat(map.state().epoch()).isGreaterThan(epoch);
    }
  }

  @Test
  void aNegativeAnswerIsBelievedForItsTimeOnly() throws InterruptedException {
    map.complete(ask("w"), nothing(10));
    pass(Duration.ofSeconds(5));
    assertThat(map.peek("w")).isEqualTo(new Lookup.Unknown(10));
    pass(Duration.ofMillis(1));
    assertThat(map.peek("w")).isNull();

    map.complete(ask("w"), row(10, "w", "s1", "db1"));
    assertThat(answers).containsExactly(new Lookup.Unknown(10), found("s1", "db1", 10));
  }

  @Test
  void anEntryIsRefreshedOnceAndNobodyWaitsForIt() throws InterruptedException {
    know("w");
    pass(Duration.ofSeconds(61));
    assertThat(map.peek("w")).isEqualTo(found("s1", "db1", 10));
    assertThat(map.peek("w")).isEqualTo(found("s1", "db1", 10));
    List<WorkspaceLoad> refresh = map.takeLoads(64);
    assertThat(refresh).hasSize(1);
    long epoch = map.state().epoch();

    map.complete(refresh, row(10, "w", "s1", "db1"));
    assertThat(map.state().epoch()).as("nothing new").isEqualTo(epoch);
    assertThat(map.peek("w")).isNotNull();
  }

  @Test
  void anOutageFailsWhatWaitsAndWhatComesUntilItEnds() throws InterruptedException {
    know("w");
    List<WorkspaceLoad> taken = ask("a");
    map.load("b", answers::add);

    map.down(Part.FIRST_QUERIES, "no", taken);
    assertThat(answers).as("the other worker can still ask for b").hasSize(1);
    map.down(Part.SECOND_QUERIES, "no", List.of());
    assertThat(answers).hasSize(2).hasOnlyElementsOfType(Lookup.Unavailable.class);
    assertThat(map.peek("c")).isInstanceOf(Lookup.Unavailable.class);
    assertThat(map.peek("w")).isInstanceOf(Lookup.Found.class);
    assertThat(map.counters().loadFailures.sum()).isEqualTo(2);

    map.live().up(Part.SECOND_QUERIES);
    assertThat(map.peek("c")).as("one is enough").isNull();
  }

  @Test
  void whileChangesCannotBeHeardNothingNewIsAskedFor() {
    assertThat(map.down(Part.CHANGES, "no", List.of())).isTrue();
    assertThat(map.down(Part.CHANGES, "still no", List.of())).isFalse();
    map.live().up(Part.FIRST_QUERIES);
    assertThat(map.peek("c")).isInstanceOf(Lookup.Unavailable.class);
    map.live().up(Part.CHANGES);
    assertThat(map.peek("c")).isNull();
  }

  @Test
  void anOutageEndsInSilenceAfterStaleForAndAConfirmationEndsTheSilence()
      throws InterruptedException {
    know("w");
    pass(Duration.ofSeconds(299));
    assertThat(map.live().confirm(new Version(10, "x"))).isTrue();
    map.down(Part.CHANGES, "no", List.of());
    pass(Duration.ofSeconds(299));
    assertThat(map.live().expire()).isFalse();
    pass(Duration.ofSeconds(1));
    assertThat(map.live().expire()).isTrue();
    assertThat(map.peek("w"))
        .isEqualTo(
            new Lookup.Unavailable(
                "The shard map of the catalog at catalog is too old to be used: no."));

    long epoch = map.state().epoch();
    assertThat(map.live().confirm(new Version(10, "x"))).isTrue();
    assertThat(map.peek("w")).isInstanceOf(Lookup.Found.class);
    assertThat(map.state().epoch()).isGreaterThan(epoch);
  }

  @Test
  void aMapThatNobodyConfirmsButIsNotKnownToBeDownDoesNotExpire() {
    pass(Duration.ofDays(1));
    assertThat(map.live().expire()).isFalse();
  }

  @Test
  void theSnapshotHoldsWhatIsTrueInItsVersionAndComesBackAsItWas() throws InterruptedException {
    know("w");
    map.complete(ask("nobody"), nothing(10));
    map.complete(ask("ahead"), row(11, "ahead", "s2", "db1"));
    MapSnapshot snapshot = map.snapshot();
    assertThat(snapshot.workspaces()).isEqualTo(Map.of("w", "s1"));

    LiveMap next = new LiveMap(CONFIG, HOSTS, 0, "catalog", log::add, () -> now);
    assertThat(next.restore(snapshot)).isTrue();
    assertThat(next.restore(snapshot)).as("the first one wins").isFalse();
    assertThat(next.peek("w")).isEqualTo(found("s1", "db1", 10));
    assertThat(next.snapshot()).isEqualTo(snapshot);
  }

  @Test
  void aWaiterThatThrowsIsReportedAndDoesNotHarmTheOthers() throws InterruptedException {
    map.load(
        "w",
        answer -> {
          throw new IllegalStateException("boom");
        });
    map.complete(ask("w"), row(10, "w", "s1", "db1"));
    assertThat(answers).hasSize(1);
    assertThat(log).hasSize(1).first().asString().contains("boom");
  }

  @Test
  void anIdThatNoCatalogCanHoldIsUnknownWithoutAsking() throws InterruptedException {
    map.load("nul\u0000", answers::add);
    map.load("half\ud83d", answers::add);
    assertThat(answers).containsExactly(new Lookup.Unknown(10), new Lookup.Unknown(10));
    assertThat(ask("w")).hasSize(1);
  }

  @Test
  void whoeverIsAskedForAgainIsToldOnlyOnce() throws InterruptedException {
    List<WorkspaceLoad> loads = ask("w");
    map.invalidate(moved(11, "w"));
    map.complete(loads, row(10, "w", "s1", "db1"));
    List<WorkspaceLoad> again = map.takeLoads(64);
    map.complete(again, row(11, "w", "s2", "db2"));
    map.down(Part.FIRST_QUERIES, "no", List.of());
    map.down(Part.SECOND_QUERIES, "no", List.of());
    assertThat(answers).hasSize(1);
  }

  @Test
  void theCacheStaysWithinItsBytes() throws InterruptedException {
    for (int i = 0; i < 5_000; i++) {
      map.complete(ask("workspace" + i), row(10, "workspace" + i, "s1", "db1"));
    }
    map.cache().settle();
    assertThat(map.cache().bytes()).isBetween(90_000L, 100_000L);
    assertThat(map.cache().size()).isLessThan(600);
  }

  @Test
  void theBytesAreThoseOfTheHeap() {
    int count = 100_000;
    long before = usedHeap();
    WorkspaceCache cache = new WorkspaceCache(Long.MAX_VALUE);
    String shard = "s1";
    for (int i = 0; i < count; i++) {
      String id = new java.util.UUID(i, i * 31L).toString();
      cache.put(id, new WorkspaceCache.Entry(shard, 1, 0, 1, null));
    }
    long used = usedHeap() - before;
    assertThat((double) cache.bytes() / used).isBetween(0.8, 1.4);
    assertThat(new HashMap<>(Map.of("kept alive", cache))).hasSize(1);
  }

  private static long usedHeap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
