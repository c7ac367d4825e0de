package dev.trunkline.proxy.client;

import dev.trunkline.proxy.relay.FrontendSink;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/** What holds a client's messages up, and how they go on; its socket is read accordingly. */
final class Intake {
  /** Whether the server at hand can take more data. */
  private enum Flow {
    OPEN,
    FULL
  }

  /** What a client may send ahead while it is held up. */
  private static final int HELD_BYTES = 64 * 1024;

  private final ClientSession session;
  private Hold hold = Hold.NONE;
  private Flow flow = Flow.OPEN;

  Intake(ClientSession session) {
    this.session = session;
  }

  Hold hold() {
    return hold;
  }

  /** Why the client's messages are held up from now on. */
  void hold(Hold why) {
    hold = why;
    updateReading();
  }

  /** Whether it waits for a server connection, or may not have one yet. */
  boolean waits() {
    return hold == Hold.SERVER || hold == Hold.GATE;
  }

  /** Nothing more is read; {@link Hold#END} or {@link Hold#CLOSED}. */
  void end(Hold how) {
    hold = how;
  }

  boolean isOver() {
    return hold.over();
  }

  // ---- going on ----

  void accept(ByteBuf chunk) {
    try {
      session.stream.accept(chunk);
      dealtWith();
    } catch (ProtocolViolation e) {
      violated(e);
    }
  }

  void goOn() {
    try {
      session.stream.resume();
      dealtWith();
    } catch (ProtocolViolation e) {
      violated(e);
      return;
    }
    updateReading();
    session.onReadComplete();
  }

  void unhold() {
    hold = Hold.NONE;
    goOn();
  }

  /** What could be dealt with has been. */
  private void dealtWith() {
    if (session.stream.blocked()) {
      updateReading();
    }
    if (session.relay.leased() && !session.stream.midForward()) {
      session.leases.ending().maybe();
    }
  }

  private void violated(ProtocolViolation e) {
    session.fatal(ErrorFields.fatal("08P01", e.getMessage()));
  }

  // ---- waiting for replies ----

  /** The message waits until the server has answered everything before it. */
  int holdForReplies() {
    session.stream.cut();
    // Even the first message of a batch may have sent a preamble that no Sync follows.
    session.relay.flushReplies();
    hold(Hold.REPLIES);
    return FrontendSink.BLOCK;
  }

  /** The server owes nothing. */
  void endHoldForReplies() {
    if (hold == Hold.REPLIES) {
      unhold();
    }
  }

  // ---- the socket ----

  /** The server can take more data, or should not be given more for now. */
  void serverWritable(boolean writable) {
    Flow next = writable ? Flow.OPEN : Flow.FULL;
    if (next != flow) {
      flow = next;
      updateReading();
    }
  }

  /**
   * A client that is held up is read on, up to a limit: only a read notices that it has gone away.
   */
  void updateReading() {
    // What is kept because the rest of its message is missing would wait for ever.
    boolean room = !session.stream.blocked() || session.stream.pendingBytes() < HELD_BYTES;
    session.connection.reading(!hold.over() && flow == Flow.OPEN && room);
  }
}
