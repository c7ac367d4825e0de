package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.shard.CopyFormat;
import dev.trunkline.shard.CopyKeys;
import dev.trunkline.shard.SqlShape;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * COPY … FROM STDIN whose rows say where they belong. The client is told to begin before there is a
 * server; its first row takes the lease, and every other row has to be of the same workspace, or
 * the whole COPY fails.
 */
final class CopyRows {
  /** Longest beginning of the data without a whole key. */
  private static final int MAX_HELD = 1 << 20;

  private enum Phase {
    NONE,
    /** The client sends, and no server has been chosen. */
    FIRST_ROW,
    /** A server runs the COPY. */
    RUNNING,
    /** It has been answered with an error; what the client still sends is dropped. */
    REFUSED
  }

  private final ClientSession session;
  private Phase phase = Phase.NONE;
  private CopyStart start;
  private CopyKeys keys;
  private ByteBuf held;

  CopyRows(ClientSession session) {
    this.session = session;
  }

  /** Whether the data is to be looked into. */
  boolean looking() {
    return phase == Phase.FIRST_ROW || phase == Phase.RUNNING;
  }

  /** Whether the client has been told to send, and nothing else may come. */
  boolean waiting() {
    return phase == Phase.FIRST_ROW;
  }

  /** Lets the client begin; the server is told when there is a key. */
  int begin(CopyStart waiting) {
    if (session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    start = waiting;
    SqlShape shape = waiting.shape();
    keys = new CopyKeys(shape, waiting.expected());
    release();
    held = session.connection.channel().alloc().buffer(waiting.messages().length + 512);
    held.writeBytes(waiting.messages());
    phase = Phase.FIRST_ROW;
    byte format = (byte) (shape.copyFormat() == CopyFormat.BINARY ? 1 : 0);
    short[] formats = new short[shape.copyColumns()];
    Arrays.fill(formats, format);
    session.connection.write(out -> Backend.copyInResponse(out, format, formats));
    return DONE;
  }

  /** CopyData, complete. */
  int data(ByteBuf buf, int from, int to) {
    return switch (phase) {
      case FIRST_ROW -> first(buf, from, to);
      case RUNNING -> more(buf, from, to);
      case REFUSED -> DONE;
      case NONE -> session.relay.leased() ? FORWARD : DONE;
    };
  }

  private int first(ByteBuf buf, int from, int to) {
    if (keys.key() == null) {
      read(buf, from, to);
    }
    if (keys.problem() != null) {
      return refuse(problem());
    }
    if (keys.key() != null) {
      return startOnServer();
    }
    held.writeByte('d').writeInt(4 + to - from).writeBytes(buf, from, to - from);
    return held.readableBytes() > MAX_HELD
        ? refuse(ErrorFields.error("54000", "the first row of the COPY is too long to be read"))
        : DONE;
  }

  private void read(ByteBuf buf, int from, int to) {
    for (int i = from; i < to; i++) {
      keys.read(buf.getByte(i));
    }
  }

  /** Takes the lease; presented again where that has to wait. */
  private int startOnServer() {
    session.sql.findings().rows(keys.key());
    int verdict = session.leases.lease(start.comment(), false);
    if (verdict == FORWARD) {
      session.stream.cut();
      session.notices.routed(start.comment());
      start.expect(session);
      session.relay.toServer(held);
      held = null;
      phase = Phase.RUNNING;
    } else if (verdict == DONE) {
      refused();
    }
    return verdict;
  }

  private int more(ByteBuf buf, int from, int to) {
    if (!session.relay.leased() || !session.relay.server().ledger().copyOpen()) {
      // The server has failed it: what is still on the way is for nobody.
      refused();
      return DONE;
    }
    read(buf, from, to);
    return keys.problem() == null ? FORWARD : fail();
  }

  /** CopyDone or CopyFail; as for a streamed message. */
  int end(byte tag) {
    return switch (phase) {
      case FIRST_ROW -> tag == 'c' ? endOfFirst() : refuse(copyFail());
      case RUNNING -> endOfRunning(tag);
      case REFUSED -> {
        phase = Phase.NONE;
        yield DONE;
      }
      case NONE -> pass();
    };
  }

  private int endOfFirst() {
    keys.end();
    if (keys.problem() != null) {
      return refuse(problem());
    }
    if (keys.key() == null) {
      return nothing();
    }
    int verdict = startOnServer();
    return verdict == FORWARD ? pass() : verdict;
  }

  /** No rows belong to no workspace. */
  private int nothing() {
    refused();
    phase = Phase.NONE;
    session.connection.write(out -> Backend.commandComplete(out, "COPY 0"));
    if (start.queried()) {
      session.messages.answered();
    }
    return DONE;
  }

  private int endOfRunning(byte tag) {
    if (tag == 'c') {
      keys.end();
    }
    boolean open = session.relay.leased() && session.relay.server().ledger().copyOpen();
    if (tag == 'c' && open && keys.problem() != null) {
      int verdict = fail();
      phase = Phase.NONE;
      return verdict;
    }
    return pass();
  }

  private int pass() {
    phase = Phase.NONE;
    if (!session.relay.leased()) {
      return DONE;
    }
    session.relay.server().ledger().copyEnds();
    return FORWARD;
  }

  private static ErrorFields copyFail() {
    return ErrorFields.error("57014", "COPY from stdin failed");
  }

  private ErrorFields problem() {
    String other = keys.other();
    if (other == null) {
      return RouteErrors.noWorkspace(keys.problem());
    }
    return session.place.learnedWorkspace() != null
        ? RouteErrors.twoWorkspaces(start.expected(), other)
        : RouteErrors.firewall(start.expected(), other);
  }

  private int refuse(ErrorFields error) {
    int verdict = session.refuse(error);
    if (verdict == DONE) {
      refused();
    }
    return verdict;
  }

  private void refused() {
    phase = Phase.REFUSED;
    release();
  }

  /** The server forgets what it has of the COPY; its own error is not the client's. */
  private int fail() {
    ErrorFields error =
        keys.other() == null
            ? RouteErrors.noWorkspace(keys.problem())
            : RouteErrors.copyOfTwo(keys.problem().message());
    session.stream.cut();
    session.report(error);
    session.connection.write(out -> Backend.error(out, error));
    session.relay.server().ledger().copyRefused();
    ByteBuf out = session.connection.channel().alloc().buffer();
    Frontend.copyFail(out, error.message());
    session.relay.toServer(out);
    if (!start.queried()) {
      session.batch(Batch.SKIPPING);
    }
    refused();
    return DONE;
  }

  /** Another message than one of the COPY's. */
  void over() {
    phase = Phase.NONE;
    release();
  }

  void release() {
    if (held != null) {
      held.release();
      held = null;
    }
  }
}
