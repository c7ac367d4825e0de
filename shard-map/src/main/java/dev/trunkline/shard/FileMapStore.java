package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The map that is written in the configuration file. Explicit workspaces come first, then, where
 * the configuration says so, {@link PlacementHash}; else the workspace is unknown. A reload opens
 * the next store with the next version; one store never changes.
 */
final class FileMapStore implements MapStore {
  private final ShardMap map;
  private final boolean hashPlacement;
  private final long epoch;
  private final Lookup unknown;

  /**
   * @param version 1 for the first map of a process, one more with every reload
   * @throws IllegalArgumentException naming every workspace id that is malformed or given twice
   */
  FileMapStore(MapConfig.FromFile config, Map<String, HostInfo> hosts, long version) {
    this.map = ShardMap.of(version, config.shards(), hosts, canonical(config.workspaces()));
    this.hashPlacement = config.hashPlacement() && map.size() > 0;
    this.epoch = MapStores.firstEpoch(version);
    this.unknown = new Lookup.Unknown(version);
  }

  private static Map<String, String> canonical(Map<String, String> workspaces) {
    Map<String, String> canonical = HashMap.newHashMap(workspaces.size());
    List<String> problems = new ArrayList<>();
    workspaces.forEach(
        (id, shard) -> {
          String problem = WorkspaceId.problem(id);
          if (problem != null) {
            problems.add(problem);
          } else if (canonical.put(WorkspaceId.canonical(id), shard) != null) {
            problems.add("Workspace " + WorkspaceId.canonical(id) + " is given twice.");
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join(" ", problems));
    }
    return canonical;
  }

  /** Sentences about shards and workspaces that cannot be placed. */
  List<String> problems() {
    return map.problems();
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public long version() {
    return map.version();
  }

  @Override
  public Lookup peek(String workspace) {
    Lookup explicit = map.workspace(workspace);
    if (explicit != null) {
      return explicit;
    }
    return hashPlacement ? map.at(PlacementHash.index(workspace, map.size())) : unknown;
  }

  @Override
  public void load(String workspace, Consumer<Lookup> answer) {
    answer.accept(peek(workspace));
  }

  @Override
  public Placement shard(String shard) {
    return map.placement(shard);
  }

  @Override
  public Collection<Placement> shards() {
    return map.placements();
  }

  @Override
  public Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("type", "file");
    status.put("version", version());
    status.put("epoch", epoch);
    status.put("shards", map.size());
    status.put("workspaces_cached", map.workspaces());
    status.put("stale", false);
    return status;
  }

  @Override
  public void close() {}
}
