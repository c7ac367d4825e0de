package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.relay.FrontendSink;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.shard.Effects;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/** Takes a client's messages one by one: each goes to who deals with it, or is skipped. */
final class ClientMessages implements FrontendSink {
  private static final String NO_PQEXEC = "disable_pqexec is set: use the extended query protocol.";

  private final ClientSession session;
  private final Relay relay;
  private final SimpleMessages simple;
  private final ExtendedMessages extended;

  ClientMessages(ClientSession session) {
    this.session = session;
    this.relay = session.relay;
    this.simple = new SimpleMessages(session);
    this.extended = new ExtendedMessages(session);
  }

  // ---- messages that are looked into ----

  @Override
  public int onMessage(byte tag, ByteBuf buf, int from, int to, int length) {
    if (skipsToSync() || session.intake.isOver()) {
      return DONE;
    }
    if (tag == 'd') {
      return dealtWith(session.copy.data(buf, from, to));
    }
    if (session.copy.waiting()) {
      throw new ProtocolViolation("unexpected message type " + tag + " during COPY from stdin");
    }
    session.copy.over();
    if (beginsSecondBatch()) {
      return session.intake.holdForReplies();
    }
    return dealtWith(message(tag, buf, from, to, length));
  }

  /** What was found in a message that is presented again is needed again. */
  private int dealtWith(int verdict) {
    if (verdict != BLOCK) {
      session.sql.over();
    }
    return verdict;
  }

  private int message(byte tag, ByteBuf buf, int from, int to, int length) {
    if (session.batch() == Batch.NONE && !relay.leased()) {
      session.pooling.follow();
    }
    if (tag == 'Q') {
      return session.services.config().settings().get(Keys.DISABLE_PQEXEC)
          ? session.refuse(ErrorFields.fatal("08P01", "PQexec disallowed").withHint(NO_PQEXEC))
          : simple.query(buf, from, to);
    }
    simple.notCurrent();
    return extended.message(tag, buf, from, to, length);
  }

  /**
   * After an error, ours or the server's, everything up to Sync is ignored; a second error must not
   * be sent.
   */
  private boolean skipsToSync() {
    return session.batch() == Batch.SKIPPING
        || (relay.leased() && relay.server().ledger().skipping());
  }

  /** A preamble that fails makes the server skip the first batch behind it, and no other. */
  private boolean beginsSecondBatch() {
    return session.batch() == Batch.NONE && relay.leased() && relay.behindPreamble();
  }

  @Override
  public boolean looksIntoCopy() {
    return session.copy.looking();
  }

  @Override
  public boolean looksIntoValues() {
    return session.sql.active();
  }

  // ---- messages that pass by ----

  @Override
  public int onStreamed(byte tag, int length) {
    if (session.intake.isOver()) {
      return DONE;
    }
    return switch (tag) {
      case 'S' -> sync();
      case 'H', 'd' -> relay.leased() ? FORWARD : DONE;
      case 'c', 'f' -> dealtWith(session.copy.end(tag));
      case 'F' -> functionCall();
      case 'X' -> terminate();
      default -> throw new ProtocolViolation("invalid frontend message type " + (tag & 0xff));
    };
  }

  @Override
  public int onOversized(byte tag, int length) {
    if (tag == 'Q' && !session.sharded() && !skipsToSync()) {
      if (beginsSecondBatch()) {
        return session.intake.holdForReplies();
      }
      simple.becomesCurrent();
      int verdict = session.leases.lease(null, true);
      if (verdict == FORWARD) {
        session.expectQuery(Effects.OPAQUE);
      }
      return verdict;
    }
    session.fatal(
        ErrorFields.fatal("54000", "statement of " + length + " bytes is too long to be read")
            .withHint("Raise trunkline.max_statement_bytes, or pass the data as parameters."));
    return DONE;
  }

  @Override
  public void toServer(ByteBuf bytes) {
    if (relay.leased()) {
      relay.toServer(bytes);
    } else {
      bytes.release();
    }
  }

  /** During a COPY it means nothing. */
  private int sync() {
    if (session.copy.waiting()) {
      return DONE;
    }
    return beginsSecondBatch() ? session.intake.holdForReplies() : extended.sync();
  }

  private int functionCall() {
    if (skipsToSync()) {
      return DONE;
    }
    if (beginsSecondBatch()) {
      return session.intake.holdForReplies();
    }
    simple.becomesCurrent();
    ErrorFields aborted = simple.inFailedTransaction();
    int verdict = aborted != null ? session.refuse(aborted) : session.leases.lease(null, false);
    if (verdict == FORWARD) {
      session.clock.start();
      relay.expect(Reply.FUNCTION, Effects.OPAQUE, null);
      session.unitEnds();
      session.batch(Batch.NONE);
    }
    return verdict;
  }

  private int terminate() {
    session.intake.end(Hold.END);
    session.connection.close();
    return DONE;
  }

  // ---- what becomes of the message at hand ----

  /**
   * A Query has been answered here to its end. A server may still be in the transaction of a batch
   * before it that no Sync has ended; the Query ends that, too.
   */
  void answered() {
    if (session.batch() == Batch.OPEN && relay.leased()) {
      extended.sync();
      relay.sync();
    } else {
      session.unitEnds();
      session.implicitTransactionEnds(false);
      session.ready();
    }
  }

  /** An error of ours has been sent instead of its answer. */
  void refused() {
    if (simple.current()) {
      simple.refused();
    } else {
      extended.refused();
    }
  }

  /** Another message than the one that is held up is presented next. */
  void forgetMessage() {
    simple.forgetMessage();
    session.sql.over();
  }
}
