package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.Drain;
import dev.trunkline.proxy.gate.GateErrors;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.gate.Turn;
import dev.trunkline.proxy.pool.Pins;
import dev.trunkline.wire.ErrorFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One session and the gate: waits there, and is named there while it runs what is to drain. */
final class AtGate implements Drain.Holder {
  private final ClientSession session;
  private final Leases leases;

  /** Kept until the lease is there, so that who was let through is not held by the same pause. */
  private Wait wait;

  /** Pauses that wait for the end of the lease; null: none does. */
  private List<Drain> drains;

  AtGate(ClientSession session, Leases leases) {
    this.session = session;
    this.leases = leases;
  }

  /** A new transaction meets pauses: FORWARD: none is its own; BLOCK: it waits; or refused. */
  int enter(List<Barrier> closed, GateScope.Place where) {
    for (Barrier barrier : closed) {
      if (!holds(barrier, where)) {
        continue;
      }
      Wait next = new Wait(barrier, session.stream.unhandledBytes());
      switch (barrier.enter(next)) {
        case PASSES -> {}
        case WAITS -> {
          wait = next;
          session.intake.hold(Hold.GATE);
          return BLOCK;
        }
        case REFUSED -> {
          return session.refuse(GateErrors.full(barrier.scope()));
        }
      }
    }
    return FORWARD;
  }

  private boolean holds(Barrier barrier, GateScope.Place where) {
    return barrier.scope().covers(where) && (wait == null || !wait.passes(barrier));
  }

  /** Whether one of the pauses, null for none, holds what was queueing for a connection. */
  boolean holds(List<Barrier> closed) {
    if (closed == null) {
      return false;
    }
    GateScope.Place where = session.place.scope();
    for (Barrier barrier : closed) {
      if (holds(barrier, where)) {
        return true;
      }
    }
    return false;
  }

  /** The lease is there. */
  void passed() {
    wait = null;
  }

  boolean leave() {
    return wait.leave();
  }

  long sinceNanos() {
    return wait.sinceNanos();
  }

  /** Refuses a transaction that has waited for too long. */
  void endWait(long now, Duration limit) {
    if (session.intake.hold() == Hold.GATE
        && SessionClock.over(now, wait.sinceNanos(), limit)
        && wait.leave()) {
      leases.refusal(GateErrors.waitedTooLong(wait.scope));
      session.intake.unhold();
    }
  }

  /** One wait; its methods come from any thread. */
  private final class Wait extends Turn {
    private final GateScope scope;

    Wait(Barrier barrier, int bytes) {
      super(barrier, bytes);
      this.scope = barrier.scope();
    }

    @Override
    protected void goOn() {
      session.later(() -> end(null));
    }

    @Override
    protected void refuse(ErrorFields error) {
      session.later(() -> end(error));
    }

    private void end(ErrorFields error) {
      if (session.intake.hold() == Hold.GATE && wait == this) {
        if (error != null) {
          leases.refusal(error);
        }
        session.intake.unhold();
      }
    }
  }

  // ---- draining ----

  /** A pause has begun. */
  void drain(Barrier barrier) {
    if (session.intake.hold() == Hold.HOME && barrier.scope().covers(session.place.scope())) {
      leases.chance().pauseBegins();
    }
    if (session.relay.leased()) {
      if (barrier.scope().covers(session.place.scope())) {
        drains = drains == null ? new ArrayList<>(1) : drains;
        drains.add(barrier.drain());
        barrier.drain().add(this);
      }
    } else if (session.intake.hold() == Hold.SERVER
        && barrier.scope().covers(session.place.scope())
        && leases.stopWaiting()) {
      session.intake.unhold();
    }
  }

  /** The lease goes on elsewhere, perhaps out of the scope of a pause that waits for it. */
  void turned() {
    if (drains != null) {
      GateScope.Place where = session.place.scope();
      for (int i = drains.size() - 1; i >= 0; i--) {
        if (!drains.get(i).scope().covers(where)) {
          drains.remove(i).remove(this);
        }
      }
    }
  }

  /** The client has no lease any more. */
  void leaseEnded() {
    if (drains == null) {
      return;
    }
    List<Drain> ended = drains;
    drains = null;
    ended.forEach(drain -> drain.remove(this));
  }

  @Override
  public void press(Drain drain, boolean cancel) {
    session.later(() -> pressed(drain, cancel));
  }

  private void pressed(Drain drain, boolean cancel) {
    if (drains == null || !drains.contains(drain)) {
      return;
    }
    boolean inTransaction = session.relay.server().transactionStatus() != 'I';
    boolean runs = !session.relay.quiet();
    drain.note(this, description(runs || inTransaction));
    if (cancel && runs) {
      drain.cancelled(this);
      session.cancel.now(outcome -> {});
    } else if (cancel && inTransaction) {
      drain.cancelled(this);
      session.fatal(GateErrors.drained(drain.scope()));
    }
  }

  private String description(boolean inTransaction) {
    String client =
        "client %d (%s at %s)"
            .formatted(
                session.connection().id(),
                session.identity().user(),
                session.identity().database().name());
    if (inTransaction) {
      return client + ": in a transaction";
    }
    return session.sessionMode()
        ? client + ": pooled by session"
        : client + ": holds " + Pins.text(session.relay.server().residue());
  }
}
