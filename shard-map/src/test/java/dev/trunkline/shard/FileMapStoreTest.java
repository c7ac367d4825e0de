package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FileMapStoreTest {
  private static final Home HOME = new Home("db", 5432, "app");
  private static final Map<String, HostInfo> HOSTS =
      Map.of(
          "db1", new HostInfo("db1", "g1", "", HOME), "db2", new HostInfo("db2", "g2", "", HOME));
  private static final Map<String, String> SHARDS =
      Map.of("schema_001", "db1", "schema_002", "db2", "schema_003", "db2");

  private final List<String> log = new ArrayList<>();

  private MapStore open(boolean hash, Map<String, String> workspaces) {
    return MapStores.open(new MapConfig.FromFile(SHARDS, hash, workspaces), HOSTS, 7, log::add);
  }

  private static Placement placement(Lookup lookup) {
    return ((Lookup.Found) lookup).placement();
  }

  @Test
  void anExplicitWorkspaceComesBeforeTheHash() {
    // By hash "a" would be on the second shard: see PlacementHashTest.
    try (MapStore store = open(true, Map.of("a", "schema_003"))) {
      assertThat(placement(store.peek("a")))
          .isEqualTo(new Placement("schema_003", "db2", "g2", "", HOME, 7));
    }
  }

  @Test
  void aWorkspaceWithoutEntryIsPlacedByHashOverTheSortedShards() {
    try (MapStore store = open(true, Map.of())) {
      assertThat(placement(store.peek("foobar")).shard()).isEqualTo("schema_002");
      assertThat(placement(store.peek("工作区")).shard()).isEqualTo("schema_001");
      assertThat(placement(store.peek("größe")).shard()).isEqualTo("schema_003");
    }
  }

  @Test
  void withoutHashPlacementAWorkspaceWithoutEntryIsUnknown() {
    try (MapStore store = open(false, Map.of("a", "schema_003"))) {
      List<Lookup> answers = new ArrayList<>();
      store.load("b", answers::add);
      assertThat(answers).containsExactly(new Lookup.Unknown(7));
    }
  }

  @Test
  void aMapWithoutShardsKnowsNobodyEvenWithHashPlacement() {
    MapConfig config = new MapConfig.FromFile(Map.of(), true, Map.of());
    try (MapStore store = MapStores.open(config, HOSTS, 1, log::add)) {
      assertThat(store.peek("a")).isEqualTo(new Lookup.Unknown(1));
    }
  }

  @Test
  void workspacesAreFoundByTheirCanonicalIdHoweverTheFileSpellsThem() {
    String upper = "3F2504E0-4F89-41D3-9A0C-0305E82C3301";
    try (MapStore store = open(false, Map.of(upper, "schema_001"))) {
      assertThat(store.peek(WorkspaceId.canonical(upper))).isInstanceOf(Lookup.Found.class);
    }
  }

  @Test
  void twoSpellingsOfOneWorkspaceAndMalformedIdsAreRefusedTogether() {
    Map<String, String> workspaces =
        Map.of(
            "3F2504E0-4F89-41D3-9A0C-0305E82C3301", "schema_001",
            "3f2504e04f8941d39a0c0305e82c3301", "schema_002",
            "", "schema_001");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open(false, workspaces))
        .withMessageContaining("is given twice.")
        .withMessageContaining("The workspace id is empty.");
  }

  @Test
  void shardsOnUnconfiguredHostsAndWorkspacesOnMissingShardsAreUnavailableAndReported() {
    MapConfig config =
        new MapConfig.FromFile(Map.of("s1", "db9"), false, Map.of("a", "s1", "b", "s2"));
    try (MapStore store = MapStores.open(config, HOSTS, 1, log::add)) {
      assertThat(store.peek("a"))
          .isEqualTo(
              new Lookup.Unavailable(
                  "The shard map places logical shard \"s1\" on host \"db9\", which is not"
                      + " configured."));
      assertThat(store.peek("b"))
          .isEqualTo(
              new Lookup.Unavailable("Logical shard \"s2\" is not in version 1 of the shard map."));
      assertThat(log).hasSize(2);
      assertThat(store.shards()).isEmpty();
    }
  }

  @Test
  void theNextOpeningHasAnotherVersionAndAnotherEpoch() {
    MapConfig config = new MapConfig.FromFile(SHARDS, true, Map.of());
    try (MapStore first = MapStores.open(config, HOSTS, 1, log::add);
        MapStore second = MapStores.open(config, HOSTS, 2, log::add)) {
      assertThat(second.version()).isEqualTo(2);
      assertThat(second.epoch()).isGreaterThan(first.epoch() + Integer.MAX_VALUE);
      assertThat(first.status()).containsEntry("type", "file").containsEntry("shards", 3);
    }
  }
}
