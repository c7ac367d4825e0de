package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.PoolMode;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.metrics.WorkspaceActivity;
import dev.trunkline.proxy.pool.Pins;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Waiter;
import dev.trunkline.proxy.relay.ClientStream;
import dev.trunkline.proxy.relay.FrontendSink;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.relay.StatementTable;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.Lookup;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * The conversation with one logged-in client: decides for each message whether the proxy answers
 * it, refuses it, or sends it to a server, and to which; takes a lease for that and ends it. On the
 * client's event loop only.
 */
public final class ClientSession implements ClientStage, FrontendSink, Relay.Events {
  /** What a session holds up its client's messages for. */
  enum Hold {
    NONE,
    /** A server connection. */
    SERVER,
    /** The shard map. */
    LOOKUP,
    /** The replies the server still owes. */
    REPLIES,
    /** The end: the client has been told, or has said goodbye; nothing more is read from it. */
    END
  }

  /** Where the client is between two Syncs of the extended protocol. */
  enum Batch {
    NONE,
    OPEN,
    /** A server has work of it. */
    WORKING,
    /** After an error of ours: everything up to Sync is skipped. */
    SKIPPING;

    /** Where the client is behind one more message. */
    Batch after(boolean repliesAreOwed) {
      if (this == SKIPPING) {
        return this;
      }
      return this == WORKING || repliesAreOwed ? WORKING : OPEN;
    }

    boolean inProgress() {
      return this == OPEN || this == WORKING;
    }
  }

  private static final ErrorFields QUEUED =
      ErrorFields.notice(
          "00000", "No server connection available in postgres backend, client being queued");

  /** Session state that keeps a lease beyond its transaction. */
  static final long PINS =
      Effects.LISTEN
          | Effects.TEMP_TABLE
          | Effects.PREPARE
          | Effects.HOLD_CURSOR
          | Effects.ADVISORY_LOCK
          | Effects.SET_SESSION;

  private static final String STANDARD_STRINGS = "standard_conforming_strings";

  /** What a client may send ahead while it is held up. */
  private static final int HELD_BYTES = 64 * 1024;

  final ClientConnection connection;
  final Services services;
  final LoopContext context;
  final Identity identity;
  final Relay relay;
  final ClientStream stream;
  final StatementTable statements = new StatementTable();
  final WorkspaceState workspace = new WorkspaceState();
  final DelayedTransaction delayed = new DelayedTransaction();
  final SettingTracker settings;
  private final SimpleMessages simple;
  private final ExtendedMessages extended;
  private final Waiting waiting = new Waiting();
  private final long cancelKey;
  private final PoolMode mode;

  private Hold hold = Hold.NONE;
  private Batch batch = Batch.NONE;
  private ErrorFields refusal;
  private String serverStrings = "on";
  private boolean serverWritable = true;
  private boolean closed;
  private int position;

  // The route at hand, and of the lease.
  private Route route;
  private String routeKey;
  private long routeEpoch = Long.MIN_VALUE;
  private Router routedBy;
  private String awaited;
  private String leaseKey;
  private Route leaseRoute;
  private boolean floating;
  private WorkspaceActivity.Entry activity;
  private String activityKey;

  // Times, nanoTime; 0 = none.
  private long queryBegan;
  private long transactionBegan;
  private long lastActive = System.nanoTime();
  private long requestMillis = System.currentTimeMillis();

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
    this.mode = services.directory().mode(identity.database(), identity.user());
    this.relay = new Relay(connection.channel(), this);
    Settings config = services.config().settings();
    int limit = (int) Math.min(config.get(Keys.MAX_STATEMENT_BYTES), Integer.MAX_VALUE - 64);
    this.stream = new ClientStream(connection.channel().alloc(), this, limit);
    this.settings = new SettingTracker(startup, workspace);
    this.simple = new SimpleMessages(this);
    this.extended = new ExtendedMessages(this);
    this.cancelKey = services.cancelKeys().register(() -> context.loop().execute(this::cancel));
    workspace.set(identity.workspace(), false);
    workspace.transactionBegins();
    context.add(this);
  }

  /**
   * What the session begins with.
   *
   * @param shard the logical shard its startup message names, or null
   * @param parameters what servers of the database report at login
   */
  void startsWith(String shard, Map<String, String> parameters) {
    if (shard != null) {
      workspace.setShard(shard, false);
      workspace.transactionBegins();
    }
    serverStrings = parameters.getOrDefault(STANDARD_STRINGS, "on");
  }

  // ---- identity and views ----

  public Identity identity() {
    return identity;
  }

  public ClientConnection connection() {
    return connection;
  }

  public PoolMode mode() {
    return mode;
  }

  public long requestMillis() {
    return requestMillis;
  }

  /** The server connection it holds, or null. */
  public ServerConnection server() {
    return relay.server();
  }

  public Hold hold() {
    return hold;
  }

  /** As in SHOW CLIENTS. */
  public String state() {
    if (hold == Hold.SERVER) {
      return "waiting";
    }
    return relay.leased() ? "active" : "idle";
  }

  /** The workspace it works for, or "". */
  public String workspaceText() {
    String now = workspace.workspace();
    return now == null ? "" : now;
  }

  public int preparedStatements() {
    return statements.size();
  }

  /** How long it has waited for a server connection, in microseconds. */
  public long waitedMicros() {
    return hold == Hold.SERVER ? (System.nanoTime() - waiting.sinceNanos()) / 1_000 : 0;
  }

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
    return mode == PoolMode.SESSION;
  }

  Batch batch() {
    return batch;
  }

  void batch(Batch next) {
    batch = next;
  }

  /**
   * Whether a backslash in a string is an ordinary character. A server reads all of a Query before
   * it runs any of it, so what the text itself sets does not matter.
   */
  boolean standardStrings() {
    String set = settings.wanted().get(STANDARD_STRINGS);
    return !PgBoolean.isFalse(set == null ? serverStrings : set);
  }

  /** Whether how the text is to be read depends on replies that are owed. */
  boolean unreadable(ByteBuf buf, int from, int to) {
    return !settings.certain()
        && relay.leased()
        && !relay.quiet()
        && buf.indexOf(from, to, (byte) '\\') >= 0;
  }

  /**
   * Whether a statement's effect would be lost with a floating server's transaction, which is never
   * committed.
   */
  boolean losesEffect(StatementKind kind) {
    return kind == StatementKind.NOTIFY
        && delayed.state() != DelayedTransaction.State.NONE
        && (!relay.leased() || floating);
  }

  /** The end of what PostgreSQL would have run as one transaction, if it is not in a block. */
  void implicitTransactionEnds(boolean rolledBack) {
    if (!inTransaction()) {
      settings.transactionEnds(rolledBack);
    }
  }

  /** Whether the client is inside a transaction block, as far as replies have told. */
  boolean inTransaction() {
    return delayed.active() || (relay.leased() && relay.server().transactionStatus() != 'I');
  }

  // ---- from the client ----

  @Override
  public void onBytes(ByteBuf chunk) {
    if (hold == Hold.END) {
      chunk.release();
      return;
    }
    lastActive = System.nanoTime();
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
      maybeRelease();
    }
  }

  @Override
  public int onMessage(byte tag, ByteBuf buf, int from, int to, int length) {
    if (skipsToSync() || hold == Hold.END) {
      return DONE;
    }
    if (beginsSecondBatch()) {
      return holdForReplies();
    }
    if (tag == 'Q') {
      return simple.query(buf, from, to);
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
  public int onStreamed(byte tag, int length) {
    if (hold == Hold.END) {
      return DONE;
    }
    return switch (tag) {
      case 'S' -> extended.sync();
      case 'H' -> relay.leased() ? FORWARD : DONE;
      case 'd' -> relay.leased() ? FORWARD : DONE;
      case 'c', 'f' -> copyEnd();
      case 'F' -> functionCall();
      case 'X' -> terminate();
      default -> throw new ProtocolViolation("invalid frontend message type " + tag);
    };
  }

  @Override
  public int onOversized(byte tag, int length) {
    if (tag == 'Q' && !sharded() && batch != Batch.SKIPPING) {
      int verdict = lease(null, true);
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

  private int copyEnd() {
    if (!relay.leased()) {
      return DONE;
    }
    relay.server().ledger().copyEnds();
    return FORWARD;
  }

  private int functionCall() {
    if (skipsToSync()) {
      return DONE;
    }
    if (beginsSecondBatch()) {
      return holdForReplies();
    }
    simple.becomesCurrent();
    int verdict = lease(null, false);
    if (verdict == FORWARD) {
      startClock();
      relay.expect(Reply.FUNCTION, Effects.OPAQUE, null);
    }
    return verdict;
  }

  private int terminate() {
    hold = Hold.END;
    connection.close();
    return DONE;
  }

  /**
   * The error for turning to another workspace while a server's transaction belongs to one, or
   * null.
   *
   * @param key workspace id, or "shard " and a shard's name
   */
  ErrorFields boundElsewhere(String key) {
    boolean bound =
        relay.leased()
            && leaseKey != null
            && (relay.server().transactionStatus() != 'I' || batch == Batch.WORKING);
    return !bound || leaseKey.equals(key) ? null : RouteErrors.twoWorkspaces(leaseKey, key);
  }

  /** The logical shard of the lease, "" where nothing is sharded. */
  String leaseSchema() {
    return leaseRoute == null ? "" : leaseRoute.schema();
  }

  /** A simple query is about to be forwarded. */
  void expectQuery(long effects) {
    startClock();
    relay.server().unnamedStatement(0);
    relay.expect(Reply.QUERY, effects, null);
    countQuery();
  }

  void countQuery() {
    relay.counters().queries++;
    if (activity != null) {
      activity.queries.increment();
    }
  }

  void startClock() {
    if (queryBegan == 0) {
      queryBegan = System.nanoTime();
      if (transactionBegan == 0) {
        transactionBegan = queryBegan;
      }
    }
  }

  // ---- leases ----

  /**
   * Makes sure that a lease is there which is right for a statement, and that the server session is
   * in the state the client needs.
   *
   * @param comment the workspace named by the statement itself, or null
   * @param free whether the statement touches no table of the user
   * @return FORWARD: go on; BLOCK: the message is presented again; DONE: it has been refused
   */
  int lease(String comment, boolean free) {
    if (refusal != null) {
      ErrorFields error = refusal;
      refusal = null;
      return refuse(error);
    }
    if (!sharded()) {
      return relay.leased() ? FORWARD : acquire(identity.pool(services.directory(), null));
    }
    String named = workspace.workspace();
    if (comment != null && named != null && !comment.equals(named)) {
      return refuse(RouteErrors.commentConflict(named, comment));
    }
    String shard = workspace.shard();
    String id = comment != null ? comment : named;
    String key = shard != null ? "shard " + shard : id;
    if (relay.leased()) {
      return leaseAgain(key, id, shard, free);
    }
    if (key == null) {
      return free ? floating(null) : refuse(RouteErrors.noWorkspace());
    }
    return route(key, id, shard, free);
  }

  private int leaseAgain(String key, String id, String shard, boolean free) {
    if (key != null && key.equals(leaseKey) && stays()) {
      return FORWARD;
    }
    if (free && (key == null || leaseKey != null || floating)) {
      return FORWARD;
    }
    if (!relay.quiet()) {
      return holdForReplies();
    }
    if (relay.server().transactionStatus() != 'I' || batch == Batch.WORKING) {
      return refuse(
          key == null ? RouteErrors.noWorkspace() : RouteErrors.twoWorkspaces(leaseKey, key));
    }
    return key == null ? refuse(RouteErrors.noWorkspace()) : moveLease(key, id, shard);
  }

  /**
   * Whether a lease goes on as it is: within a transaction always; a pinned one beyond that as long
   * as the map and the configuration it was routed by are in force.
   */
  private boolean stays() {
    return relay.server().transactionStatus() != 'I'
        || batch == Batch.OPEN
        || current(services.router());
  }

  /** A pinned lease turns to another workspace: possible on the same host only. */
  private int moveLease(String key, String id, String shard) {
    int verdict = resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (refusal != null || route == null) {
      return lease(id, false);
    }
    if (!route.host().name().equals(relay.server().endpoint().name())) {
      return refuse(RouteErrors.pinned(Pins.text(relay.server().residue())));
    }
    leaseRoute = route;
    leaseKey = key;
    stream.cut();
    enter(id);
    return FORWARD;
  }

  private int route(String key, String id, String shard, boolean free) {
    int verdict = resolve(key, id, shard);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (refusal != null) {
      ErrorFields error = refusal;
      refusal = null;
      return free ? floating(error) : refuse(error);
    }
    leaseRoute = route;
    leaseKey = key;
    floating = false;
    return acquire(identity.pool(services.directory(), route.host()));
  }

  /** Finds the route of a key, or the refusal; BLOCK while the map is being asked. */
  private int resolve(String key, String id, String shard) {
    Router router = services.router();
    if (route != null && key.equals(routeKey) && current(router)) {
      return FORWARD;
    }
    long epoch = router.epoch();
    if (shard != null) {
      Placement placement = router.shard(shard);
      refusal =
          placement == null
              ? RouteErrors.unknownShard(shard)
              : router.refusal(
                  "logical shard \"" + shard + "\"", placement, identity.listenerGroup());
      remember(key, epoch, placement);
      return FORWARD;
    }
    Lookup answer = router.store().peek(id);
    if (answer == null) {
      hold = Hold.LOOKUP;
      awaited = key;
      routedBy = router;
      updateReading();
      router
          .store()
          .load(id, found -> context.loop().execute(() -> lookedUp(key, id, epoch, found)));
      return BLOCK;
    }
    take(key, id, epoch, answer);
    return FORWARD;
  }

  /** Whether the route at hand follows from the map and the configuration in force. */
  private boolean current(Router router) {
    return routedBy == router && routeEpoch == router.epoch();
  }

  private void take(String key, String id, long epoch, Lookup answer) {
    refusal = services.router().refusal(id, answer, identity.listenerGroup());
    remember(key, epoch, answer instanceof Lookup.Found found ? found.placement() : null);
  }

  private void remember(String key, long epoch, Placement placement) {
    boolean usable = refusal == null && placement != null;
    route = usable ? services.router().route(placement, identity.database()) : null;
    routeKey = key;
    routedBy = services.router();
    routeEpoch = epoch;
  }

  private void lookedUp(String key, String id, long epoch, Lookup answer) {
    if (closed || hold != Hold.LOOKUP || !key.equals(awaited)) {
      return;
    }
    // The answer itself counts, even if the cache has dropped it again by now; but only if the map
    // is still the one that was asked. Otherwise it is asked again.
    if (services.router() == routedBy && epoch == routedBy.epoch()) {
      take(key, id, epoch, answer);
    }
    unhold();
  }

  /** A lease for statements that touch no table of the user, anywhere. */
  private int floating(ErrorFields whyNotRouted) {
    Router router = services.router();
    Placement any = router.anyShard(identity.listenerGroup(), position);
    if (any == null) {
      return refuse(whyNotRouted != null ? whyNotRouted : RouteErrors.noWorkspace());
    }
    leaseRoute = router.route(any, identity.database());
    leaseKey = null;
    floating = true;
    return acquire(identity.pool(services.directory(), leaseRoute.host()));
  }

  private int acquire(Pool pool) {
    waiting.pool = pool;
    waiting.notified = false;
    hold = Hold.SERVER;
    ServerConnection server = pool.acquire(waiting);
    if (server != null) {
      leased(server);
      return FORWARD;
    }
    if (refusal != null) {
      hold = Hold.NONE;
      ErrorFields error = refusal;
      refusal = null;
      return refuse(error);
    }
    if (hold == Hold.NONE) {
      return FORWARD;
    }
    updateReading();
    return BLOCK;
  }

  private void leased(ServerConnection server) {
    hold = Hold.NONE;
    requestMillis = System.currentTimeMillis();
    Counters counters = waiting.pool.counters(context.index());
    relay.open(server, waiting.pool, counters);
    count(workspaceOfLease());
    counters.assignments++;
    serverWritable = server.channel().isWritable();
    if (!connection.channel().isWritable()) {
      server.reading(false);
    }
    enter(workspaceOfLease());
  }

  private void count(String id) {
    if (id == null) {
      activity = null;
      activityKey = null;
    } else if (!id.equals(activityKey)) {
      activity = services.activity().entry(id);
      activityKey = id;
    }
  }

  private String workspaceOfLease() {
    return floating || leaseKey == null || workspace.shard() != null ? null : leaseKey;
  }

  /** Puts the server session into the client's state, and begins its delayed transaction. */
  private void enter(String id) {
    if (sessionMode() && !settings.firstLease()) {
      return;
    }
    String setting = identity.database().workspaceSetting();
    String path = leaseRoute == null ? null : leaseRoute.searchPath();
    relay.settings(settings.wanted(), path, setting, id);
    settings.leased(relay.server());
    if (delayed.open()) {
      relay.begin(delayed.statements());
      delayed.sent();
    }
  }

  /** The client of a pool's queue. */
  private final class Waiting extends Waiter {
    private Pool pool;
    private boolean notified;

    @Override
    protected EventLoop loop() {
      return context.loop();
    }

    @Override
    protected Owner owner() {
      return relay;
    }

    @Override
    protected String searchPath() {
      return leaseRoute == null ? null : leaseRoute.searchPath();
    }

    @Override
    protected long timeoutNanos() {
      return services.config().settings().get(Keys.QUERY_WAIT_TIMEOUT).toNanos();
    }

    @Override
    protected void granted(ServerConnection server) {
      if (closed || hold != Hold.SERVER) {
        pool.giveBack(server, false, false);
        return;
      }
      if (sharded() && !floating && !current(services.router())) {
        // The map has changed while it waited: the host may be another one now.
        pool.giveBack(server, false, false);
        unhold();
        return;
      }
      long waited = (System.nanoTime() - sinceNanos()) / 1_000;
      boolean blocked = stream.blocked();
      leased(server);
      relay.counters().waitMicros += waited;
      relay.counters().wait.record(waited);
      if (blocked) {
        goOn();
      }
    }

    @Override
    protected void refused(ErrorFields error) {
      if (closed || hold != Hold.SERVER) {
        return;
      }
      refusal = sharded() ? error.withSeverity("ERROR") : error;
      if (stream.blocked()) {
        unhold();
      }
    }

    @Override
    protected void moved() {
      if (!closed && hold == Hold.SERVER) {
        unhold();
      }
    }
  }

  // ---- holding and going on ----

  /** The message waits until the server has answered everything before it. */
  int holdForReplies() {
    stream.cut();
    // Even the first message of a batch may have sent a preamble that no Sync follows.
    relay.flushReplies();
    hold = Hold.REPLIES;
    updateReading();
    return BLOCK;
  }

  private void unhold() {
    hold = Hold.NONE;
    goOn();
  }

  private void goOn() {
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
  private void updateReading() {
    boolean room = stream.pendingBytes() < HELD_BYTES;
    connection.reading(hold != Hold.END && serverWritable && room);
  }

  @Override
  public void serverWritable(boolean writable) {
    serverWritable = writable;
    updateReading();
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
      refusal = null;
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
    if (closed || hold == Hold.END) {
      return;
    }
    if (hold == Hold.SERVER) {
      waiting.pool.cancel(waiting);
    }
    hold = Hold.END;
    report(error);
    connection.fatal(error);
  }

  /** ReadyForQuery of our own. */
  void ready() {
    byte status = relay.leased() ? relay.server().transactionStatus() : delayed.status();
    connection.write(out -> Backend.readyForQuery(out, status));
  }

  // ---- from the server ----

  @Override
  public void serverReady(byte status, boolean failed, long effects) {
    long now = System.nanoTime();
    lastActive = now;
    remember(effects);
    countQuery(now, status);
    settings.ready(relay.server(), status, failed);
    delayedReady(status);
    if (mode == PoolMode.STATEMENT && status != 'I') {
      fatal(ErrorFields.fatal("08P01", "transaction blocks not allowed in statement pooling mode"));
    }
  }

  /** A floating server's transaction is the proxy's again; another one has taken it over. */
  private void delayedReady(byte status) {
    if (status == 'I') {
      delayed.end();
    } else if (delayed.state() != DelayedTransaction.State.NONE) {
      if (floating) {
        delayed.takeBack(status == 'E');
      } else {
        delayed.end();
      }
    }
  }

  /** Keeps in mind what statements left on the server session, and what they cleared there. */
  private void remember(long effects) {
    ServerConnection server = relay.server();
    long residue = server.residue() | (effects & ~Effects.CLEARING & ~Effects.SEARCH_PATH);
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

  private void countQuery(long now, byte status) {
    Counters counters = relay.counters();
    if (queryBegan != 0) {
      long micros = (now - queryBegan) / 1_000;
      counters.queryMicros += micros;
      counters.query.record(micros);
      queryBegan = relay.server().ledger().isEmpty() ? 0 : now;
    }
    if (status == 'I' && transactionBegan != 0) {
      long micros = (now - transactionBegan) / 1_000;
      counters.transactions++;
      counters.transactionMicros += micros;
      counters.transaction.record(micros);
      transactionBegan = queryBegan;
      if (activity != null) {
        activity.transactions.increment();
      }
    }
  }

  @Override
  public void commandComplete(ByteBuf buf, int from, int to) {
    byte first = buf.getByte(from);
    if (first == 'D' && is(buf, from, to, DISCARD_ALL)) {
      discarded();
    } else if (first == 'D' && is(buf, from, to, DEALLOCATE_ALL)) {
      deallocated();
    } else if (first == 'S' || first == 'R' || first == 'C') {
      settings.commandComplete(relay.server(), buf, from, to);
    }
  }

  private static final byte[] DISCARD_ALL = "DISCARD ALL".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DEALLOCATE_ALL = "DEALLOCATE ALL".getBytes(StandardCharsets.US_ASCII);

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
    relay.server().discarded();
    if (sharded()) {
      pathLost();
    }
    forgetSession();
  }

  /** What RESET ALL means for what the proxy remembers of the session. */
  void resetSettings() {
    settings.discarded();
    workspace.set(identity.workspace(), false);
    workspace.setShard(null, false);
  }

  /** What DISCARD ALL means for what the proxy remembers of the session. */
  void forgetSession() {
    resetSettings();
    statements.clear();
    extended.forgetUnnamed();
  }

  /**
   * The lease's server session loses its search_path: it is set again before anything else runs.
   */
  void pathLost() {
    leaseKey = null;
    relay.server().routedTo(null, null);
  }

  private void deallocated() {
    ServerConnection server = relay.server();
    server.prepared().clear();
    server.unnamedStatement(0);
    server.residue(server.residue() & ~Effects.PREPARE);
    statements.clear();
  }

  @Override
  public boolean parameterChanged(String name, String value) {
    settings.reported(relay.server(), name, value);
    return !(sharded() && name.equals("search_path"));
  }

  @Override
  public void serverError(ByteBuf buf, int from, int to) {
    services.errors().count(sqlstate(buf, from, to));
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
  public void preambleFailed(ErrorFields error) {
    boolean wasSent = delayed.state() == DelayedTransaction.State.SENT;
    resetClock();
    serverGone();
    if (wasSent) {
      delayed.lost();
    }
    settings.lost();
    ErrorFields told =
        ErrorFields.error(error.sqlstate(), "could not prepare the server session")
            .withDetail("The server said: " + error.message())
            .withHint("The statement did not run; it can be repeated.");
    report(told);
    connection.write(out -> Backend.error(out, told));
    if (batch.inProgress()) {
      batch = Batch.SKIPPING;
    } else {
      implicitTransactionEnds(true);
      ready();
    }
    endHoldForReplies();
    connection.flush();
  }

  @Override
  public void skipped(Reply reply, Object note) {
    extended.skipped(reply, note);
  }

  @Override
  public void serverQuiet() {
    if (!relay.quiet()) {
      return;
    }
    maybeRelease();
    endHoldForReplies();
  }

  private void endHoldForReplies() {
    if (hold == Hold.REPLIES) {
      unhold();
    }
  }

  @Override
  public void serverLost(boolean protocolError) {
    resetClock();
    settings.lost();
    if (closed) {
      return;
    }
    fatal(
        ErrorFields.fatal("08006", "server conn crashed?")
            .withDetail(
                protocolError
                    ? "The server sent a message that was not expected."
                    : "The server closed the connection.")
            .withHint("Whether the last transaction took effect is not known."));
  }

  // ---- the end of a lease ----

  private void maybeRelease() {
    if (!relay.leased() || !relay.quiet() || stream.midForward() || batch.inProgress()) {
      return;
    }
    ServerConnection server = relay.server();
    byte status = server.transactionStatus();
    boolean takenBack = floating && delayed.active();
    if (server.ledger().inCopyIn() || server.ledger().skipping()) {
      return;
    }
    if ((status != 'I' && !takenBack) || sessionMode()) {
      return;
    }
    if ((server.residue() & PINS) != 0 && pins()) {
      return;
    }
    endLease(takenBack && status != 'I', false);
  }

  private boolean pins() {
    return services.config().settings().get(Keys.SESSION_STATE) == Settings.SessionState.PIN;
  }

  private void endLease(boolean rollback, boolean reset) {
    resetClock();
    settings.released(relay.server());
    leaseKey = null;
    boolean always = services.config().settings().get(Keys.SERVER_RESET_QUERY_ALWAYS);
    relay.release(rollback, reset || always);
    serverGone();
  }

  /** Nobody reports any more that the server can take data again. */
  private void serverGone() {
    if (!serverWritable) {
      serverWritable = true;
      updateReading();
    }
  }

  private void resetClock() {
    queryBegan = 0;
    transactionBegan = 0;
  }

  // ---- cancel, timeouts, close ----

  /** A CancelRequest with this session's key has come. */
  void cancel() {
    if (closed) {
      return;
    }
    if (hold == Hold.SERVER || hold == Hold.LOOKUP) {
      cancelWaiting();
    } else if (relay.leased() && !relay.quiet()) {
      services.directory().pools().connector().cancel(relay.server());
    }
  }

  private void cancelWaiting() {
    if (hold == Hold.SERVER && !waiting.pool.cancel(waiting)) {
      return;
    }
    refusal = ErrorFields.error("57014", "canceling statement due to user request");
    unhold();
  }

  void tick(long now) {
    Settings config = services.config().settings();
    if (!relay.leased()) {
      notifyWaiting(now, config.get(Keys.QUERY_WAIT_NOTIFY));
      if (hold == Hold.NONE && over(now, lastActive, config.get(Keys.CLIENT_IDLE_TIMEOUT))) {
        fatal(ErrorFields.fatal("57P05", "client_idle_timeout"));
      }
      return;
    }
    boolean idle = relay.quiet();
    if (idle && config.get(Keys.SERVER_FAST_CLOSE) && leaseOutdated()) {
      fatal(
          ErrorFields.fatal("57P01", "database configuration changed")
              .withDetail("The server connection is to be closed, and server_fast_close is on.")
              .withHint("Connect again."));
    } else if (!idle && queryBegan != 0 && over(now, queryBegan, config.get(Keys.QUERY_TIMEOUT))) {
      fatal(ErrorFields.fatal("57014", "query timeout"));
    } else if (transactionBegan != 0
        && over(now, transactionBegan, config.get(Keys.TRANSACTION_TIMEOUT))) {
      fatal(ErrorFields.fatal("25P04", "transaction timeout"));
    } else if (idle
        && relay.server().transactionStatus() != 'I'
        && over(now, lastActive, config.get(Keys.IDLE_TRANSACTION_TIMEOUT))) {
      fatal(ErrorFields.fatal("25P03", "idle transaction timeout"));
    }
  }

  /** Whether a session-mode lease stands in the way of RECONNECT or RELOAD. */
  private boolean leaseOutdated() {
    ServerConnection server = relay.server();
    return sessionMode() && server.transactionStatus() == 'I' && relay.pool().outdated(server);
  }

  /** Once per wait, with PgBouncer's words. */
  private void notifyWaiting(long now, Duration limit) {
    if (hold == Hold.SERVER && !waiting.notified && over(now, waiting.sinceNanos(), limit)) {
      waiting.notified = true;
      connection.write(out -> Backend.notice(out, QUEUED));
      connection.flush();
    }
  }

  private static boolean over(long now, long since, Duration limit) {
    return !limit.isZero() && now - since > limit.toNanos();
  }

  /** An operator wants it gone. */
  public void kill(ErrorFields error) {
    fatal(error);
  }

  private void close() {
    if (closed) {
      return;
    }
    closed = true;
    services.cancelKeys().forget(cancelKey);
    context.remove(this);
    services.admission().leave(identity);
    stream.release();
    if (hold == Hold.SERVER) {
      waiting.pool.cancel(waiting);
    }
    if (relay.leased()) {
      endAbandonedLease();
    }
  }

  /** The client is gone: its transaction is rolled back, or the connection closed. */
  private void endAbandonedLease() {
    ServerConnection server = relay.server();
    boolean tidy =
        relay.quiet()
            && !stream.midForward()
            && batch == Batch.NONE
            && !server.ledger().inCopyIn()
            && !server.ledger().skipping();
    if (tidy) {
      endLease(server.transactionStatus() != 'I', sessionMode());
      return;
    }
    if (!server.ledger().isEmpty()) {
      services.directory().pools().connector().cancel(server);
    }
    relay.abandon();
  }
}
