package dev.trunkline.proxy.client;

import dev.trunkline.wire.ErrorFields;
import java.util.function.Consumer;

/** Cancels what a session is doing, at its client's request or for a pause. */
final class SessionCancel implements Cancelable {
  private final ClientSession session;
  private final long key;

  SessionCancel(ClientSession session) {
    this.session = session;
    this.key = session.services.cancelKeys().register(this);
  }

  /** What the client was given for CancelRequest. */
  long key() {
    return key;
  }

  /** Nothing can be cancelled any more. */
  void forget() {
    session.services.cancelKeys().forget(key);
  }

  @Override
  public void cancel(Consumer<String> done) {
    session.later(() -> now(done));
  }

  @Override
  public String database() {
    return session.identity.database().name();
  }

  /** As {@link #cancel}, on the session's loop. */
  void now(Consumer<String> done) {
    Hold hold = session.intake.hold();
    if (!hold.over() && hold != Hold.HOME && session.owedReplies()) {
      session
          .services
          .directory()
          .pools()
          .connector()
          .cancel(session.relay.server(), () -> done.accept(SENT));
    } else if (!hold.over() && hold != Hold.NONE && hold != Hold.REPLIES) {
      waiting(hold);
      done.accept("cancel request for waiting client");
    } else {
      done.accept("cancel request for idle client");
    }
  }

  /** What is on its way to it already finds the refusal. */
  private void waiting(Hold hold) {
    session.leases.refusal(ErrorFields.error("57014", "canceling statement due to user request"));
    boolean asks = hold == Hold.LOOKUP || hold == Hold.SHAPE;
    if (hold == Hold.HOME) {
      session.leases.chance().cancelled();
    } else if (asks || session.leases.stopWaiting()) {
      session.intake.unhold();
    }
  }
}
