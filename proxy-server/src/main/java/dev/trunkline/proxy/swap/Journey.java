package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.Lookup;
import dev.trunkline.shard.MapChange;
import dev.trunkline.shard.Placement;
import java.util.List;

/**
 * What a change of the map means for this process.
 *
 * @param scope what has to stand still
 * @param from where its transactions run now
 * @param to where they will
 * @param moving the logical shards whose contents have to be there
 * @param alike whether both sides hold the same schemas, so that they can be compared
 */
record Journey(
    GateScope scope, HostConfig from, HostConfig to, List<String> moving, boolean alike) {

  /** As {@link #of}, for a change that is meant to lead somewhere else. */
  static Journey away(Router router, MapChange change) throws SwapFailed {
    Journey journey = of(router, change);
    boolean stays = journey.from.name().equals(journey.to.name());
    if (journey.alike && stays && journey.from.home().equals(journey.to.home())) {
      throw new SwapFailed("It is there already: " + change + ".");
    }
    return journey;
  }

  /** By what this process routes by: it may be there already. */
  static Journey of(Router router, MapChange change) throws SwapFailed {
    return switch (change) {
      case MapChange.RepointHost(String host, Home home) -> host(router, host, home);
      case MapChange.RepointShard(String shard, String host) -> shard(router, shard, host);
      case MapChange.RepointWorkspace(String id, String shard) -> workspace(router, id, shard);
      case MapChange.Back(long version) ->
          throw new SwapFailed("Going back to version " + version + " is a REPOINT, no swap.");
    };
  }

  private static Journey host(Router router, String name, Home home) throws SwapFailed {
    HostConfig now = known(router, name);
    List<String> shards =
        router.store().shards().stream()
            .filter(at -> at.host().equals(name))
            .map(Placement::shard)
            .toList();
    return new Journey(new GateScope.Host(name), now, now.at(home), shards, true);
  }

  private static Journey shard(Router router, String name, String host) throws SwapFailed {
    Placement at = placed(router, name);
    return new Journey(
        new GateScope.Shard(name),
        known(router, at.host()),
        known(router, host),
        List.of(name),
        true);
  }

  private static Journey workspace(Router router, String id, String shard) throws SwapFailed {
    Placement to = placed(router, shard);
    HostConfig now =
        router.store().peek(id) instanceof Lookup.Found(Placement at)
            ? known(router, at.host())
            : null;
    HostConfig host = known(router, to.host());
    return new Journey(
        new GateScope.Workspace(id), now == null ? host : now, host, List.of(shard), false);
  }

  private static HostConfig known(Router router, String name) throws SwapFailed {
    HostConfig host = router.host(name);
    if (host == null) {
      throw new SwapFailed("There is no host \"" + name + "\".");
    }
    return host;
  }

  private static Placement placed(Router router, String shard) throws SwapFailed {
    Placement at = router.shard(shard);
    if (at == null) {
      throw new SwapFailed("There is no logical shard \"" + shard + "\".");
    }
    return at;
  }

  /** The pools whose clients go another way afterwards. */
  List<Pool> pools(SwapSite site) {
    return site.directory().pools().all().stream()
        .filter(pool -> from.home().equals(pool.key().home()) && !pool.retired())
        .toList();
  }
}
