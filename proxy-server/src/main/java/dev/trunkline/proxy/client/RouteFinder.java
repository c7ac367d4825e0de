package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

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

  /** What the map was asked last; null before the first time. */
  private Question asked;

  /** Its answer, until it is used; the cache may have dropped it again by now. */
  private Lookup answered;

  /** An answer counts only if the map is still the one that was asked. */
  private record Question(String key, Router router, long epoch) {
    boolean is(String other, Router now, long at) {
      return key.equals(other) && router == now && epoch == at;
    }
  }

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
      remember(key, router, epoch, placement);
      return FORWARD;
    }
    boolean waited = answered != null && asked.is(key, router, epoch);
    Lookup answer = waited ? answered : router.store().peek(id);
    answered = null;
    if (answer == null) {
      session.intake.hold(Hold.LOOKUP);
      Question question = new Question(key, router, epoch);
      asked = question;
      router.store().load(id, found -> session.later(() -> lookedUp(question, found)));
      return BLOCK;
    }
    session.leases.refusal(router.refusal(id, answer, session.identity.listenerGroup()));
    remember(key, router, epoch, answer instanceof Lookup.Found found ? found.placement() : null);
    return FORWARD;
  }

  /** Whether the route at hand follows from the map and the configuration in force. */
  boolean current(Router router) {
    return routedBy == router && routeEpoch == router.epoch();
  }

  /** A RELOAD may put another router in force at any moment: all of it is of one. */
  private void remember(String key, Router router, long epoch, Placement placement) {
    boolean usable = !session.leases.refused() && placement != null;
    route = usable ? router.route(placement, session.identity.database()) : null;
    routeKey = key;
    routedBy = router;
    routeEpoch = epoch;
  }

  /** What was asked before a cancel may be answered while the same key is asked for again. */
  private void lookedUp(Question question, Lookup answer) {
    if (session.intake.hold() == Hold.LOOKUP && question == asked) {
      answered = answer;
      session.intake.unhold();
    }
  }
}
