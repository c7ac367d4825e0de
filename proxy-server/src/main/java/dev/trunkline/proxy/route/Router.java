package dev.trunkline.proxy.route;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.Lookup;
import dev.trunkline.shard.MapStore;
import dev.trunkline.shard.Placement;
import dev.trunkline.wire.ErrorFields;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Turns what the shard map says into routes, for one configuration. Safe from any thread; nothing
 * blocks. A route is valid while {@link #epoch()} has the value it had when the route was made.
 */
public final class Router {
  private final MapStore store;
  private final Map<String, HostConfig> hosts;
  private final Set<String> served;
  private final String region;
  private final ConcurrentHashMap<String, Route> routes = new ConcurrentHashMap<>();

  /**
   * @param served groups this process serves
   * @param region the process's own region, "" for none
   */
  public Router(MapStore store, Map<String, HostConfig> hosts, Set<String> served, String region) {
    this.store = store;
    this.hosts = Map.copyOf(hosts);
    this.served = Set.copyOf(served);
    this.region = region;
  }

  public MapStore store() {
    return store;
  }

  /** Groups this process serves, sorted. */
  public Set<String> served() {
    return new TreeSet<>(served);
  }

  public long epoch() {
    return store.epoch();
  }

  /**
   * Why a workspace cannot be routed here, or null when it can.
   *
   * @param listenerGroup the group whose listener the client came through, null for the common one
   */
  public ErrorFields refusal(String workspace, Lookup lookup, String listenerGroup) {
    return switch (lookup) {
      case Lookup.Found found ->
          refusal("workspace \"" + workspace + "\"", found.placement(), listenerGroup);
      case Lookup.Unknown unknown -> RouteErrors.unknownWorkspace(workspace, unknown.version());
      case Lookup.Unavailable unavailable -> RouteErrors.mapUnavailable(unavailable.reason());
    };
  }

  /** Why a placement is not served here, or null when it is. */
  public ErrorFields refusal(String what, Placement placement, String listenerGroup) {
    if (!region.isEmpty() && !placement.region().isEmpty() && !region.equals(placement.region())) {
      return RouteErrors.otherRegion(what, placement.region(), region);
    }
    boolean here = listenerGroup == null || listenerGroup.equals(placement.group());
    if (!here || !served.contains(placement.group())) {
      return RouteErrors.otherGroup(what, placement.group());
    }
    return null;
  }

  /** The route to a placement in a database. */
  public Route route(Placement placement, DatabaseConfig database) {
    String key = database.name() + '\0' + placement.shard();
    Route known = routes.get(key);
    if (known != null && known.placement().equals(placement)) {
      return known;
    }
    HostConfig host = hosts.get(placement.host()).at(placement.home());
    Route made = new Route(placement, host, searchPath(placement.shard(), database));
    routes.put(key, made);
    return made;
  }

  /** A host of the configuration, where it is now; null when there is none of that name. */
  public HostConfig host(String name) {
    HostConfig host = hosts.get(name);
    Home home = host == null ? null : store.home(name);
    return home == null ? host : host.at(home);
  }

  /** Where every host is now. */
  public Map<String, Home> homes() {
    Map<String, Home> homes = HashMap.newHashMap(hosts.size());
    hosts.keySet().forEach(name -> homes.put(name, host(name).home()));
    return homes;
  }

  /** The placement of a logical shard, or null. */
  public Placement shard(String name) {
    return store.shard(name);
  }

  /**
   * Some shard that can be reached from that listener, for statements that touch no table of the
   * user; null when there is none.
   *
   * @param turn spreads them over the shards
   */
  public Placement anyShard(String listenerGroup, int turn) {
    Collection<Placement> shards = store.shards();
    List<Placement> usable =
        shards.stream().filter(shard -> refusal("", shard, listenerGroup) == null).toList();
    return usable.isEmpty() ? null : usable.get(Math.floorMod(turn, usable.size()));
  }

  private static String searchPath(String schema, DatabaseConfig database) {
    StringBuilder path = new StringBuilder(quoted(schema));
    for (String more : database.searchPath()) {
      path.append(", ").append(quoted(more));
    }
    return path.toString();
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
