package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Ledger;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerSink;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.List;

/**
 * The link between one client and the server connection it has leased. Passes the server's bytes to
 * the client, and offers the session what it may send to the server: each with its entry in the
 * ledger. On the client's event loop only.
 */
public final class Relay implements Owner, ServerSink {
  private final Channel client;
  private final RelayEvents events;
  private final Preamble preamble = new Preamble();
  private final Prepares prepares;
  private final FirstBatch first;
  private ServerConnection server;
  private Pool pool;
  private Counters counters;
  private long received;
  private long sent;
  private ErrorFields preambleError;
  private Witness witness;

  public Relay(Channel client, RelayEvents events) {
    this.client = client;
    this.events = events;
    this.first = new FirstBatch(client.alloc());
    this.prepares = new Prepares(this, client.alloc());
  }

  // ---- the lease ----

  public boolean leased() {
    return server != null;
  }

  public ServerConnection server() {
    return server;
  }

  public Pool pool() {
    return pool;
  }

  public Counters counters() {
    return counters;
  }

  /** The statements that are prepared on its server connection. */
  public Prepares prepares() {
    return prepares;
  }

  public void open(ServerConnection leased, Pool from, Counters count) {
    server = leased;
    pool = from;
    counters = count;
    countAnew();
  }

  /** What has been counted is somebody else's. */
  public void countAnew() {
    received = 0;
    sent = 0;
  }

  /** Bytes the client has sent in this lease, or in the last one if there is none. */
  public long received() {
    return received;
  }

  /** Bytes the client was sent, likewise. */
  public long sent() {
    return sent;
  }

  /** Whether the server owes nothing and is not in the middle of a message. */
  public boolean quiet() {
    return server.quiet();
  }

  /**
   * Whether client's data is behind something of ours that is not answered yet and may still fail.
   */
  public boolean behindPreamble() {
    Ledger ledger = server.ledger();
    return !ledger.isEmpty()
        && ledger.headAction() == Action.SWALLOW
        && ledger.tailAction() != Action.SWALLOW;
  }

  /** Ends the lease; the server owes nothing. */
  public void release(boolean rollback, boolean reset) {
    ServerConnection done = server;
    Pool home = pool;
    forget();
    done.reading(true);
    home.giveBack(done, rollback, reset);
  }

  /**
   * Ends the lease by closing the server connection.
   *
   * @param reason for the log, of the proxy's or its client's doing
   */
  public void abandon(String reason) {
    server.closeReason(reason);
    abandon();
  }

  private void abandon() {
    ServerConnection broken = server;
    Pool home = pool;
    try {
      broken.ledger().clear(this);
    } finally {
      forget();
      broken.close();
      // Not before: the server would be asked for a connection beyond its limit.
      broken.channel().closeFuture().addListener(closed -> home.closed(broken));
    }
  }

  private void forget() {
    first.close();
    server = null;
    pool = null;
    counters = null;
    preambleError = null;
    witness = null;
    events.leaseEnded();
  }

  // ---- a second chance ----

  /** Keeps what the client sends first in this lease until the server says something about it. */
  public void keepFirst(ClientStream stream) {
    stream.keptBy(first);
    first.begin(server.ledger());
  }

  /** What the client sends first could not be presented again as it was. */
  public void keepNothing() {
    first.giveUp();
  }

  /** The error that was held back is the client's after all. */
  public void proceed() {
    ServerConnection from = server;
    accept(from, first.end());
    if (from == server && !from.channel().isActive()) {
      lost(false);
    }
    client.flush();
  }

  /**
   * Ends the lease with its connection: everything that is owed is undone.
   *
   * @return what the client had sent, to be presented again; the caller's
   */
  public ByteBuf startOver() {
    ByteBuf messages = first.sent();
    abandon("fenced");
    return messages;
  }

  // ---- towards the server ----

  /** The client's own bytes, already accounted for. */
  public void toServer(ByteBuf bytes) {
    received += bytes.readableBytes();
    counters.bytesReceived += bytes.readableBytes();
    server.write(bytes);
  }

  public void flush() {
    server.flush();
  }

  /**
   * Brings the server session to the state the client needs; in front of the client's data.
   *
   * @param maxPrepared how many statements may be prepared on the server
   */
  public void settings(
      SessionSettings wanted,
      String searchPath,
      String workspaceSetting,
      String workspace,
      int maxPrepared) {
    // Only what changes the path recurs often enough.
    boolean recurs = maxPrepared > 0 && searchPath != null;
    boolean prepare = recurs && maxPrepared >= Preamble.LEAST_PREPARED;
    preamble.settings(server, wanted, searchPath, workspaceSetting, workspace, prepare);
    if (recurs) {
      // Also with a small bound: RELOAD may have lowered it.
      prepares.evict(maxPrepared, Long.MAX_VALUE);
    }
  }

  /** A transaction the client has begun without a server. */
  public void begin(List<String> statements) {
    preamble.send(server, statements);
  }

  /** Who looks on from now on, until it has seen enough or the lease ends. */
  public void watch(Witness who) {
    witness = who;
  }

  /** Accounts for a message that is about to be forwarded as it is. */
  public void expect(Reply reply, long effects, Object note) {
    witnessed(reply);
    if (effects != 0) {
      // It leaves more behind than a transaction does, or may end some on its own.
      first.giveUp();
    }
    Ledger ledger = server.ledger();
    if (!ledger.skipping()) {
      ledger.expect(reply, Action.FORWARD, effects, note);
    } else if (note != null) {
      skipped(reply, note);
    }
  }

  private void witnessed(Reply reply) {
    if (witness != null) {
      witness.expects(reply);
    }
  }

  /** A reply of our own in its place among the server's. */
  public void local(Reply reply, Object note) {
    Ledger ledger = server.ledger();
    if (ledger.skipping()) {
      skipped(reply, note);
    } else if (ledger.isEmpty()) {
      local(reply);
    } else {
      ledger.expect(reply, Action.FORWARD, 0, note);
    }
  }

  /** A Sync is about to be forwarded. */
  public void expectSync() {
    witnessed(Reply.SYNC);
    if (server.ledger().syncCounts()) {
      server.ledger().expect(Reply.SYNC, Action.FORWARD);
    }
  }

  /** Sends the Sync that is expected, since the client has sent none. */
  public void sync() {
    ByteBuf out = client.alloc().buffer(5);
    Frontend.sync(out);
    server.write(out);
    server.flush();
  }

  /** Asks the server to send what it owes now. */
  public void flushReplies() {
    ByteBuf out = client.alloc().buffer(5);
    Frontend.flush(out);
    server.write(out);
    server.flush();
  }

  /** Makes the server's transaction fail, as the client has been told it has. */
  public void failTransaction(boolean extended) {
    ByteBuf out = client.alloc().buffer();
    if (extended) {
      Frontend.parse(out, "", "refused by trunkline");
      server.ledger().expect(Reply.PARSE, Action.SWALLOW_ERROR);
    } else {
      Frontend.query(out, "refused by trunkline");
      server.ledger().expect(Reply.QUERY, Action.SWALLOW_ERROR);
    }
    server.unnamedStatement(0);
    server.write(out);
  }

  // ---- from the server ----

  @Override
  public void onServerBytes(ServerConnection from, ByteBuf chunk) {
    if (from != server) {
      // It came between two loops, after the lease had ended: nobody can tell whose it is.
      chunk.release();
      from.close();
      return;
    }
    ByteBuf heard = first.on() ? heard(chunk) : chunk;
    if (heard != null) {
      accept(from, heard);
    }
  }

  /** What may be dealt with now, or null: it is kept. */
  private ByteBuf heard(ByteBuf chunk) {
    return switch (first.hear(chunk)) {
      case UNDECIDED -> null;
      case OURS -> first.takeHeard();
      case ANSWER -> first.end();
      case SUSPECT -> events.suspects() ? null : first.end();
    };
  }

  private void accept(ServerConnection from, ByteBuf chunk) {
    try {
      from.accept(chunk, this);
    } catch (ProtocolViolation e) {
      lost(true);
    }
  }

  @Override
  public void onServerReadComplete(ServerConnection from) {
    client.flush();
  }

  @Override
  public void onServerWritability(ServerConnection from, boolean writable) {
    if (from == server) {
      events.serverWritable(writable);
    }
  }

  @Override
  public void onServerClosed(ServerConnection from) {
    if (from == server && !first.held()) {
      lost(false);
    }
  }

  private void lost(boolean protocolError) {
    abandon();
    events.serverLost(protocolError);
  }

  /** The client can take more data, or should not be given more for now. */
  public void clientWritable(boolean writable) {
    if (server != null) {
      server.reading(writable);
    }
  }

  @Override
  public void forward(ByteBuf bytes) {
    if (preambleError != null) {
      // The client's data did not run; the connection is closed at the end of the chunk.
      bytes.release();
      return;
    }
    sent += bytes.readableBytes();
    counters.bytesSent += bytes.readableBytes();
    if (witness != null) {
      witness.passes(bytes);
    }
    client.write(Backlog.fit(client, bytes), client.voidPromise());
    if (!client.isWritable()) {
      server.reading(false);
    }
  }

  @Override
  public void local(Reply reply) {
    if (preambleError != null) {
      return;
    }
    first.told();
    ByteBuf out = client.alloc().buffer(5);
    if (reply == Reply.LOCAL_PARSE) {
      Backend.parseComplete(out);
    } else {
      Backend.closeComplete(out);
    }
    client.write(out, client.voidPromise());
  }

  @Override
  public void commandComplete(ByteBuf buf, int from, int to) {
    events.commandComplete(buf, from, to);
  }

  @Override
  public boolean parameter(String name, String value, boolean clients) {
    server.parameters().put(name, value);
    return clients
        && preambleError == null
        && !preamble.announced(name, value)
        && events.parameterChanged(name, value);
  }

  @Override
  public void error(ByteBuf buf, int from, int to, Action action) {
    if (action == Action.SWALLOW) {
      preambleError = ErrorFields.decode(buf.slice(from, to - from));
    } else if (action != Action.SWALLOW_ERROR) {
      events.serverError(buf, from, to);
    }
  }

  /** Who has had all of its answers has nothing to do with the end of the connection. */
  @Override
  public boolean farewell() {
    boolean tells = events.keepsServer();
    if (!tells) {
      server.close("terminated by the server");
    }
    return tells;
  }

  @Override
  public void ready(byte status, Action action) {
    if (preambleError != null) {
      return;
    }
    server.transactionStatus(status);
    boolean failed = server.ledger().takeFailed();
    long effects = server.ledger().takeEffects();
    if (action != Action.SWALLOW) {
      if (witness != null) {
        witness.ready(status, failed);
      }
      events.serverReady(status, failed, effects);
    }
  }

  @Override
  public void skipped(Reply reply, Object note) {
    if (!prepares.undone(reply, note)) {
      events.skipped(reply, note);
    }
  }

  @Override
  public void chunkEnd() {
    if (preambleError != null) {
      ErrorFields error = preambleError;
      ServerConnection lost = server;
      abandon();
      events.preambleFailed(error, lost);
    } else if (server != null) {
      if (witness != null && !witness.goesOn()) {
        witness = null;
      }
      events.serverQuiet();
      if (server == null) {
        // The lease is over: the end of the read burst will not be told to us.
        client.flush();
      }
    }
  }
}
