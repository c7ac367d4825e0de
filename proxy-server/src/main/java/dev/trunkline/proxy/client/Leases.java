package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.client.LeasePlace.Found;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.pool.Pins;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.shard.Placement;
import dev.trunkline.wire.ErrorFields;
import java.util.List;

/**
 * Which server connection a client works on: finds the place for a statement, takes a lease there,
 * and brings the server session to the state the client needs. {@link LeaseEnd} ends it.
 */
final class Leases {
  private final ClientSession session;
  private final LeasePlace place;
  private final RouteFinder routes;
  private final ServerWait waiting;
  private final AtGate gate;
  private final LeaseEnd ending;
  private final SecondChance chance;
  private ErrorFields refusal;
  private long requestMillis = System.currentTimeMillis();

  Leases(ClientSession session) {
    this.session = session;
    this.place = session.place;
    this.routes = new RouteFinder(session);
    this.waiting = new ServerWait(session, this);
    this.gate = new AtGate(session, this);
    this.ending = new LeaseEnd(session);
    this.chance = new SecondChance(session, this);
  }

  /** What it is held up by, when it waits for a server connection. */
  ServerWait waiting() {
    return waiting;
  }

  AtGate gate() {
    return gate;
  }

  LeaseEnd ending() {
    return ending;
  }

  SecondChance chance() {
    return chance;
  }

  /** Wall clock of the last lease. */
  long requestMillis() {
    return requestMillis;
  }

  long waitingSinceNanos() {
    return session.intake.hold() == Hold.GATE ? gate.sinceNanos() : waiting.sinceNanos();
  }

  boolean refused() {
    return refusal != null;
  }

  /** Why the message that is presented next is refused; null: it is not. */
  void refusal(ErrorFields error) {
    refusal = error;
  }

  /**
   * Leaves the pool's queue, or the gate's; false when it is in neither, or what it waits for is
   * already on its way.
   */
  boolean stopWaiting() {
    return switch (session.intake.hold()) {
      case SERVER -> waiting.leave();
      case GATE -> gate.leave();
      default -> false;
    };
  }

  /**
   * Makes sure that a lease is there which is right for a statement, and that the server session is
   * in the state the client needs.
   *
   * @param comment the workspace named by the statement itself, or null
   * @param free whether the statement touches no table of the user
   * @return FORWARD: go on; BLOCK: the message is presented again; DONE: it has been refused
   */
  int lease(String comment, boolean free) {
    if (refusal != null) {
      return session.refuse(takeRefusal());
    }
    if (!session.sharded()) {
      return session.relay.leased()
          ? FORWARD
          : acquire(session.identity.pool(session.services.directory(), null));
    }
    String named = session.workspace.workspace();
    if (comment != null && named != null && !comment.equals(named)) {
      return session.refuse(RouteErrors.commentConflict(named, comment));
    }
    String shard = session.workspace.shard();
    String declared = comment != null ? comment : named;
    boolean learns = shard == null && declared == null && session.sql.findings().key() != null;
    String id = learns ? session.sql.findings().key() : declared;
    String key = shard != null ? "shard " + shard : id;
    Found found = learns ? Found.LEARNED : Found.ROUTED;
    if (session.relay.leased()) {
      return leaseAgain(key, id, shard, free, found);
    }
    if (key == null) {
      return free ? anywhere(null) : session.refuse(session.sql.findings().noWorkspace());
    }
    return route(key, id, shard, free, found);
  }

  private int leaseAgain(String key, String id, String shard, boolean free, Found found) {
    if (key != null && key.equals(place.key()) && stays()) {
      place.becomes(found);
      return begin();
    }
    if (place.begun()) {
      return goOn(key, id, shard, free, found);
    }
    if (key == null && free) {
      if (!place.floating() && !current()) {
        place.becomes(Found.ELSEWHERE);
      }
      return begin();
    }
    if (!session.relay.quiet()) {
      return session.intake.holdForReplies();
    }
    return key == null
        ? session.refuse(session.sql.findings().noWorkspace())
        : turn(key, id, shard, free, found);
  }

  private int begin() {
    place.begin();
    return FORWARD;
  }

  /** Whether the lease goes on as it is for its own workspace. */
  private boolean stays() {
    return !place.elsewhere() && (place.begun() || current());
  }

  /** Whether a pause holds what begins where the lease is. */
  boolean paused() {
    return gate.holds(session.services.gate().closed());
  }

  /** Whether the lease's route follows from the map and the configuration in force. */
  boolean current() {
    return routes.route() == place.route() && routes.current(session.services.router());
  }

  /** Another key, or none, in the midst of something. */
  private int goOn(String key, String id, String shard, boolean free, Found found) {
    if (free) {
      return begin();
    }
    if (!session.relay.quiet()) {
      return session.intake.holdForReplies();
    }
    if (key == null) {
      return follows() ? FORWARD : session.refuse(session.sql.findings().noWorkspace());
    }
    if (place.key() == null && !place.floating()) {
      return session.refuse(RouteErrors.behindReset());
    }
    if (place.elsewhere()) {
      return session.refuse(RouteErrors.pinned(held()));
    }
    return place.floating() && !ending.pinned()
        ? leaveFloating(key, id, shard, found)
        : session.refuse(
            place.floating()
                ? RouteErrors.pinned(held())
                : RouteErrors.twoWorkspaces(place.key(), key));
  }

  /**
   * Something new on a lease that its pins have kept, with the server quiet. It may turn to another
   * workspace on the same host; what touches no table goes on even where the workspace is not, for
   * that may lift the pins.
   */
  private int turn(String key, String id, String shard, boolean free, Found found) {
    int verdict = routes.resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    boolean routed = refusal == null;
    if (routed && atHome()) {
      return turnHere(key, id, found);
    }
    if (free) {
      refusal = null;
      if (!place.floating()) {
        place.becomes(Found.ELSEWHERE);
      }
      return begin();
    }
    if (routed && ending.pinned()) {
      return session.refuse(RouteErrors.pinned(held()));
    }
    if (!routed) {
      return session.refuse(takeRefusal());
    }
    ending.end(false, false);
    return route(key, id, shard, false, found);
  }

  private int turnHere(String key, String id, Found found) {
    List<Barrier> closed = session.services.gate().closed();
    int verdict = closed == null ? FORWARD : gate.enter(closed, place.scope(routes.route(), key));
    if (verdict != FORWARD) {
      return verdict;
    }
    gate.passed();
    place.goesTo(routes.route(), key, found);
    gate.turned();
    session.activity.ends();
    session.activity.begins(place.workspace());
    session.stream.cut();
    enter(id);
    return begin();
  }

  private ErrorFields takeRefusal() {
    ErrorFields error = refusal;
    refusal = null;
    return error;
  }

  /** What ties the client to its server connection, in words. */
  private String held() {
    return session.sessionMode() ? "session pooling" : Pins.text(session.relay.server().residue());
  }

  /** A statement without key in a transaction that has learned its workspace. */
  private boolean follows() {
    return place.learned() && session.sql.findings().finding() == KeyFindings.Finding.UNKEYED;
  }

  /** Nothing of what a floating server did counts: the rest of the batch goes on elsewhere. */
  private int leaveFloating(String key, String id, String shard, Found found) {
    session.stream.cut();
    if (session.delayed.state() == DelayedTransaction.State.SENT) {
      session.delayed.takeBack(false);
    }
    ending.end(true, false);
    return route(key, id, shard, false, found);
  }

  /** Whether the server of the lease is where the route leads. */
  private boolean atHome() {
    return routes.route().host().home().equals(session.relay.pool().key().home());
  }

  /** The route of a statement that begins a lease. */
  private int route(String key, String id, String shard, boolean free, Found found) {
    int verdict = routes.resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (refusal != null) {
      ErrorFields error = takeRefusal();
      return free ? anywhere(error) : session.refuse(error);
    }
    place.goesTo(routes.route(), key, found);
    return acquire(session.identity.pool(session.services.directory(), routes.route().host()));
  }

  /** A lease for statements that touch no table of the user, anywhere. */
  private int anywhere(ErrorFields whyNotRouted) {
    Router router = session.services.router();
    Placement any = router.anyShard(session.identity.listenerGroup(), session.position());
    if (any == null) {
      return session.refuse(whyNotRouted != null ? whyNotRouted : RouteErrors.noWorkspace());
    }
    Route route = router.route(any, session.identity.database());
    place.goesTo(route, null, Found.FLOATING);
    return acquire(session.identity.pool(session.services.directory(), route.host()));
  }

  /**
   * A new transaction, or session, has its route (null where nothing is sharded) and is about to
   * take a connection. All of them come through here, and here alone; the gate holds up those whose
   * scope is paused.
   */
  private int acquire(Pool pool) {
    List<Barrier> closed = session.services.gate().closed();
    if (closed != null) {
      int verdict = gate.enter(closed, place.scope());
      if (verdict != FORWARD) {
        return verdict;
      }
    }
    session.intake.hold(Hold.SERVER);
    ServerConnection server = waiting.acquire(pool);
    if (server != null) {
      leased(server, pool);
      return FORWARD;
    }
    if (refusal != null) {
      session.intake.hold(Hold.NONE);
      return session.refuse(takeRefusal());
    }
    if (session.intake.hold() == Hold.NONE) {
      return FORWARD;
    }
    session.intake.updateReading();
    return BLOCK;
  }

  /** The connection that was wanted is there. */
  void leased(ServerConnection server, Pool pool) {
    session.intake.hold(Hold.NONE);
    gate.passed();
    requestMillis = System.currentTimeMillis();
    Counters counters = pool.counters(session.context.index());
    session.relay.open(server, pool, counters);
    chance.leased();
    place.begin();
    session.activity.begins(place.workspace());
    counters.assignments++;
    session.intake.serverWritable(server.channel().isWritable());
    if (!session.connection.channel().isWritable()) {
      server.reading(false);
    }
    enter(place.workspace());
  }

  /**
   * Whether the connection that is wanted is still the right one: while the client waited the map
   * may have changed, a pause begun, or the client may have cancelled.
   */
  boolean stillWanted() {
    boolean routed =
        !session.sharded() || place.floating() || routes.current(session.services.router());
    return routed && refusal == null && !paused();
  }

  /** Puts the server session into the client's state, and begins its delayed transaction. */
  private void enter(String id) {
    if (session.sessionMode() && !session.settings.firstLease()) {
      return;
    }
    String setting = session.identity.database().workspaceSetting();
    // In session mode the names on the server are the client's, and there is one preamble.
    int prepared =
        session.sessionMode()
            ? 0
            : session.services.config().settings().get(Keys.MAX_PREPARED_STATEMENTS);
    session.relay.settings(session.settings.wanted(), place.searchPath(), setting, id, prepared);
    session.settings.leased(session.relay.server());
    if (session.delayed.open()) {
      session.relay.begin(session.delayed.statements());
      session.delayed.sent();
    }
  }
}
