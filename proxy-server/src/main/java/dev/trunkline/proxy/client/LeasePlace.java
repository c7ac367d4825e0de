package dev.trunkline.proxy.client;

import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.ErrorFields;

/**
 * Where a session's lease is, or the one that is about to be taken, and which of the client's work
 * belongs there. {@link Leases} chooses it.
 */
final class LeasePlace {
  /** How it was found. */
  enum Found {
    ROUTED,
    /** By the key of a statement; those of its transaction that have none follow it. */
    LEARNED,
    /** On any host, for statements that touch no table; its transaction is never committed. */
    FLOATING,
    /** Kept by its pins, but not for what the client works on now: nothing touches a table here. */
    ELSEWHERE
  }

  private final ClientSession session;
  private String key;
  private Route route;
  private Found found = Found.ROUTED;

  /** The unit of the client's work that was begun here; see {@link #begun}. */
  private int unit;

  LeasePlace(ClientSession session) {
    this.session = session;
  }

  /**
   * The lease goes there.
   *
   * @param newKey workspace id, or "shard " and a shard's name; null for none
   */
  void goesTo(Route newRoute, String newKey, Found how) {
    route = newRoute;
    key = newKey;
    found = how;
  }

  /** The same place is for something else now. */
  void becomes(Found how) {
    found = how;
  }

  /** The server session is not where its lease says any more. */
  void forgetKey() {
    key = null;
  }

  /** What the client is at begins here. */
  void begin() {
    unit = session.unit();
  }

  /**
   * Whether what the client is at has begun on this lease: a transaction, or what it has sent since
   * its last Sync or Query. That stays where it is, whatever becomes of the map.
   */
  boolean begun() {
    return session.relay.server().transactionStatus() != 'I' || unit == session.unit();
  }

  /** The next statement may be outside the transaction at hand: it has to be keyed itself. */
  void transactionEnds() {
    if (found == Found.LEARNED) {
      found = Found.ROUTED;
    }
  }

  // ---- what it is ----

  /** Workspace id, or "shard " and a shard's name; null for none. */
  String key() {
    return key;
  }

  /** Where the lease goes; null where nothing is sharded. */
  Route route() {
    return route;
  }

  boolean floating() {
    return found == Found.FLOATING;
  }

  boolean elsewhere() {
    return found == Found.ELSEWHERE;
  }

  boolean learned() {
    return found == Found.LEARNED;
  }

  /** Whether it is a workspace's or a shard's. */
  boolean routedByKey() {
    return key != null && session.sharded();
  }

  /** The workspace, or null. */
  String workspace() {
    return workspaceOf(key);
  }

  private String workspaceOf(String of) {
    return session.workspace.shard() == null ? of : null;
  }

  /** The search_path; null for none. */
  String searchPath() {
    return route == null ? null : route.searchPath();
  }

  /** The schema of the logical shard, "" where nothing is sharded. */
  String schema() {
    return route == null ? "" : route.schema();
  }

  /** As pauses see it. */
  GateScope.Place scope() {
    return scope(route, key);
  }

  /** As pauses would see another place. */
  GateScope.Place scope(Route other, String otherKey) {
    String database = session.identity.database().name();
    if (other == null) {
      return new GateScope.Place(database, null, null, null, null);
    }
    Placement at = other.placement();
    String shard = otherKey == null ? null : at.shard();
    return new GateScope.Place(database, at.group(), at.host(), shard, workspaceOf(otherKey));
  }

  // ---- what that means for a statement ----

  /** The workspace that the transaction at hand has learned from its statements, or null. */
  String learnedWorkspace() {
    return session.relay.leased() && learned() && begun() ? key : null;
  }

  /** Whether a transaction, explicit or implicit, belongs to a workspace or shard. */
  boolean bound() {
    return session.relay.leased() && key != null && begun();
  }

  /**
   * The error for turning to another workspace while a server's transaction belongs to one, or
   * null.
   */
  ErrorFields boundElsewhere(String other) {
    return !bound() || key.equals(other) ? null : RouteErrors.twoWorkspaces(key, other);
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
