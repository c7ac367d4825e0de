package dev.trunkline.shard;

import dev.trunkline.shard.WorkspaceCache.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is known of the catalog's map, and the rules by which it changes; no I/O and no threads.
 *
 * <p>Readers take one volatile reference. Writers hold one short lock, decide, publish, and tell
 * the waiters after they let go of it. The invariants:
 *
 * <ul>
 *   <li>Every cached entry of the current generation holds as of version {@code seen}. A change is
 *       taken in only when it is the next version; a gap starts a new generation.
 *   <li>An entry leaves the cache before the epoch moves, so that whoever sees the new epoch cannot
 *       read the old entry.
 *   <li>A row that is newer than the table of shards is answered with the host of its own snapshot,
 *       never with a mixture of two versions.
 * </ul>
 */
final class LiveMap {
  private final Map<String, HostInfo> hosts;
  private final long refreshAfterNanos;
  private final long negativeTtlNanos;
  private final String address;
  private final Consumer<String> log;
  private final LongSupplier clock;
  private final WorkspaceCache cache;
  private final MapCounters counters = new MapCounters();

  private final LiveState live;
  private final WorkspaceLoads loads = new WorkspaceLoads();

  /**
   * @param address of the catalog, for messages
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  LiveMap(
      MapConfig.FromPostgres config,
      Map<String, HostInfo> hosts,
      long epoch,
      String address,
      Consumer<String> log,
      LongSupplier clock) {
    this.hosts = Map.copyOf(hosts);
    this.refreshAfterNanos = config.refreshAfter().toNanos();
    this.negativeTtlNanos = config.negativeTtl().toNanos();
    this.address = address;
    this.log = log;
    this.clock = clock;
    this.cache = new WorkspaceCache(config.cacheBytes());
    this.live = new LiveState(epoch, address, config.staleFor().toNanos(), clock);
  }

  /** One moment of what is known. */
  MapState state() {
    return live.get();
  }

  LiveState live() {
    return live;
  }

  WorkspaceCache cache() {
    return cache;
  }

  MapCounters counters() {
    return counters;
  }

  /** As {@link MapStore#peek}. */
  Lookup peek(String workspace) {
    Entry entry = cache.get(workspace);
    // Read after the entry: the state is then never older than the table the entry relies on.
    MapState now = live.get();
    if (now.blocked() != null) {
      return now.blocked();
    }
    if (entry == null || entry.generation() != now.generation()) {
      return missed(now);
    }
    long age = clock.getAsLong() - entry.loadedAt();
    if (entry.negative()) {
      if (age > negativeTtlNanos) {
        return missed(now);
      }
      counters.negativeHits.increment();
    } else if (age > refreshAfterNanos && now.outage() == null) {
      join(workspace, null);
    }
    counters.hits.increment();
    return resolve(now, entry);
  }

  private Lookup missed(MapState now) {
    counters.misses.increment();
    return now.outage();
  }

  private static Lookup resolve(MapState now, Entry entry) {
    boolean rowIsAhead = entry.own() != null && !now.mapCovers(entry.version());
    return entry.negative() || rowIsAhead ? entry.own() : now.map().locate(entry.shard());
  }

  /** As {@link MapStore#load}. */
  void load(String workspace, Consumer<Lookup> answer) {
    Lookup ready = peek(workspace);
    if (ready == null) {
      ready = join(workspace, answer);
    }
    if (ready != null) {
      answer.accept(ready);
    }
  }

  /**
   * Joins the load of that workspace, or starts one.
   *
   * @param answer null for a refresh, for which nobody waits
   * @return null when the answer comes later
   */
  private Lookup join(String workspace, Consumer<Lookup> answer) {
    return live.locked(() -> joinLocked(workspace, answer));
  }

  private Lookup joinLocked(String workspace, Consumer<Lookup> answer) {
    MapState now = live.get();
    if (now.blocked() != null || now.outage() != null) {
      return now.blocked() != null ? now.blocked() : now.outage();
    }
    WorkspaceLoad load = loads.get(workspace);
    Entry cached = load == null ? current(workspace) : null;
    if (cached != null && answer != null && believed(cached)) {
      return resolve(now, cached);
    }
    if (load == null && WorkspaceId.problem(workspace) != null) {
      // The catalog would refuse the whole statement, and everybody who shares it.
      return new Lookup.Unknown(now.seen());
    }
    if (load == null) {
      load = start(workspace, cached);
    }
    if (load == null) {
      return new Lookup.Unavailable("Too many workspaces are being looked up at this moment.");
    }
    if (answer != null) {
      load.await(answer);
    }
    return null;
  }

  private Entry current(String workspace) {
    Entry entry = cache.quietly(workspace);
    return entry == null || entry.generation() != live.get().generation() ? null : entry;
  }

  private boolean believed(Entry entry) {
    return !entry.negative() || clock.getAsLong() - entry.loadedAt() <= negativeTtlNanos;
  }

  private WorkspaceLoad start(String workspace, Entry cached) {
    long atLeast =
        cached == null ? live.get().seen() : Math.max(live.get().seen(), cached.version());
    WorkspaceLoad load = new WorkspaceLoad(workspace, live.get().generation(), atLeast);
    return loads.start(load) ? load : null;
  }

  /** Waits for loads; returns as many as there are, up to {@code max}. */
  List<WorkspaceLoad> takeLoads(int max) throws InterruptedException {
    return loads.take(max);
  }

  /** The catalog answered these loads. */
  void complete(List<WorkspaceLoad> asked, Catalog.Rows rows) {
    counters.loads.add(asked.size());
    List<WorkspaceLoad> finished = live.locked(() -> settle(asked, rows));
    finished.forEach(load -> load.deliver(log));
  }

  /** Returns those that have an answer; the others are another worker's already. */
  private List<WorkspaceLoad> settle(List<WorkspaceLoad> asked, Catalog.Rows rows) {
    List<WorkspaceLoad> finished = new ArrayList<>(asked.size());
    for (WorkspaceLoad load : asked) {
      if (load.accepts(live.get().generation(), rows.version())) {
        keep(load, rows);
        finished.add(load);
      } else if (!askedAgain(load)) {
        refuse(load, rows.version());
        finished.add(load);
      }
    }
    return finished;
  }

  private void keep(WorkspaceLoad load, Catalog.Rows rows) {
    String workspace = load.workspace();
    Entry entry = entry(rows.found().get(workspace), rows.version());
    Entry previous = current(workspace);
    cache.put(workspace, entry);
    boolean differs = previous != null && !Objects.equals(previous.shard(), entry.shard());
    if (differs) {
      live.nextEpoch();
    }
    if (differs || previous == null) {
      live.changed();
    }
    MapState now = live.get();
    loads.finish(load, now.blocked() != null ? now.blocked() : resolve(now, entry));
  }

  private Entry entry(Catalog.Row row, long version) {
    MapState now = live.get();
    long loadedAt = clock.getAsLong();
    if (row == null) {
      Lookup unknown = new Lookup.Unknown(version);
      return new Entry(null, version, now.generation(), loadedAt, unknown);
    }
    Lookup own =
        now.mapCovers(version)
            ? null
            : ShardMap.answer(version, row.shard(), row.host(), row.home(), hosts);
    String shard = now.map().nameOf(row.shard());
    return new Entry(shard, version, now.generation(), loadedAt, own);
  }

  private boolean askedAgain(WorkspaceLoad load) {
    MapState now = live.get();
    return now.blocked() == null
        && now.outage() == null
        && load.mayAskAgain(now.generation(), now.seen())
        && loads.restart(load);
  }

  private void refuse(WorkspaceLoad load, long version) {
    counters.loadFailures.increment();
    loads.finish(
        load,
        live.unavailable(
            "answers with version %d, but version %d has been seen"
                .formatted(version, live.get().seen())));
  }

  /**
   * These workspaces changed.
   *
   * @return false when that is not the next version: something was missed, and nothing was done
   */
  boolean invalidate(Catalog.Change.Workspaces change) {
    return live.locked(
        () -> {
          if (change.version() != live.get().seen() + 1) {
            return false;
          }
          for (String id : change.ids()) {
            cache.removeOlder(id, change.version());
            WorkspaceLoad load = loads.get(id);
            if (load != null) {
              load.outdateBefore(change.version());
            }
          }
          counters.invalidations.add(change.ids().size());
          live.heard(live.get().advanced(live.get().map(), change.version(), null));
          return true;
        });
  }

  /**
   * Only the shards changed, in that version: the cache stays.
   *
   * @param table read after that change; null when the map at hand has it already
   * @return false when that is not the next version: something was missed, and nothing was done
   */
  boolean replaceShards(long version, Catalog.ShardTable table) {
    return live.locked(
        () -> {
          if (version != live.get().seen() + 1) {
            return false;
          }
          ShardMap map = table == null ? live.get().map() : mapOf(table);
          boolean exact = table != null && table.version().number() == version;
          live.heard(live.get().advanced(map, version, exact ? table.version().stamp() : null));
          return true;
        });
  }

  /**
   * The whole truth as of the table's version. The cache stays if that is the very version it
   * stands for; else changes were missed, and which entries still hold cannot be known.
   *
   * @return whether the cache stayed
   */
  boolean replace(Catalog.ShardTable table) {
    return live.locked(
        () -> {
          Catalog.Version version = table.version();
          boolean same =
              live.get().map() != null
                  && version.equals(new Catalog.Version(live.get().seen(), live.get().stamp()));
          ShardMap map = mapOf(table);
          if (same) {
            live.heard(live.get().advanced(map, version.number(), version.stamp()));
          } else {
            counters.invalidations.add(cache.size());
            live.heard(live.get().replaced(map, version.number(), version.stamp()));
            cache.clear();
          }
          return same;
        });
  }

  /** As {@link #replace}, if the table is newer than what is known. */
  void catchUp(Catalog.ShardTable table) {
    live.locked(() -> table.version().number() > live.get().seen() && !replace(table));
  }

  private ShardMap mapOf(Catalog.ShardTable table) {
    return ShardMap.of(table.version().number(), table.hosts(), hosts, table.homes());
  }

  /**
   * That part gets no answer from the catalog: the loads that it asked for fail, and in an outage
   * those that wait, too.
   *
   * @return whether this is news
   */
  boolean down(LiveState.Part part, String reason, List<WorkspaceLoad> asked) {
    List<WorkspaceLoad> finished = new ArrayList<>(asked);
    boolean news = live.locked(() -> downLocked(part, reason, finished));
    counters.loadFailures.add(finished.size());
    finished.forEach(load -> load.deliver(log));
    return news;
  }

  private boolean downLocked(LiveState.Part part, String reason, List<WorkspaceLoad> finished) {
    boolean news = live.down(part, reason);
    Lookup.Unavailable failed = live.unavailable("cannot be read: " + reason);
    finished.forEach(load -> loads.finish(load, failed));
    if (live.get().outage() != null) {
      loads.finishWaiting(failed, finished);
    }
    return news;
  }

  /** What a restart needs; null when there is nothing worth keeping. */
  MapSnapshot snapshot() {
    MapState now = live.get();
    if (now.map() == null) {
      return null;
    }
    Map<String, String> workspaces = new HashMap<>();
    cache.forEach(
        (workspace, entry) -> {
          boolean holds = entry.generation() == now.generation() && entry.version() <= now.seen();
          if (holds && !entry.negative()) {
            workspaces.put(workspace, entry.shard());
          }
        });
    Catalog.Version version = new Catalog.Version(now.seen(), now.stamp());
    ShardMap shards = now.map();
    return new MapSnapshot(
        address, version, shards.version(), shards.hosts(), shards.homes(), workspaces);
  }

  /**
   * Goes on with what an earlier process knew; its age counts from now.
   *
   * @return false when the catalog was faster
   */
  boolean restore(MapSnapshot snapshot) {
    return live.locked(
        () -> {
          if (live.get().map() != null || live.closed()) {
            return false;
          }
          long seen = snapshot.version().number();
          ShardMap map =
              ShardMap.of(snapshot.mapVersion(), snapshot.hosts(), hosts, snapshot.homes());
          live.heard(live.get().replaced(map, seen, snapshot.version().stamp()));
          int generation = live.get().generation();
          snapshot
              .workspaces()
              .forEach(
                  (workspace, shard) ->
                      cache.put(
                          workspace,
                          new Entry(map.nameOf(shard), seen, generation, clock.getAsLong(), null)));
          return true;
        });
  }

  /** Answers nothing any more. */
  void close() {
    List<WorkspaceLoad> finished = new ArrayList<>();
    live.locked(
        () -> {
          loads.finishWaiting(live.close(), finished);
          return true;
        });
    finished.forEach(load -> load.deliver(log));
  }
}
