package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.DONE;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.relay.ClientStream;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.relay.StatementTable;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Replication;
import io.netty.buffer.ByteBuf;
import java.util.Map;

/**
 * The conversation with one logged-in client: what belongs to it, from the first message to the
 * last, where it is in the protocol, and what it is told by the proxy itself. Its messages are
 * dealt with by {@link ClientMessages}, server connections found by {@link Leases}. On the client's
 * event loop only.
 */
public final class ClientSession implements Session, ClientStage {
  final ClientConnection connection;
  final Services services;
  final LoopContext context;
  final Identity identity;
  final Pooling pooling;
  final Relay relay;
  final ClientStream stream;
  final ClientMessages messages;
  final Intake intake = new Intake(this);
  final StatementTable statements = new StatementTable();
  final UnnamedStatement unnamed = new UnnamedStatement();
  final ServerStatements prepared;
  final WorkspaceState workspace = new WorkspaceState();
  final DelayedTransaction delayed = new DelayedTransaction();
  final SettingTracker settings;
  final TextRules texts;
  final LeasePlace place = new LeasePlace(this);
  final Leases leases = new Leases(this);
  final SqlKeys sql = new SqlKeys(this);
  final CopyRows copy = new CopyRows(this);
  final RouteNotices notices = new RouteNotices(this);
  final SessionClock clock = new SessionClock(this);
  final DarkTap dark = new DarkTap(this);
  final SessionActivity activity = new SessionActivity(this);
  private final SessionEvents events = new SessionEvents(this);
  final SessionCancel cancel;

  private Batch batch = Batch.NONE;
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
    this.prepared = new ServerStatements(this);
    this.messages = new ClientMessages(this);
    this.stream = new ClientStream(connection.channel().alloc(), messages, limit);
    stream.maxPacket(config.get(Keys.MAX_PACKET_SIZE).intValue());
    this.settings = new SettingTracker(startup, workspace);
    this.texts = new TextRules(settings);
    this.cancel = new SessionCancel(this);
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
    texts.startsWith(parameters);
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

  @Override
  public String state() {
    if (intake.waits()) {
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
    return intake.waits() ? (System.nanoTime() - leases.waitingSinceNanos()) / 1_000 : 0;
  }

  @Override
  public String applicationName() {
    String name = settings.wanted().get("application_name");
    return name == null ? "" : name;
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
    if (intake.isOver()) {
      chunk.release();
      return;
    }
    clock.active(System.nanoTime());
    intake.accept(chunk);
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
    if (intake.hold() == Hold.CLOSED) {
      return;
    }
    leases.stopWaiting();
    intake.end(Hold.CLOSED);
    cancel.forget();
    context.remove(this);
    services.admission().leave(identity);
    stream.release();
    copy.release();
    if (relay.leased()) {
      leases.ending().abandoned();
    }
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
      return intake.holdForReplies();
    }
    report(error);
    connection.write(out -> Backend.error(out, error));
    messages.refused();
    return DONE;
  }

  void report(ErrorFields error) {
    services.errors().count(error.sqlstate());
    connection.logError(error);
  }

  /** Tells the client and closes. */
  void fatal(ErrorFields error) {
    if (intake.isOver()) {
      return;
    }
    leases.stopWaiting();
    intake.end(Hold.END);
    services.errors().count(error.sqlstate());
    connection.fatal(error);
  }

  /** ReadyForQuery of our own. */
  void ready() {
    batch = Batch.NONE;
    byte status = relay.leased() ? relay.server().transactionStatus() : delayed.status();
    connection.write(out -> Backend.readyForQuery(out, status));
  }

  @Override
  public void kill(ErrorFields error) {
    fatal(error);
  }
}
