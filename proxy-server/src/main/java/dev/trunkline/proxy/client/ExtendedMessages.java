package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.relay.ClientStatement;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.shard.Effects;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The extended query protocol: which message goes to whom, what portals are asked, Close and Sync.
 * Named statements are the proxy's, see {@link ServerStatements}. In session mode, and with {@code
 * max_prepared_statements = 0}, names pass as they are.
 */
final class ExtendedMessages {
  private final ClientSession session;
  private final Relay relay;
  private final LocalPortals localPortals;
  private final UnnamedPortal portal = new UnnamedPortal();
  private final ParseMessages parses;
  private final BindMessages binds;

  ExtendedMessages(ClientSession session) {
    this.session = session;
    this.relay = session.relay;
    LocalAnswers local = new LocalAnswers(session);
    this.localPortals = new LocalPortals(session, local);
    this.parses = new ParseMessages(session, local);
    this.binds = new BindMessages(session, local, localPortals, portal);
  }

  int message(byte tag, ByteBuf buf, int from, int to, int length) {
    int verdict =
        switch (tag) {
          case 'P' -> passThrough() ? pass(Reply.PARSE) : parses.message(buf, from, to);
          case 'B' -> passThrough() ? pass(Reply.BIND) : binds.bind(buf, from, to, length);
          case 'D' -> passThrough() ? pass(Reply.DESCRIBE) : describe(buf, from, to);
          case 'C' -> passThrough() ? pass(Reply.CLOSE) : close(buf, from, to);
          default -> passThrough() ? pass(Reply.EXECUTE) : execute(buf, from, to);
        };
    if (verdict != BLOCK) {
      session.batch(session.batch().next());
    }
    return verdict;
  }

  private boolean passThrough() {
    // What a session has prepared under another mode has names of ours on the servers.
    boolean own = session.sessionMode() && session.statements.size() == 0;
    return own
        || (!session.sharded()
            && session.services.config().settings().get(Keys.MAX_PREPARED_STATEMENTS) == 0);
  }

  private int pass(Reply reply) {
    int verdict = session.leases.lease(null, true);
    if (verdict == FORWARD) {
      session.clock.start();
      if (reply == Reply.PARSE) {
        // Whatever is known of the unnamed statement is not what the server holds from now on.
        session.unnamed.forget();
        relay.server().unnamedStatement(0);
      }
      relay.expect(reply, reply == Reply.EXECUTE ? Effects.OPAQUE : 0, null);
    }
    return verdict;
  }

  // ---- Describe, Execute, Close ----

  private int describe(ByteBuf buf, int from, int to) {
    byte kind = kind(buf, from, to);
    int nameEnd = nameEnd(buf, from + 1, to);
    if (kind == 'S') {
      return binds.describe(buf, from + 1, nameEnd);
    }
    LocalPortal ours = localPortals.find(buf, from + 1, nameEnd);
    return ours != null
        ? localPortals.describe(ours.command(), null, false)
        : forwardPortal(Reply.DESCRIBE);
  }

  private int execute(ByteBuf buf, int from, int to) {
    int nameEnd = nameEnd(buf, from, to);
    LocalPortal ours = localPortals.find(buf, from, nameEnd);
    if (ours != null) {
      return localPortals.execute(ours);
    }
    if (!relay.leased()) {
      return session.refuse(StatementErrors.missingPortal(text(buf, from, nameEnd)));
    }
    session.clock.start();
    session.clock.countQuery();
    boolean unnamedPortal = nameEnd == from;
    relay.expect(Reply.EXECUTE, unnamedPortal ? portal.effects() : 0, null);
    if (unnamedPortal) {
      portal.executed(session);
    }
    return FORWARD;
  }

  private int close(ByteBuf buf, int from, int to) {
    byte kind = kind(buf, from, to);
    int nameEnd = nameEnd(buf, from + 1, to);
    if (kind == 'P') {
      boolean ours = localPortals.remove(text(buf, from + 1, nameEnd));
      return ours || !relay.leased() ? closeLocally(null) : forwardPortal(Reply.CLOSE);
    }
    if (nameEnd == from + 1) {
      session.unnamed.forget();
      relay.keepNothing();
      return closeLocally(null);
    }
    ClientStatement statement = session.statements.get(buf, from + 1, nameEnd);
    if (statement != null) {
      session.statements.remove(statement);
    }
    return closeLocally(statement);
  }

  private int closeLocally(ClientStatement statement) {
    if (relay.leased()) {
      relay.local(Reply.LOCAL_CLOSE, statement);
    } else {
      session.connection.write(Backend::closeComplete);
    }
    return DONE;
  }

  private int forwardPortal(Reply reply) {
    if (!relay.leased()) {
      return session.refuse(StatementErrors.missingPortal(""));
    }
    relay.expect(reply, 0, null);
    return FORWARD;
  }

  // ---- Sync and errors ----

  int sync() {
    Batch before = session.batch();
    session.unitEnds();
    if (!session.owedReplies() && !session.inTransaction()) {
      localPortals.clear();
    }
    if (relay.leased()) {
      session.batch(Batch.NONE);
      relay.expectSync();
      return FORWARD;
    }
    session.batch(Batch.NONE);
    session.unnamed.trim();
    if (before != Batch.NONE) {
      session.implicitTransactionEnds(before == Batch.SKIPPING);
    }
    session.ready();
    return DONE;
  }

  /** An error of ours has been sent: the rest of an error's course. */
  void refused() {
    session.batch(Batch.SKIPPING);
    session.delayed.fail();
    if (relay.leased() && !relay.server().ledger().skipping()) {
      session.stream.cut();
      relay.failTransaction(true);
    }
  }

  // ---- reading messages ----

  private static byte kind(ByteBuf buf, int from, int to) {
    if (to - from < 2) {
      throw new ProtocolViolation("invalid message format");
    }
    byte kind = buf.getByte(from);
    if (kind != 'S' && kind != 'P') {
      throw new ProtocolViolation("invalid DESCRIBE or CLOSE message subtype " + kind);
    }
    return kind;
  }

  private static int nameEnd(ByteBuf buf, int from, int to) {
    int end = MessageReader.cstringEnd(buf, from, to);
    if (end < 0) {
      throw new ProtocolViolation("invalid string in message");
    }
    return end;
  }

  static String text(ByteBuf buf, int from, int to) {
    return buf.toString(from, to - from, StandardCharsets.UTF_8);
  }

  static byte[] bytes(ByteBuf buf, int from, int to) {
    byte[] copy = new byte[to - from];
    buf.getBytes(from, copy);
    return copy;
  }
}
