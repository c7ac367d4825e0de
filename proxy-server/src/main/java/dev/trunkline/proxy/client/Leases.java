package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.client.ClientSession.Batch;
import dev.trunkline.proxy.client.ClientSession.Hold;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.metrics.WorkspaceActivity;
import dev.trunkline.proxy.pool.Pins;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Waiter;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
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
    FLOATING
  }

  /** Session state that keeps a lease beyond its transaction. */
  private static final long PINS =
      Effects.LISTEN
          | Effects.TEMP_TABLE
          | Effects.PREPARE
          | Effects.HOLD_CURSOR
          | Effects.ADVISORY_LOCK
          | Effects.SET_SESSION;

  private static final ErrorFields QUEUED =
      ErrorFields.notice(
          "00000", "No server connection available in postgres backend, client being queued");

  private final ClientSession session;
  private final RouteFinder routes;
  private final Waiting waiting = new Waiting();
  private final AtGate gate;
  private ErrorFields refusal;
  private String leaseKey;
  private Route leaseRoute;
  private Place place = Place.ROUTED;
  private WorkspaceActivity.Entry activity;
  private String activityKey;
  private long requestMillis = System.currentTimeMillis();

  Leases(ClientSession session) {
    this.session = session;
    this.routes = new RouteFinder(session);
    this.gate = new AtGate(session, this);
  }

  /** Wall clock of the last lease. */
  long requestMillis() {
    return requestMillis;
  }

  long waitingSinceNanos() {
    return session.hold() == Hold.GATE ? gate.sinceNanos() : waiting.sinceNanos();
  }

  /** Counts the work for the workspace of the lease; null without one. */
  WorkspaceActivity.Entry activity() {
    return activity;
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
    return switch (session.hold()) {
      case SERVER -> waiting.pool.cancel(waiting);
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
    String database = session.identity.database().name();
    if (leaseRoute == null) {
      return new GateScope.Place(database, null, null, null, null);
    }
    Placement at = leaseRoute.placement();
    String shard = floating() ? null : at.shard();
    return new GateScope.Place(database, at.group(), at.host(), shard, workspaceOfLease());
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
      ErrorFields error = refusal;
      refusal = null;
      return session.refuse(error);
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
    boolean learns = shard == null && declared == null && session.sql.key() != null;
    String id = learns ? session.sql.key() : declared;
    String key = shard != null ? "shard " + shard : id;
    Place found = learns ? Place.LEARNED : Place.ROUTED;
    if (session.relay.leased()) {
      return leaseAgain(key, id, shard, free, found);
    }
    if (key == null) {
      return free ? anywhere(null) : session.refuse(session.sql.noWorkspace());
    }
    return route(key, id, shard, free, found);
  }

  private int leaseAgain(String key, String id, String shard, boolean free, Place found) {
    if (key != null && key.equals(leaseKey) && stays()) {
      place = found;
      return FORWARD;
    }
    if (free && (key == null || leaseKey != null || floating())) {
      return FORWARD;
    }
    if (!session.relay.quiet()) {
      return session.holdForReplies();
    }
    if (inWork()) {
      if (key == null) {
        return follows() ? FORWARD : session.refuse(session.sql.noWorkspace());
      }
      return floating() && canLeave()
          ? leaveFloating(key, id, shard, found)
          : session.refuse(RouteErrors.twoWorkspaces(leaseKey, key));
    }
    return key == null
        ? session.refuse(session.sql.noWorkspace())
        : moveLease(key, id, shard, found);
  }

  /** Whether the lease's server is inside a transaction, be it the implicit one of a batch. */
  private boolean inWork() {
    return session.relay.server().transactionStatus() != 'I' || session.batch() == Batch.WORKING;
  }

  /** A statement without key in a transaction that has learned its workspace. */
  private boolean follows() {
    return place == Place.LEARNED && session.sql.finding() == SqlKeys.Finding.UNKEYED;
  }

  /** The workspace that the transaction at hand has learned from its statements, or null. */
  String learnedWorkspace() {
    boolean learned = session.relay.leased() && place == Place.LEARNED && inWork();
    return learned ? leaseKey : null;
  }

  /** Whether a transaction, explicit or implicit, belongs to a workspace or shard. */
  boolean bound() {
    return session.relay.leased() && leaseKey != null && inWork();
  }

  /** The next statement may be outside the transaction at hand: it has to be keyed itself. */
  void transactionEnds() {
    if (place == Place.LEARNED) {
      place = Place.ROUTED;
    }
  }

  private boolean canLeave() {
    return (session.relay.server().residue() & PINS) == 0 && !session.sessionMode();
  }

  /** Nothing of what a floating server did counts: the rest of the batch goes on elsewhere. */
  private int leaveFloating(String key, String id, String shard, Place found) {
    session.stream.cut();
    if (session.delayed.state() == DelayedTransaction.State.SENT) {
      session.delayed.takeBack(false);
    }
    endLease(true, false);
    return route(key, id, shard, false, found);
  }

  /**
   * Whether a lease goes on as it is: within a transaction always; a pinned one beyond that as long
   * as the map and the configuration it was routed by are in force.
   */
  private boolean stays() {
    return session.relay.server().transactionStatus() != 'I'
        || session.batch() == Batch.OPEN
        || (routes.route() == leaseRoute && routes.current(session.services.router()));
  }

  /** A pinned lease turns to another workspace: possible on the same host only. */
  private int moveLease(String key, String id, String shard, Place found) {
    int verdict = routes.resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (refusal != null || routes.route() == null) {
      return lease(id, false);
    }
    if (!routes.route().host().home().equals(session.relay.pool().key().home())) {
      return session.refuse(RouteErrors.pinned(Pins.text(session.relay.server().residue())));
    }
    leaseRoute = routes.route();
    leaseKey = key;
    place = found;
    session.stream.cut();
    enter(id);
    return FORWARD;
  }

  /** The route of a statement that begins a lease. */
  private int route(String key, String id, String shard, boolean free, Place found) {
    int verdict = routes.resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (refusal != null) {
      ErrorFields error = refusal;
      refusal = null;
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
      int verdict = gate.enter(closed);
      if (verdict != FORWARD) {
        return verdict;
      }
    }
    waiting.pool = pool;
    waiting.notified = false;
    session.hold(Hold.SERVER);
    ServerConnection server = pool.acquire(waiting);
    if (server != null) {
      leased(server);
      return FORWARD;
    }
    if (refusal != null) {
      session.hold(Hold.NONE);
      ErrorFields error = refusal;
      refusal = null;
      return session.refuse(error);
    }
    if (session.hold() == Hold.NONE) {
      return FORWARD;
    }
    session.updateReading();
    return BLOCK;
  }

  private void leased(ServerConnection server) {
    session.hold(Hold.NONE);
    gate.passed();
    requestMillis = System.currentTimeMillis();
    Counters counters = waiting.pool.counters(session.context.index());
    session.relay.open(server, waiting.pool, counters);
    count(workspaceOfLease());
    counters.assignments++;
    session.serverWritable(server.channel().isWritable());
    if (!session.connection.channel().isWritable()) {
      server.reading(false);
    }
    enter(workspaceOfLease());
  }

  private void count(String id) {
    if (id == null) {
      activity = null;
      activityKey = null;
    } else if (!id.equals(activityKey)) {
      activity = session.services.activity().entry(id);
      activityKey = id;
    }
  }

  /** Where the lease at hand goes; null where nothing is sharded. */
  Route routeOfLease() {
    return leaseRoute;
  }

  /** The workspace of the lease at hand, or null. */
  String workspaceOfLease() {
    return floating() || leaseKey == null || session.workspace.shard() != null ? null : leaseKey;
  }

  /** Puts the server session into the client's state, and begins its delayed transaction. */
  private void enter(String id) {
    if (session.sessionMode() && !session.settings.firstLease()) {
      return;
    }
    String setting = session.identity.database().workspaceSetting();
    String path = leaseRoute == null ? null : leaseRoute.searchPath();
    session.relay.settings(session.settings.wanted(), path, setting, id);
    session.settings.leased(session.relay.server());
    if (session.delayed.open()) {
      session.relay.begin(session.delayed.statements());
      session.delayed.sent();
    }
  }

  /** The client of a pool's queue. */
  private final class Waiting extends Waiter {
    private Pool pool;
    private boolean notified;

    @Override
    protected EventLoop loop() {
      return session.context.loop();
    }

    @Override
    protected Owner owner() {
      return session.relay;
    }

    @Override
    protected String searchPath() {
      return leaseRoute == null ? null : leaseRoute.searchPath();
    }

    @Override
    protected long timeoutNanos() {
      return session.clock.timeouts().queryWait().toNanos();
    }

    @Override
    protected void granted(ServerConnection server) {
      if (session.hold() != Hold.SERVER) {
        pool.giveBack(server, false, false);
        return;
      }
      if (session.sharded() && !floating() && !routes.current(session.services.router())) {
        // The map has changed while it waited: the host may be another one now.
        pool.giveBack(server, false, false);
        session.unhold();
        return;
      }
      if (gate.holds(session.services.gate().closed())) {
        pool.giveBack(server, false, false);
        session.unhold();
        return;
      }
      long waited = (System.nanoTime() - sinceNanos()) / 1_000;
      boolean blocked = session.stream.blocked();
      leased(server);
      session.relay.counters().waitMicros += waited;
      session.relay.counters().wait.record(waited);
      if (blocked) {
        session.goOn();
      }
    }

    @Override
    protected void refused(ErrorFields error) {
      if (session.hold() != Hold.SERVER) {
        return;
      }
      refusal = session.sharded() ? error.withSeverity("ERROR") : error;
      if (session.stream.blocked()) {
        session.unhold();
      }
    }

    @Override
    protected void moved() {
      if (session.hold() == Hold.SERVER) {
        session.unhold();
      }
    }
  }

  /**
   * The error for turning to another workspace while a server's transaction belongs to one, or
   * null.
   *
   * @param key workspace id, or "shard " and a shard's name
   */
  ErrorFields boundElsewhere(String key) {
    boolean bound =
        session.relay.leased()
            && leaseKey != null
            && (session.relay.server().transactionStatus() != 'I'
                || session.batch() == Batch.WORKING);
    return !bound || leaseKey.equals(key) ? null : RouteErrors.twoWorkspaces(leaseKey, key);
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

  void maybeRelease() {
    if (!session.relay.leased()
        || !session.relay.quiet()
        || session.stream.midForward()
        || session.batch().inProgress()) {
      return;
    }
    ServerConnection server = session.relay.server();
    byte status = server.transactionStatus();
    boolean takenBack = floating() && session.delayed.active();
    if (server.ledger().inCopyIn() || server.ledger().skipping()) {
      return;
    }
    if ((status != 'I' && !takenBack) || session.sessionMode()) {
      return;
    }
    if ((server.residue() & PINS) != 0 && pins()) {
      return;
    }
    endLease(takenBack && status != 'I', false);
  }

  private boolean pins() {
    return session.services.config().settings().get(Keys.SESSION_STATE)
        == Settings.SessionState.PIN;
  }

  private void endLease(boolean rollback, boolean reset) {
    session.clock.reset();
    session.settings.released(session.relay.server());
    leaseKey = null;
    boolean always = session.services.config().settings().get(Keys.SERVER_RESET_QUERY_ALWAYS);
    session.relay.release(rollback, reset || always);
    countBytes();
    session.serverWritable(true);
  }

  /** The client is gone: its transaction is rolled back, or the connection closed. */
  void endAbandonedLease() {
    ServerConnection server = session.relay.server();
    boolean tidy =
        session.relay.quiet()
            && !session.stream.midForward()
            && session.batch() == Batch.NONE
            && !server.ledger().inCopyIn()
            && !server.ledger().skipping();
    if (tidy) {
      endLease(server.transactionStatus() != 'I', session.sessionMode());
      return;
    }
    if (!server.ledger().isEmpty()) {
      session.services.directory().pools().connector().cancel(server);
    }
    session.relay.abandon();
    countBytes();
  }

  /** The lease has ended: what it moved was its workspace's. */
  void countBytes() {
    if (activity != null) {
      activity.bytesReceived.add(session.relay.received());
      activity.bytesSent.add(session.relay.sent());
    }
  }

  /** Once per wait, with PgBouncer's words. */
  void notifyWaiting(long now, Duration limit) {
    if (session.hold() == Hold.SERVER
        && !waiting.notified
        && SessionClock.over(now, waiting.sinceNanos(), limit)) {
      waiting.notified = true;
      session.connection.write(out -> Backend.notice(out, QUEUED));
      session.connection.flush();
    }
  }
}
