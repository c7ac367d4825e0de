package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One version of the map: logical shard to host to group and region, and the workspaces that are
 * held in full (a map from the configuration file; the catalog's are cached beside it). Immutable;
 * every answer is built once, so that a lookup allocates nothing.
 */
final class ShardMap {
  private final long version;
  private final Map<String, String> hosts;
  private final Map<String, Home> homes;
  private final Map<String, Lookup> byName;
  private final Lookup[] sorted;
  private final List<Placement> placements;
  private final Map<String, Lookup> workspaces;
  private final List<String> problems;

  private ShardMap(
      long version,
      Map<String, String> hosts,
      Map<String, Home> homes,
      Map<String, Lookup> byName,
      Lookup[] sorted,
      List<Placement> placements,
      Map<String, Lookup> workspaces,
      List<String> problems) {
    this.version = version;
    this.hosts = hosts;
    this.homes = homes;
    this.byName = byName;
    this.sorted = sorted;
    this.placements = placements;
    this.workspaces = workspaces;
    this.problems = problems;
  }

  /**
   * @param shards logical shard to host name
   * @param hosts the configured hosts by name
   * @param homes those of them that are not where the configuration says
   */
  static ShardMap of(
      long version,
      Map<String, String> shards,
      Map<String, HostInfo> hosts,
      Map<String, Home> homes) {
    return of(version, shards, hosts, homes, Map.of());
  }

  /**
   * @param shards logical shard to host name
   * @param hosts the configured hosts by name
   * @param homes those of them that are not where the configuration says
   * @param workspaces workspace id to logical shard
   */
  static ShardMap of(
      long version,
      Map<String, String> shards,
      Map<String, HostInfo> hosts,
      Map<String, Home> homes,
      Map<String, String> workspaces) {
    List<String> names = PlacementHash.sorted(shards.keySet());
    Map<String, Lookup> byName = HashMap.newHashMap(names.size());
    Lookup[] sorted = new Lookup[names.size()];
    List<Placement> placements = new ArrayList<>(names.size());
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < sorted.length; i++) {
      String name = names.get(i);
      sorted[i] = answer(version, name, shards.get(name), homes.get(shards.get(name)), hosts);
      byName.put(name, sorted[i]);
      switch (sorted[i]) {
        case Lookup.Found(Placement placement) -> placements.add(placement);
        case Lookup.Unavailable(String reason) -> problems.add(reason);
        case Lookup.Unknown unknown -> throw new AssertionError(unknown);
      }
    }
    Map<String, Lookup> explicit = explicit(version, workspaces, byName, problems);
    return new ShardMap(
        version,
        Map.copyOf(shards),
        Map.copyOf(homes),
        byName,
        sorted,
        List.copyOf(placements),
        explicit,
        List.copyOf(problems));
  }

  private static Map<String, Lookup> explicit(
      long version,
      Map<String, String> workspaces,
      Map<String, Lookup> byName,
      List<String> problems) {
    Map<String, Lookup> explicit = HashMap.newHashMap(workspaces.size());
    workspaces.forEach(
        (workspace, shard) -> {
          Lookup answer = byName.get(shard);
          if (answer == null) {
            Lookup.Unavailable missing = missing(version, shard);
            problems.add("Workspace \"" + workspace + "\" cannot be placed: " + missing.reason());
            answer = missing;
          }
          explicit.put(workspace, answer);
        });
    return explicit;
  }

  /** Where a shard on that host is, in a map of that version; a home of null is the configured. */
  static Lookup answer(
      long version, String shard, String host, Home home, Map<String, HostInfo> hosts) {
    HostInfo info = hosts.get(host);
    if (info == null) {
      return new Lookup.Unavailable(
          "The shard map places logical shard \"%s\" on host \"%s\", which is not configured."
              .formatted(shard, host));
    }
    return new Lookup.Found(
        new Placement(
            shard,
            info.name(),
            info.group(),
            info.region(),
            home == null ? info.home() : home,
            version));
  }

  private static Lookup.Unavailable missing(long version, String shard) {
    return new Lookup.Unavailable(
        "Logical shard \"%s\" is not in version %d of the shard map.".formatted(shard, version));
  }

  long version() {
    return version;
  }

  /** Number of logical shards, those without a configured host too. */
  int size() {
    return sorted.length;
  }

  /** Found, or Unavailable with the reason; never null. */
  Lookup locate(String shard) {
    Lookup answer = byName.get(shard);
    return answer == null ? missing(version, shard) : answer;
  }

  /** The map's own copy of that name, so that a million workspaces share it. */
  String nameOf(String shard) {
    return byName.get(shard) instanceof Lookup.Found(Placement place) ? place.shard() : shard;
  }

  /** The answer for the shard at that index of the sorted order. */
  Lookup at(int index) {
    return sorted[index];
  }

  /** The answer for a workspace with an entry of its own, or null. */
  Lookup workspace(String workspace) {
    return workspaces.get(workspace);
  }

  int workspaces() {
    return workspaces.size();
  }

  /** The shard's placement, or null when it has none. */
  Placement placement(String shard) {
    return byName.get(shard) instanceof Lookup.Found(Placement placement) ? placement : null;
  }

  /** Placements in sorted order of the shards, without those whose host is not configured. */
  List<Placement> placements() {
    return placements;
  }

  /** Hosts that are not where the configuration says. */
  Map<String, Home> homes() {
    return homes;
  }

  /** Logical shard to host name, as given. */
  Map<String, String> hosts() {
    return hosts;
  }

  /** Sentences about shards and workspaces that cannot be placed. */
  List<String> problems() {
    return problems;
  }
}
