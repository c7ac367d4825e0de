package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.relay.RelayEvents;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.shard.Effects;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** What a session learns from its relay, and what follows for what it remembers. */
final class SessionEvents implements RelayEvents {
  private static final byte[] DISCARD_ALL = "DISCARD ALL".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEALLOCATE_ALL = "DEALLOCATE ALL".getBytes(StandardCharsets.US_ASCII);

  /** Bits that leave nothing behind by themselves. */
  private static final long FOLLOWED =
      Effects.CLEARING | Effects.SEARCH_PATH | Effects.READING | Effects.CALLED_SETTING;

  private final ClientSession session;

  SessionEvents(ClientSession session) {
    this.session = session;
  }

  @Override
  public void serverReady(byte status, boolean failed, long effects) {
    long now = System.nanoTime();
    session.clock.active(now);
    remember(effects);
    session.clock.countQuery(now, status);
    session.settings.ready(session.relay.server(), status, failed);
    if (status == 'I' && session.relay.server().ledger().isEmpty()) {
      session.place.transactionEnds();
    }
    delayedReady(status);
    if (session.pooling.mode() == PoolMode.STATEMENT && status != 'I') {
      session.fatal(
          ErrorFields.fatal("08P01", "transaction blocks not allowed in statement pooling mode"));
    }
  }

  /** A floating server's transaction is the proxy's again; another one has taken it over. */
  private void delayedReady(byte status) {
    if (status == 'I') {
      session.delayed.end();
    } else if (session.delayed.state() != DelayedTransaction.State.NONE) {
      if (session.place.floating()) {
        session.delayed.takeBack(status == 'E');
      } else {
        session.delayed.end();
      }
    }
  }

  /** Keeps in mind what statements left on the server session, and what they cleared there. */
  private void remember(long effects) {
    ServerConnection server = session.relay.server();
    long residue = server.residue() | (effects & ~FOLLOWED);
    if ((effects & Effects.CALLED_SETTING) != 0 && !session.settings.called(server)) {
      residue |= Effects.SET_SESSION;
    }
    if (server.transactionStatus() == 'I') {
      // In a transaction a clearing may yet be undone.
      residue &= ~cleared(effects, Effects.UNLISTEN_ALL, Effects.LISTEN);
      residue &= ~cleared(effects, Effects.CLOSE_ALL, Effects.HOLD_CURSOR);
      residue &= ~cleared(effects, Effects.ADVISORY_UNLOCK_ALL, Effects.ADVISORY_LOCK);
    }
    server.residue(residue);
  }

  /** The bits carry no order: what was both left and cleared counts as left. */
  private static long cleared(long effects, long clearing, long left) {
    return (effects & clearing) != 0 && (effects & left) == 0 ? left : 0;
  }

  @Override
  public void commandComplete(ByteBuf buf, int from, int to) {
    byte first = buf.getByte(from);
    if (first == 'D' && is(buf, from, to, DISCARD_ALL)) {
      discarded();
    } else if (first == 'D' && is(buf, from, to, DEALLOCATE_ALL)) {
      deallocated();
    } else if (first == 'S' || first == 'R' || first == 'C') {
      session.settings.commandComplete(session.relay.server(), buf, from, to);
    }
  }

  static boolean is(ByteBuf buf, int from, int to, byte[] tag) {
    if (to - from != tag.length) {
      return false;
    }
    for (int i = 0; i < tag.length; i++) {
      if (buf.getByte(from + i) != tag[i]) {
        return false;
      }
    }
    return true;
  }

  private void discarded() {
    session.relay.server().discarded();
    if (session.sharded()) {
      pathLost();
    }
    forgetSession();
  }

  /** What RESET ALL means for what the proxy remembers of the session. */
  void resetSettings() {
    session.settings.discarded();
    session.workspace.reset();
  }

  /** What DISCARD ALL means for what the proxy remembers of the session. */
  void forgetSession() {
    resetSettings();
    session.statements.clear();
    session.sql.deallocated();
    session.unnamed.forget();
  }

  /**
   * The lease's server session loses its search_path: it is set again before anything else runs.
   */
  void pathLost() {
    session.place.forgetKey();
    session.relay.server().routeLost();
  }

  private void deallocated() {
    ServerConnection server = session.relay.server();
    server.prepared().clear();
    server.unnamedStatement(0);
    server.residue(server.residue() & ~Effects.PREPARE);
    session.sql.deallocated();
    session.statements.clear();
  }

  @Override
  public boolean parameterChanged(String name, String value) {
    session.settings.reported(session.relay.server(), name, value);
    return !(session.sharded() && name.equals("search_path"));
  }

  @Override
  public void serverError(ByteBuf buf, int from, int to) {
    session.services.errors().count(sqlstate(buf, from, to));
  }

  private static String sqlstate(ByteBuf buf, int from, int to) {
    int at = from;
    while (at < to && buf.getByte(at) != 0) {
      int end = buf.indexOf(at + 1, to, (byte) 0);
      if (end < 0) {
        break;
      }
      if (buf.getByte(at) == 'C') {
        return buf.toString(at + 1, end - at - 1, StandardCharsets.US_ASCII);
      }
      at = end + 1;
    }
    return "other";
  }

  @Override
  public boolean keepsServer() {
    return session.leases.ending().kept();
  }

  @Override
  public boolean suspects() {
    return session.leases.chance().suspects();
  }

  @Override
  public void leaseEnded() {
    session.leases.gate().leaseEnded();
  }

  @Override
  public void preambleFailed(ErrorFields error, ServerConnection lost) {
    byte status = lost.transactionStatus();
    boolean inBlock = status != 'I' || session.delayed.state() == DelayedTransaction.State.SENT;
    session.clock.reset();
    session.intake.serverWritable(true);
    if (inBlock) {
      session.delayed.lost();
    }
    session.settings.lost();
    session.activity.ends();
    ErrorFields told =
        ErrorFields.error(error.sqlstate(), "could not prepare the server session")
            .withDetail("The server said: " + error.message())
            .withHint("The statement did not run; it can be repeated.");
    if (session.leases.ending().pins(lost)) {
      // What it had kept there is gone: temporary tables, LISTEN.
      session.fatal(told.withSeverity("FATAL").withHint("Connect again."));
      return;
    }
    session.report(told);
    session.connection.write(out -> Backend.error(out, told));
    if (session.batch() == Batch.OPEN) {
      session.batch(Batch.SKIPPING);
    } else {
      session.implicitTransactionEnds(true);
      session.ready();
    }
    session.intake.endHoldForReplies();
    session.connection.flush();
  }

  @Override
  public void skipped(Reply reply, Object note) {
    session.prepared.skipped(reply, note);
  }

  @Override
  public void serverQuiet() {
    if (!session.relay.quiet()) {
      return;
    }
    session.leases.ending().maybe();
    session.intake.endHoldForReplies();
  }

  @Override
  public void serverWritable(boolean writable) {
    session.intake.serverWritable(writable);
  }

  @Override
  public void serverLost(boolean protocolError) {
    session.clock.reset();
    session.settings.lost();
    session.activity.ends();
    session.fatal(
        ErrorFields.fatal("08006", "server conn crashed?")
            .withDetail(
                protocolError
                    ? "The server sent a message that was not expected."
                    : "The server closed the connection.")
            .withHint("Whether the last transaction took effect is not known."));
  }
}
