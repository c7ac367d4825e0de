package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.client.ClientSession.Hold;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.Lookup;
import dev.trunkline.shard.Placement;
import dev.trunkline.wire.ErrorFields;

/**
 * Finds the route of a workspace, or of a logical shard named directly, and keeps it while map and
 * configuration stay as they are. A lookup that takes time holds its session up.
 */
final class RouteFinder {
  private final ClientSession session;
  private Route route;
  private String routeKey;
  private long routeEpoch = Long.MIN_VALUE;
  private Router routedBy;
  private String awaited;
  private Router asked;
  private long askedEpoch;

  /** What has come for {@code awaited}; the cache may have dropped it again by now. */
  private Lookup answered;

  RouteFinder(ClientSession session) {
    this.session = session;
  }

  /** The route found last, or null: there is none, and the lease has been told why. */
  Route route() {
    return route;
  }

  /** Finds the route of a key, or the refusal; BLOCK while the map is being asked. */
  int resolve(String key, String id, String shard) {
    Router router = session.services.router();
    if (route != null && key.equals(routeKey) && current(router)) {
      return FORWARD;
    }
    long epoch = router.epoch();
    if (shard != null) {
      Placement placement = router.shard(shard);
      ErrorFields error =
          placement == null
              ? RouteErrors.unknownShard(shard)
              : router.refusal(
                  "logical shard \"" + shard + "\"", placement, session.identity.listenerGroup());
      session.leases.refusal(error);
      remember(key, epoch, placement);
      return FORWARD;
    }
    // An answer counts only if the map is still the one that was asked.
    boolean waited =
        answered != null && key.equals(awaited) && asked == router && askedEpoch == epoch;
    Lookup answer = waited ? answered : router.store().peek(id);
    answered = null;
    if (answer == null) {
      session.hold(Hold.LOOKUP);
      awaited = key;
      asked = router;
      askedEpoch = epoch;
      router.store().load(id, found -> session.later(() -> lookedUp(key, found)));
      return BLOCK;
    }
    take(key, id, epoch, answer);
    return FORWARD;
  }

  /** Whether the route at hand follows from the map and the configuration in force. */
  boolean current(Router router) {
    return routedBy == router && routeEpoch == router.epoch();
  }

  private void take(String key, String id, long epoch, Lookup answer) {
    session.leases.refusal(
        session.services.router().refusal(id, answer, session.identity.listenerGroup()));
    remember(key, epoch, answer instanceof Lookup.Found found ? found.placement() : null);
  }

  private void remember(String key, long epoch, Placement placement) {
    boolean usable = !session.leases.refused() && placement != null;
    route = usable ? session.services.router().route(placement, session.identity.database()) : null;
    routeKey = key;
    routedBy = session.services.router();
    routeEpoch = epoch;
  }

  private void lookedUp(String key, Lookup answer) {
    if (session.hold() == Hold.LOOKUP && key.equals(awaited)) {
      answered = answer;
      session.unhold();
    }
  }
}
