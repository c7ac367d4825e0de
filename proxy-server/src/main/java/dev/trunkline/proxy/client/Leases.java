package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.pool.Pins;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.ErrorFields;
import java.time.Duration;
import java.util.List;

/**
 * Which server connection a client works on: finds the place for a statement, takes a lease there,
 * brings the server session to the state the client needs, and ends the lease when nothing holds it
 * any more.
 */
final class Leases {
  /** How the lease at hand was found. */
  private enum Place {
    ROUTED,
    /** By the key of a statement; those of its transaction that have none follow it. */
    LEARNED,
    /** On any host, for statements that touch no table; its transaction is never committed. */
    FLOATING,
    /** Kept by its pins, but not for what the client works on now: nothing touches a table here. */
    ELSEWHERE
  }

  private final ClientSession session;
  private final RouteFinder routes;
  private final ServerWait waiting;
  private final AtGate gate;
  private final LeaseEnd ending;
  private final SecondChance chance;
  private ErrorFields refusal;
  private String leaseKey;
  private Route leaseRoute;
  private Place place = Place.ROUTED;

  /** The unit of the client's work that was begun on this lease; see {@link #begun}. */
  private int unit;

  private long requestMillis = System.currentTimeMillis();

  Leases(ClientSession session) {
    this.session = session;
    this.routes = new RouteFinder(session);
    this.waiting = new ServerWait(session, this);
    this.gate = new AtGate(session, this);
    this.ending = new LeaseEnd(session, this);
    this.chance = new SecondChance(session, this);
  }

  /** What it is held up by, when it waits for a server connection. */
  ServerWait waiting() {
    return waiting;
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

  boolean floating() {
    return place == Place.FLOATING;
  }

  boolean refused() {
    return refusal != null;
  }

  /** Why the message that is presented next is refused; null: it is not. */
  void refusal(ErrorFields error) {
    refusal = error;
  }

  /** The server session is not where its lease says any more. */
  void forgetKey() {
    leaseKey = null;
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

  /** A pause has begun. */
  void drain(Barrier barrier) {
    gate.drain(barrier);
  }

  /** Refuses a transaction that has waited at the gate for too long. */
  void endWaitAtGate(long now, Duration limit) {
    gate.endWait(now, limit);
  }

  /** The client has no lease any more. */
  void ended() {
    gate.leaseEnded();
  }

  /** Where the lease is, or the one that is about to be taken. */
  GateScope.Place where() {
    return place(leaseRoute, leaseKey);
  }

  private GateScope.Place place(Route route, String key) {
    String database = session.identity.database().name();
    if (route == null) {
      return new GateScope.Place(database, null, null, null, null);
    }
    Placement at = route.placement();
    String shard = key == null ? null : at.shard();
    return new GateScope.Place(database, at.group(), at.host(), shard, workspaceOf(key));
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
    Place found = learns ? Place.LEARNED : Place.ROUTED;
    if (session.relay.leased()) {
      return leaseAgain(key, id, shard, free, found);
    }
    if (key == null) {
      return free ? anywhere(null) : session.refuse(session.sql.findings().noWorkspace());
    }
    return route(key, id, shard, free, found);
  }

  private int leaseAgain(String key, String id, String shard, boolean free, Place found) {
    if (key != null && key.equals(leaseKey) && stays()) {
      place = found;
      return begin();
    }
    if (begun()) {
      return goOn(key, id, shard, free, found);
    }
    if (key == null && free) {
      if (!floating() && !current()) {
        place = Place.ELSEWHERE;
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

  /**
   * Whether what the client is at has begun on this lease: a transaction, or what it has sent since
   * its last Sync or Query. That stays where it is, whatever becomes of the map.
   */
  private boolean begun() {
    return session.relay.server().transactionStatus() != 'I' || unit == session.unit();
  }

  private int begin() {
    unit = session.unit();
    return FORWARD;
  }

  /** Whether the lease goes on as it is for its own workspace. */
  private boolean stays() {
    return place != Place.ELSEWHERE && (begun() || current());
  }

  /** Whether the lease, or the one that is about to be taken, is a workspace's or a shard's. */
  boolean routedByKey() {
    return leaseKey != null && session.sharded();
  }

  /** Whether a pause holds what begins where the lease is. */
  boolean paused() {
    return gate.holds(session.services.gate().closed());
  }

  /** Whether the lease's route follows from the map and the configuration in force. */
  boolean current() {
    return routes.route() == leaseRoute && routes.current(session.services.router());
  }

  /** Another key, or none, in the midst of something. */
  private int goOn(String key, String id, String shard, boolean free, Place found) {
    if (free) {
      return begin();
    }
    if (!session.relay.quiet()) {
      return session.intake.holdForReplies();
    }
    if (key == null) {
      return follows() ? FORWARD : session.refuse(session.sql.findings().noWorkspace());
    }
    if (leaseKey == null && !floating()) {
      return session.refuse(RouteErrors.behindReset());
    }
    if (place == Place.ELSEWHERE) {
      return session.refuse(RouteErrors.pinned(held()));
    }
    return floating() && !ending.pinned()
        ? leaveFloating(key, id, shard, found)
        : session.refuse(
            floating() ? RouteErrors.pinned(held()) : RouteErrors.twoWorkspaces(leaseKey, key));
  }

  /**
   * Something new on a lease that its pins have kept, with the server quiet. It may turn to another
   * workspace on the same host; what touches no table goes on even where the workspace is not, for
   * that may lift the pins.
   */
  private int turn(String key, String id, String shard, boolean free, Place found) {
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
      place = floating() ? place : Place.ELSEWHERE;
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

  private int turnHere(String key, String id, Place found) {
    List<Barrier> closed = session.services.gate().closed();
    int verdict = closed == null ? FORWARD : gate.enter(closed, place(routes.route(), key));
    if (verdict != FORWARD) {
      return verdict;
    }
    gate.passed();
    leaseRoute = routes.route();
    leaseKey = key;
    place = found;
    gate.turned();
    session.activity.ends();
    session.activity.begins(workspaceOfLease());
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
    return place == Place.LEARNED
        && session.sql.findings().finding() == KeyFindings.Finding.UNKEYED;
  }

  /** The workspace that the transaction at hand has learned from its statements, or null. */
  String learnedWorkspace() {
    boolean learned = session.relay.leased() && place == Place.LEARNED && begun();
    return learned ? leaseKey : null;
  }

  /** Whether a transaction, explicit or implicit, belongs to a workspace or shard. */
  boolean bound() {
    return session.relay.leased() && leaseKey != null && begun();
  }

  /** The next statement may be outside the transaction at hand: it has to be keyed itself. */
  void transactionEnds() {
    if (place == Place.LEARNED) {
      place = Place.ROUTED;
    }
  }

  /** Nothing of what a floating server did counts: the rest of the batch goes on elsewhere. */
  private int leaveFloating(String key, String id, String shard, Place found) {
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
  private int route(String key, String id, String shard, boolean free, Place found) {
    int verdict = routes.resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (refusal != null) {
      ErrorFields error = takeRefusal();
      return free ? anywhere(error) : session.refuse(error);
    }
    leaseRoute = routes.route();
    leaseKey = key;
    place = found;
    return acquire(session.identity.pool(session.services.directory(), routes.route().host()));
  }

  /** A lease for statements that touch no table of the user, anywhere. */
  private int anywhere(ErrorFields whyNotRouted) {
    Router router = session.services.router();
    Placement any = router.anyShard(session.identity.listenerGroup(), session.position());
    if (any == null) {
      return session.refuse(whyNotRouted != null ? whyNotRouted : RouteErrors.noWorkspace());
    }
    leaseRoute = router.route(any, session.identity.database());
    leaseKey = null;
    place = Place.FLOATING;
    return acquire(session.identity.pool(session.services.directory(), leaseRoute.host()));
  }

  /**
   * A new transaction, or session, has its route ({@code leaseRoute}, null where nothing is
   * sharded) and is about to take a connection. All of them come through here, and here alone; the
   * gate holds up those whose scope is paused.
   */
  private int acquire(Pool pool) {
    List<Barrier> closed = session.services.gate().closed();
    if (closed != null) {
      int verdict = gate.enter(closed, where());
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
    unit = session.unit();
    session.activity.begins(workspaceOfLease());
    counters.assignments++;
    session.intake.serverWritable(server.channel().isWritable());
    if (!session.connection.channel().isWritable()) {
      server.reading(false);
    }
    enter(workspaceOfLease());
  }

  /**
   * Whether the connection that is wanted is still the right one: while the client waited the map
   * may have changed, a pause begun, or the client may have cancelled.
   */
  boolean stillWanted() {
    boolean routed = !session.sharded() || floating() || routes.current(session.services.router());
    return routed && refusal == null && !paused();
  }

  /** The search_path of the lease, or of the one that is about to be taken; null for none. */
  String searchPath() {
    return leaseRoute == null ? null : leaseRoute.searchPath();
  }

  /** Where the lease at hand goes; null where nothing is sharded. */
  Route routeOfLease() {
    return leaseRoute;
  }

  /** The workspace of the lease at hand, or null. */
  String workspaceOfLease() {
    return workspaceOf(leaseKey);
  }

  private String workspaceOf(String key) {
    return session.workspace.shard() == null ? key : null;
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
    session.relay.settings(session.settings.wanted(), searchPath(), setting, id, prepared);
    session.settings.leased(session.relay.server());
    if (session.delayed.open()) {
      session.relay.begin(session.delayed.statements());
      session.delayed.sent();
    }
  }

  /**
   * The error for turning to another workspace while a server's transaction belongs to one, or
   * null.
   *
   * @param key workspace id, or "shard " and a shard's name
   */
  ErrorFields boundElsewhere(String key) {
    return !bound() || leaseKey.equals(key) ? null : RouteErrors.twoWorkspaces(leaseKey, key);
  }

  /** The logical shard of the lease, "" where nothing is sharded. */
  String leaseSchema() {
    return leaseRoute == null ? "" : leaseRoute.schema();
  }

  /**
   * Whether a statement's effect would be lost with a floating server's transaction, which is never
   * committed.
   */
  boolean losesEffect(StatementKind kind) {
    return kind == StatementKind.NOTIFY
        && session.delayed.state() != DelayedTransaction.State.NONE
        && (!session.relay.leased() || floating());
  }
}
