package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.client.ClientSession.Batch;
import dev.trunkline.proxy.client.ClientSession.Hold;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.relay.ClientStream;
import dev.trunkline.proxy.relay.FrontendSink;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.relay.StatementTable;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.Replication;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The conversation with one logged-in client: decides for each message whether the proxy answers
 * it, refuses it, or sends it to a server, and to which; takes a lease for that and ends it. On the
 * client's event loop only.
 */
public final class ClientSession implements Session, ClientStage, FrontendSink {
  /** What a session holds up its client's messages for. */
  enum Hold {
    NONE,
    /** A server connection. */
    SERVER,
    /** The end of a pause. */
    GATE,
    /** The shard map. */
    LOOKUP,
    /** The shape of a statement that is new to the process. */
    SHAPE,
    /** Whether it still has the home where a server has refused it. */
    HOME,
    /** The replies the server still owes. */
    REPLIES,
    /** The end: the client has been told, or has said goodbye; nothing more is read from it. */
    END,
    /** The connection is gone. */
    CLOSED;

    boolean over() {
      return this == END || this == CLOSED;
    }
  }

  /** Whether the server at hand can take more data. */
  private enum Flow {
    OPEN,
    FULL
  }

  /** Where the client is between two Syncs of the extended protocol. */
  enum Batch {
    NONE,
    OPEN,
    /** After an error of ours: everything up to Sync is skipped. */
    SKIPPING;

    /** Where the client is behind one more message. */
    Batch next() {
      return this == SKIPPING ? this : OPEN;
    }
  }

  private static final String STANDARD_STRINGS = "standard_conforming_strings";
  private static final String CLIENT_ENCODING = "client_encoding";

  private static final String NO_PQEXEC = "disable_pqexec is set: use the extended query protocol.";

  /** What a client may send ahead while it is held up. */
  private static final int HELD_BYTES = 64 * 1024;

  final ClientConnection connection;
  final Services services;
  final LoopContext context;
  final Identity identity;
  final Pooling pooling;
  final Relay relay;
  final ClientStream stream;
  final StatementTable statements = new StatementTable();
  final WorkspaceState workspace = new WorkspaceState();
  final DelayedTransaction delayed = new DelayedTransaction();
  final SettingTracker settings;
  final Leases leases = new Leases(this);
  final SqlKeys sql = new SqlKeys(this);
  final CopyRows copy = new CopyRows(this);
  final RouteNotices notices = new RouteNotices(this);
  final SessionClock clock = new SessionClock(this);
  final DarkTap dark = new DarkTap(this);
  final SessionActivity activity = new SessionActivity(this);
  private final SimpleMessages simple;
  private final ExtendedMessages extended;
  private final SessionEvents events = new SessionEvents(this);
  private final long cancelKey;

  private Hold hold = Hold.NONE;
  private Batch batch = Batch.NONE;
  private String serverStrings = "on";
  private String serverEncoding;
  private Flow flow = Flow.OPEN;
  private int position;

  /** Counts Syncs and Queries, and what else ends a transaction if no block is open. */
  private int unit;

  ClientSession(
      ClientConnection connection,
      Services services,
      LoopContext context,
      Identity identity,
      SessionSettings startup) {
    this.connection = connection;
    this.services = services;
    this.context = context;
    this.identity = identity;
    this.pooling = new Pooling(this);
    this.relay = new Relay(connection.channel(), events);
    Settings config = services.config().settings();
    int limit = (int) Math.min(config.get(Keys.MAX_STATEMENT_BYTES), Integer.MAX_VALUE - 64);
    this.stream = new ClientStream(connection.channel().alloc(), this, limit);
    stream.maxPacket(config.get(Keys.MAX_PACKET_SIZE).intValue());
    this.settings = new SettingTracker(startup, workspace);
    this.simple = new SimpleMessages(this);
    this.extended = new ExtendedMessages(this);
    this.cancelKey = services.cancelKeys().register(new Canceler());
    workspace.startsWith(identity.workspace(), null);
    context.add(this);
  }

  /**
   * What the session begins with.
   *
   * @param shard the logical shard its startup message names, or null
   * @param parameters what servers of the database report at login
   */
  void startsWith(String shard, Map<String, String> parameters) {
    workspace.startsWith(identity.workspace(), shard);
    serverStrings = parameters.getOrDefault(STANDARD_STRINGS, "on");
    serverEncoding = parameters.get(CLIENT_ENCODING);
  }

  SessionEvents events() {
    return events;
  }

  // ---- identity and views ----

  @Override
  public Identity identity() {
    return identity;
  }

  @Override
  public ClientConnection connection() {
    return connection;
  }

  @Override
  public Replication replication() {
    return Replication.NONE;
  }

  @Override
  public long requestMillis() {
    return leases.requestMillis();
  }

  @Override
  public ServerConnection server() {
    return relay.server();
  }

  public Hold hold() {
    return hold;
  }

  @Override
  public String state() {
    if (hold == Hold.SERVER || hold == Hold.GATE) {
      return "waiting";
    }
    return relay.leased() ? "active" : "idle";
  }

  @Override
  public String workspaceText() {
    String now = workspace.workspace();
    return now == null ? "" : now;
  }

  @Override
  public int preparedStatements() {
    return statements.size();
  }

  @Override
  public long waitedMicros() {
    boolean waits = hold == Hold.SERVER || hold == Hold.GATE;
    return waits ? (System.nanoTime() - leases.waitingSinceNanos()) / 1_000 : 0;
  }

  @Override
  public String applicationName() {
    String name = settings.wanted().get("application_name");
    return name == null ? "" : name;
  }

  long cancelKey() {
    return cancelKey;
  }

  int position() {
    return position;
  }

  void position(int at) {
    position = at;
  }

  boolean sharded() {
    return identity.database().sharded();
  }

  boolean sessionMode() {
    return pooling.mode() == PoolMode.SESSION;
  }

  Batch batch() {
    return batch;
  }

  void batch(Batch next) {
    batch = next;
  }

  /** The number of what the client is at, between two Syncs or Queries. */
  int unit() {
    return unit;
  }

  void unitEnds() {
    unit++;
  }

  /**
   * Whether a backslash in a string is an ordinary character. A server reads all of a Query before
   * it runs any of it, so what the text itself sets does not matter.
   */
  boolean standardStrings() {
    String set = settings.wanted().get(STANDARD_STRINGS);
    return !PgBoolean.isFalse(set == null ? serverStrings : set);
  }

  /** The encoding of the client's texts, null for the servers' own. */
  String clientEncoding() {
    String set = settings.wanted().get(CLIENT_ENCODING);
    return set == null ? serverEncoding : set;
  }

  /** Whether how the text is to be read depends on replies that are owed. */
  boolean unreadable(ByteBuf buf, int from, int to) {
    return settingsUncertain() && buf.indexOf(from, to, (byte) '\\') >= 0;
  }

  /** Whether replies that are owed may change the client's settings. */
  boolean settingsUncertain() {
    return !settings.certain() && owedReplies();
  }

  /** The end of what PostgreSQL would have run as one transaction, if it is not in a block. */
  void implicitTransactionEnds(boolean rolledBack) {
    if (!inTransaction()) {
      settings.transactionEnds(rolledBack);
    }
  }

  /** Whether a server has not answered everything yet. */
  boolean owedReplies() {
    return relay.leased() && !relay.quiet();
  }

  /** Whether the client is inside a transaction block, as far as replies have told. */
  boolean inTransaction() {
    return delayed.active() || (relay.leased() && relay.server().transactionStatus() != 'I');
  }

  /** Runs it on the session's loop. From any thread. */
  void later(Runnable task) {
    context.loop().execute(() -> guarded(task));
  }

  /** What it throws ends the session, as it does when bytes of the client's are the cause. */
  void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      connection.failed(e);
    }
  }

  // ---- from the client ----

  @Override
  public void onBytes(ByteBuf chunk) {
    if (hold.over()) {
      chunk.release();
      return;
    }
    clock.active(System.nanoTime());
    try {
      stream.accept(chunk);
      afterClientBytes();
    } catch (ProtocolViolation e) {
      fatal(ErrorFields.fatal("08P01", e.getMessage()));
    }
  }

  @Override
  public void onReadComplete() {
    if (relay.leased()) {
      relay.flush();
    }
    connection.flush();
  }

  @Override
  public void onWritability(boolean writable) {
    relay.clientWritable(writable);
  }

  @Override
  public void onClosed() {
    close();
  }

  private void afterClientBytes() {
    if (stream.blocked()) {
      updateReading();
    }
    if (relay.leased() && !stream.midForward()) {
      leases.ending().maybe();
    }
  }

  @Override
  public int onMessage(byte tag, ByteBuf buf, int from, int to, int length) {
    if (skipsToSync() || hold.over()) {
      return DONE;
    }
    if (tag == 'd') {
      return copied(buf, from, to);
    }
    if (copy.waiting()) {
      throw new ProtocolViolation("unexpected message type " + tag + " during COPY from stdin");
    }
    copy.over();
    if (beginsSecondBatch()) {
      return holdForReplies();
    }
    int verdict = message(tag, buf, from, to, length);
    if (verdict != BLOCK) {
      sql.over();
    }
    return verdict;
  }

  private int copied(ByteBuf buf, int from, int to) {
    int verdict = copy.data(buf, from, to);
    if (verdict != BLOCK) {
      sql.over();
    }
    return verdict;
  }

  private int message(byte tag, ByteBuf buf, int from, int to, int length) {
    if (batch == Batch.NONE && !relay.leased()) {
      pooling.follow();
    }
    if (tag == 'Q') {
      return services.config().settings().get(Keys.DISABLE_PQEXEC)
          ? refuse(ErrorFields.fatal("08P01", "PQexec disallowed").withHint(NO_PQEXEC))
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
    return batch == Batch.SKIPPING || (relay.leased() && relay.server().ledger().skipping());
  }

  /** A preamble that fails makes the server skip the first batch behind it, and no other. */
  private boolean beginsSecondBatch() {
    return batch == Batch.NONE && relay.leased() && relay.behindPreamble();
  }

  @Override
  public boolean looksIntoCopy() {
    return copy.looking();
  }

  @Override
  public boolean looksIntoValues() {
    return sql.active();
  }

  @Override
  public int onStreamed(byte tag, int length) {
    if (hold.over()) {
      return DONE;
    }
    return switch (tag) {
      case 'S' -> sync();
      case 'H' -> relay.leased() ? FORWARD : DONE;
      case 'd' -> relay.leased() ? FORWARD : DONE;
      case 'c', 'f' -> copyEnd(tag);
      case 'F' -> functionCall();
      case 'X' -> terminate();
      default -> throw new ProtocolViolation("invalid frontend message type " + (tag & 0xff));
    };
  }

  @Override
  public int onOversized(byte tag, int length) {
    if (tag == 'Q' && !sharded() && !skipsToSync()) {
      if (beginsSecondBatch()) {
        return holdForReplies();
      }
      simple.becomesCurrent();
      int verdict = leases.lease(null, true);
      if (verdict == FORWARD) {
        expectQuery(Effects.OPAQUE);
      }
      return verdict;
    }
    fatal(
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
    if (copy.waiting()) {
      return DONE;
    }
    return beginsSecondBatch() ? holdForReplies() : extended.sync();
  }

  private int copyEnd(byte tag) {
    int verdict = copy.end(tag);
    if (verdict != BLOCK) {
      sql.over();
    }
    return verdict;
  }

  private int functionCall() {
    if (skipsToSync()) {
      return DONE;
    }
    if (beginsSecondBatch()) {
      return holdForReplies();
    }
    simple.becomesCurrent();
    ErrorFields aborted = simple.inFailedTransaction();
    int verdict = aborted != null ? refuse(aborted) : leases.lease(null, false);
    if (verdict == FORWARD) {
      clock.start();
      relay.expect(Reply.FUNCTION, Effects.OPAQUE, null);
      unitEnds();
      batch = Batch.NONE;
    }
    return verdict;
  }

  private int terminate() {
    hold = Hold.END;
    connection.close();
    return DONE;
  }

  /** A simple query is about to be forwarded. */
  void expectQuery(long effects) {
    clock.start();
    relay.server().unnamedStatement(0);
    // In a batch without Sync it leaves PostgreSQL 18 in a state that fails the next statement.
    relay.expect(Reply.QUERY, batch == Batch.OPEN ? effects | Effects.OPAQUE : effects, null);
    clock.countQuery();
    unitEnds();
    // It ends an extended batch that no Sync has ended, too.
    batch = Batch.NONE;
  }

  // ---- holding and going on ----

  /** The message waits until the server has answered everything before it. */
  int holdForReplies() {
    stream.cut();
    // Even the first message of a batch may have sent a preamble that no Sync follows.
    relay.flushReplies();
    hold(Hold.REPLIES);
    return BLOCK;
  }

  /** Another message than the one that is held up is presented next. */
  void forgetMessage() {
    simple.forgetMessage();
    sql.over();
  }

  void unhold() {
    hold = Hold.NONE;
    goOn();
  }

  void goOn() {
    try {
      stream.resume();
      afterClientBytes();
    } catch (ProtocolViolation e) {
      fatal(ErrorFields.fatal("08P01", e.getMessage()));
      return;
    }
    updateReading();
    onReadComplete();
  }

  /**
   * A client that is held up is read on, up to a limit: only a read notices that it has gone away.
   */
  void updateReading() {
    // What is kept because the rest of its message is missing would wait for ever.
    boolean room = !stream.blocked() || stream.pendingBytes() < HELD_BYTES;
    connection.reading(!hold.over() && flow == Flow.OPEN && room);
  }

  /** Why the client's messages are held up from now on. */
  void hold(Hold why) {
    hold = why;
    updateReading();
  }

  /** The server can take more data, or should not be given more for now. */
  void serverWritable(boolean writable) {
    Flow next = writable ? Flow.OPEN : Flow.FULL;
    if (next != flow) {
      flow = next;
      updateReading();
    }
  }

  // ---- refusing ----

  /**
   * Answers the message at hand with an error, in its place among the replies. A transaction fails
   * with it, as it would on a server.
   *
   * @return DONE, or BLOCK while earlier replies are owed
   */
  int refuse(ErrorFields error) {
    if (error.severity().equals("FATAL")) {
      fatal(error);
      return DONE;
    }
    if (relay.leased() && !relay.quiet()) {
      leases.refusal(null);
      return holdForReplies();
    }
    report(error);
    connection.write(out -> Backend.error(out, error));
    if (simple.current()) {
      simple.refused();
    } else {
      extended.refused();
    }
    return DONE;
  }

  void report(ErrorFields error) {
    services.errors().count(error.sqlstate());
    connection.logError(error);
  }

  /** Tells the client and closes. */
  void fatal(ErrorFields error) {
    if (hold.over()) {
      return;
    }
    leases.stopWaiting();
    hold = Hold.END;
    services.errors().count(error.sqlstate());
    connection.fatal(error);
  }

  /** ReadyForQuery of our own. */
  void ready() {
    batch = Batch.NONE;
    byte status = relay.leased() ? relay.server().transactionStatus() : delayed.status();
    connection.write(out -> Backend.readyForQuery(out, status));
  }

  void endHoldForReplies() {
    if (hold == Hold.REPLIES) {
      unhold();
    }
  }

  /** The server skipped a message, or failed it. */
  void skipped(Reply reply, Object note) {
    extended.skipped(reply, note);
  }

  /** DISCARD ALL has taken the unnamed statement too. */
  void forgetUnnamed() {
    extended.forgetUnnamed();
  }

  // ---- cancel, close ----

  /** A pause ends what runs in its scope. */
  void cancel() {
    cancel(outcome -> {});
  }

  /** A CancelRequest with this session's key has come. */
  private final class Canceler implements Cancelable {
    @Override
    public void cancel(Consumer<String> done) {
      later(() -> ClientSession.this.cancel(done));
    }

    @Override
    public String database() {
      return identity.database().name();
    }
  }

  private void cancel(Consumer<String> done) {
    if (!hold.over() && hold != Hold.HOME && owedReplies()) {
      services
          .directory()
          .pools()
          .connector()
          .cancel(relay.server(), () -> done.accept(Cancelable.SENT));
    } else if (!hold.over() && hold != Hold.NONE && hold != Hold.REPLIES) {
      cancelWaiting();
      done.accept("cancel request for waiting client");
    } else {
      done.accept("cancel request for idle client");
    }
  }

  /** What is on its way to it already finds the refusal. */
  private void cancelWaiting() {
    leases.refusal(ErrorFields.error("57014", "canceling statement due to user request"));
    boolean asks = hold == Hold.LOOKUP || hold == Hold.SHAPE;
    if (hold == Hold.HOME) {
      leases.chance().cancelled();
    } else if (asks || leases.stopWaiting()) {
      unhold();
    }
  }

  @Override
  public void kill(ErrorFields error) {
    fatal(error);
  }

  private void close() {
    if (hold == Hold.CLOSED) {
      return;
    }
    leases.stopWaiting();
    hold = Hold.CLOSED;
    services.cancelKeys().forget(cancelKey);
    context.remove(this);
    services.admission().leave(identity);
    stream.release();
    copy.release();
    if (relay.leased()) {
      leases.ending().abandoned();
    }
  }
}
