package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Ledger;
import dev.trunkline.proxy.server.PreparedCache;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.Statement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Prepares statements on a relay's server connection, and closes those beyond the bounds. What the
 * server skips is undone.
 */
public final class Prepares {
  /** Note of a ledger entry for an unnamed statement that is prepared again. */
  private static final Object UNNAMED_AGAIN = new Object();

  private final Relay relay;
  private final ByteBufAllocator allocator;

  Prepares(Relay relay, ByteBufAllocator allocator) {
    this.relay = relay;
    this.allocator = allocator;
  }

  /** Whether the server's having a statement hangs on a reply that may still be an error. */
  public boolean undecided(Statement statement) {
    ServerConnection server = relay.server();
    Ledger ledger = server.ledger();
    return !ledger.isEmpty() && ledger.undecided(server.prepared().parsed(statement));
  }

  /**
   * Sends a Parse under the proxy's own name for the statement.
   *
   * @param action FORWARD for the client's own Parse, PREPARE when the server merely lacks it
   */
  public void parse(Statement statement, Action action, Object note) {
    ServerConnection server = relay.server();
    if (server.ledger().skipping()) {
      relay.skipped(Reply.PARSE, note);
      return;
    }
    ByteBuf out = allocator.buffer(statement.bytes());
    statement.parse(out, statement.name());
    server.prepared().add(statement, server.ledger().expect(Reply.PARSE, action, 0, note));
    relay.counters().serverParses++;
    server.write(out);
  }

  /** Sends a Parse of an unnamed statement that the server does not hold any more. */
  public void parseUnnamed(byte[] definition, int length, long token) {
    ServerConnection server = relay.server();
    if (server.ledger().skipping()) {
      return;
    }
    ByteBuf out = allocator.buffer(6 + length);
    out.writeByte('P').writeInt(4 + 1 + length).writeByte(0).writeBytes(definition, 0, length);
    // The note: if it is skipped, the server still holds whatever it held, somebody else's perhaps.
    server.ledger().expect(Reply.PARSE, Action.PREPARE, 0, UNNAMED_AGAIN);
    server.unnamedStatement(token);
    server.write(out);
  }

  /** Closes statements beyond the bounds, least recently used first. */
  public void evict(int maxCount, long maxBytes) {
    ServerConnection server = relay.server();
    if (server.ledger().skipping()) {
      return;
    }
    PreparedCache prepared = server.prepared();
    Statement victim = prepared.evict(maxCount, maxBytes);
    while (victim != null) {
      byte[] name = victim.name();
      ByteBuf out = allocator.buffer(7 + name.length);
      out.writeByte('C').writeInt(4 + 1 + name.length + 1);
      out.writeByte('S').writeBytes(name).writeByte(0);
      server.ledger().expect(Reply.CLOSE, Action.SWALLOW, 0, victim);
      server.write(out);
      victim = prepared.evict(maxCount, maxBytes);
    }
  }

  /** Undoes what the server has skipped; false when it was not of the proxy's own doing. */
  boolean undone(Reply reply, Object note) {
    if (note == UNNAMED_AGAIN) {
      relay.server().unnamedStatement(0);
      return true;
    }
    if (reply == Reply.CLOSE && note instanceof Statement kept) {
      relay.server().prepared().add(kept, 0);
      return true;
    }
    return false;
  }
}
