package dev.trunkline.shard;

import java.nio.file.Path;
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
 * the next store. Changes made since are kept in a file beside the configuration and come first;
 * they alone make versions then.
 */
final class FileMapStore implements MapStore {
  private final MapConfig.FromFile config;
  private final Map<String, HostInfo> hosts;
  private final Map<String, String> workspaces;
  private final FileMapChanges changes;
  private volatile State state;

  /** What one volatile read gives. */
  private record State(ShardMap map, long epoch, Lookup unknown) {}

  /**
   * @param version 1 for the first map of a process, one more with every reload
   * @throws IllegalArgumentException naming every workspace id that is malformed or given twice
   */
  FileMapStore(MapConfig.FromFile config, Map<String, HostInfo> hosts, long version) {
    this.config = config;
    this.hosts = hosts;
    this.workspaces = canonical(config.workspaces());
    this.changes = config.stateFile() == null ? null : newChanges(config.stateFile());
    FileJournal journal = changes == null ? FileJournal.empty(version) : changes.read();
    this.state = state(journal, MapStores.firstEpoch(version));
  }

  private FileMapChanges newChanges(Path file) {
    MapView configured = new MapView(1, Map.of(), config.shards(), workspaces);
    return new FileMapChanges(file, configured, this::publish);
  }

  /** Called in the order of versions. */
  private void publish(FileJournal journal) {
    state = state(journal, state.epoch() + 1);
  }

  private State state(FileJournal journal, long epoch) {
    MapView view = journal.over(new MapView(1, Map.of(), config.shards(), workspaces));
    Map<String, Home> homes = HashMap.newHashMap(view.homes().size());
    view.homes().forEach((host, home) -> homes.put(host, Home.parse(home)));
    long version = view.version();
    ShardMap map = ShardMap.of(version, view.shards(), hosts, homes, view.workspaces());
    return new State(map, epoch, new Lookup.Unknown(version));
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
    return state.map().problems();
  }

  @Override
  public long epoch() {
    return state.epoch();
  }

  @Override
  public long version() {
    return state.map().version();
  }

  @Override
  public Lookup peek(String workspace) {
    State now = state;
    ShardMap map = now.map();
    Lookup explicit = map.workspace(workspace);
    if (explicit != null) {
      return explicit;
    }
    boolean byHash = config.hashPlacement() && map.size() > 0;
    return byHash ? map.at(PlacementHash.index(workspace, map.size())) : now.unknown();
  }

  @Override
  public void load(String workspace, Consumer<Lookup> answer) {
    answer.accept(peek(workspace));
  }

  @Override
  public Placement shard(String shard) {
    return state.map().placement(shard);
  }

  @Override
  public Collection<Placement> shards() {
    return state.map().placements();
  }

  @Override
  public Map<String, Object> status() {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("type", "file");
    ShardMap map = state.map();
    status.put("version", map.version());
    status.put("epoch", epoch());
    status.put("shards", map.size());
    status.put("workspaces_cached", map.workspaces());
    status.put("stale", false);
    return status;
  }

  @Override
  public Home home(String host) {
    return state.map().homes().get(host);
  }

  @Override
  public MapChanges changes() {
    return changes;
  }

  @Override
  public void close() {}
}
