package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.shard.Effects;

/** When a session's lease ends, and how. */
final class LeaseEnd {
  /** Session state that keeps a lease beyond its transaction. */
  private static final long PINS =
      Effects.LISTEN
          | Effects.TEMP_TABLE
          | Effects.PREPARE
          | Effects.HOLD_CURSOR
          | Effects.ADVISORY_LOCK
          | Effects.SET_SESSION;

  private final ClientSession session;

  LeaseEnd(ClientSession session) {
    this.session = session;
  }

  /** Whether the lease outlives its transaction. */
  boolean pinned() {
    return pins(session.relay.server());
  }

  /** Whether the client keeps that connection over its transactions. */
  boolean pins(ServerConnection server) {
    return session.sessionMode() || ((server.residue() & PINS) != 0 && wanted());
  }

  private boolean wanted() {
    return session.services.config().settings().get(Keys.SESSION_STATE)
        == Settings.SessionState.PIN;
  }

  /** Ends the lease if nothing holds it any more. */
  void maybe() {
    if (!session.relay.leased() || !session.relay.quiet() || unfinished()) {
      return;
    }
    boolean sessionEnds = session.pooling.ends();
    if (sessionEnds || !pinned()) {
      end(session.relay.server().transactionStatus() != 'I', sessionEnds);
    }
  }

  /** Whether something beside the replies that are owed holds it. */
  boolean kept() {
    return unfinished() || pinned();
  }

  private boolean unfinished() {
    ServerConnection server = session.relay.server();
    boolean midBatch = session.stream.midForward() || session.batch() == Batch.OPEN;
    boolean takenBack = session.place.floating() && session.delayed.active();
    boolean inTransaction = server.transactionStatus() != 'I' && !takenBack;
    boolean midCopy = server.ledger().inCopyIn() || server.ledger().skipping();
    return midBatch || midCopy || inTransaction;
  }

  void end(boolean rollback, boolean reset) {
    session.clock.reset();
    session.settings.released(session.relay.server());
    session.place.forgetKey();
    boolean always = session.services.config().settings().get(Keys.SERVER_RESET_QUERY_ALWAYS);
    session.activity.ends();
    session.relay.release(rollback, reset || always);
    session.intake.serverWritable(true);
  }

  /** The client is gone: its transaction is rolled back, or the connection closed. */
  void abandoned() {
    ServerConnection server = session.relay.server();
    boolean tidy =
        session.relay.quiet()
            && !session.stream.midForward()
            && session.batch() == Batch.NONE
            && !server.ledger().inCopyIn()
            && !server.ledger().skipping();
    if (tidy) {
      end(server.transactionStatus() != 'I', session.sessionMode());
      return;
    }
    if (!server.ledger().isEmpty()) {
      session.services.directory().pools().connector().cancel(server);
    }
    session.activity.ends();
    session.relay.abandon(session.connection.serverCloseReason());
  }
}
