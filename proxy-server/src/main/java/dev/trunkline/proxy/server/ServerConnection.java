package dev.trunkline.proxy.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One connection to PostgreSQL with everything the proxy knows about its session. Its socket lives
 * on {@link #loop()} for ever; all other state belongs to one owner at a time and is touched only
 * on the owner's event loop. Ownership moves by tasks between the two loops, never by sharing.
 */
public final class ServerConnection {
  /** In place of a workspace: some value nobody knows. No workspace is called that. */
  public static final String UNKNOWN = "\0";

  private static final AtomicLong IDS = new AtomicLong();
  private static final AttributeKey<String> CLOSE_REASON =
      AttributeKey.valueOf("trunkline.close_reason");

  private final long id = IDS.incrementAndGet();
  private final long connectedMillis = System.currentTimeMillis();
  private final long connectedNanos = System.nanoTime();
  private final Channel channel;
  private final Endpoint endpoint;
  private final String user;
  private final Ledger ledger = new Ledger();
  private final ServerStream stream;
  private final PreparedCache prepared = new PreparedCache();
  private final Map<String, String> parameters = new HashMap<>();
  private Map<String, String> loginParameters = Map.of();
  private final AtomicInteger cancels = new AtomicInteger();
  private final int generation;

  private final Home home;
  private Owner idle;
  private Owner owner;
  private EventLoop ownerLoop;
  private ServerState state = ServerState.LOGIN;
  private int backendPid;
  private byte[] cancelKey = new byte[0];

  // What the server's session has that a fresh one has not.
  private SessionSettings applied = SessionSettings.EMPTY;
  private String searchPath;
  private String workspace;
  private long residue;
  private long unnamedStatement;
  private byte transactionStatus = 'I';
  private long freeSinceNanos;
  private long requestMillis = connectedMillis;

  /** Where a connection goes when its owner is done with it: its pool. */
  public interface Home {
    /** The state has changed; any thread. */
    void moved(ServerState from, ServerState to);

    /** The last cancel request to a connection that is being cancelled is done. Server's loop. */
    void cancelsDone(ServerConnection server);
  }

  ServerConnection(Channel channel, Connector.Target target) {
    this.channel = channel;
    this.endpoint = target.endpoint();
    this.user = target.user();
    this.home = target.home();
    this.generation = target.generation();
    this.ownerLoop = channel.eventLoop();
    this.stream = new ServerStream(ledger, channel.alloc());
    home.moved(null, ServerState.LOGIN);
  }

  // ---- identity ----

  public long id() {
    return id;
  }

  public EventLoop loop() {
    return channel.eventLoop();
  }

  public Channel channel() {
    return channel;
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  public String user() {
    return user;
  }

  /** The pool's generation when it was opened; RECONNECT makes older ones go. */
  public int generation() {
    return generation;
  }

  public int backendPid() {
    return backendPid;
  }

  /** Secret for CancelRequest; 4 bytes up to protocol 3.0, up to 256 in 3.2. */
  public byte[] cancelKey() {
    return cancelKey;
  }

  public long connectedMillis() {
    return connectedMillis;
  }

  public long ageNanos(long now) {
    return now - connectedNanos;
  }

  /** Values reported at login: the server's own, no client's. */
  public Map<String, String> loginParameters() {
    return loginParameters;
  }

  /** Values last reported with ParameterStatus. */
  public Map<String, String> parameters() {
    return parameters;
  }

  // ---- state ----

  public ServerState state() {
    return state;
  }

  /** The only way a state changes. */
  public void moveTo(ServerState next) {
    if (!state.mayBecome(next)) {
      throw new IllegalStateException(this + " cannot become " + next);
    }
    ServerState before = state;
    state = next;
    home.moved(before, next);
  }

  /** Hands the connection to a new owner. On the connection's own loop. */
  public void attach(Owner next, EventLoop nextLoop) {
    assert loop().inEventLoop();
    owner = next;
    ownerLoop = nextLoop;
  }

  /** Who owns it while no client does. */
  public void home(Owner idleOwner) {
    idle = idleOwner;
  }

  /** Back to {@link #home}. On the connection's own loop. */
  public void rest() {
    attach(idle, loop());
  }

  Owner owner() {
    return owner;
  }

  EventLoop ownerLoop() {
    return ownerLoop;
  }

  /** Walks a chunk from the server. On the owner's loop. */
  public void accept(ByteBuf chunk, ServerSink sink) {
    stream.accept(chunk, sink);
  }

  /** Whether no message is half received. */
  public boolean atBoundary() {
    return stream.atBoundary();
  }

  /** Whether no reply is owed and no message is half received. */
  public boolean quiet() {
    return ledger.isEmpty() && stream.atBoundary();
  }

  public Ledger ledger() {
    return ledger;
  }

  public PreparedCache prepared() {
    return prepared;
  }

  /** Transaction status of the last ReadyForQuery: I, T or E. */
  public byte transactionStatus() {
    return transactionStatus;
  }

  public void transactionStatus(byte status) {
    transactionStatus = status;
  }

  /** Settings of clients that are in force on this session. */
  public SessionSettings applied() {
    return applied;
  }

  public void applied(SessionSettings settings) {
    applied = settings;
  }

  /** The search_path the proxy has set, or null: the default, or unknown. */
  public String searchPath() {
    return searchPath;
  }

  /** The value of the workspace setting the proxy has set; null, or {@link #UNKNOWN}. */
  public String workspace() {
    return workspace;
  }

  /** What search_path and workspace setting are is not known any more: both are to be set. */
  public void routeLost() {
    routedTo(null, UNKNOWN);
  }

  public void routedTo(String path, String workspaceId) {
    searchPath = path;
    workspace = workspaceId;
  }

  /** {@code Effects} bits of what clients left on the session; 0 when it is clean. */
  public long residue() {
    return residue;
  }

  public void residue(long bits) {
    residue = bits;
  }

  /** Identity of the unnamed statement the session holds, 0 for none. */
  public long unnamedStatement() {
    return unnamedStatement;
  }

  public void unnamedStatement(long token) {
    unnamedStatement = token;
  }

  /** DISCARD ALL has run: the session is as after login. */
  public void discarded() {
    applied = SessionSettings.EMPTY;
    searchPath = null;
    workspace = null;
    residue = 0;
    forgetStatements();
  }

  /** The session has no prepared statements any more. */
  public void forgetStatements() {
    unnamedStatement = 0;
    prepared.clear();
  }

  /** When it last became free, {@link System#nanoTime}. */
  public long freeSinceNanos() {
    return freeSinceNanos;
  }

  public void freeSinceNanos(long now) {
    freeSinceNanos = now;
  }

  /** Wall clock of the last lease, for SHOW SERVERS. */
  public long requestMillis() {
    return requestMillis;
  }

  public void requestMillis(long millis) {
    requestMillis = millis;
  }

  // ---- bytes ----

  /** Queues bytes for the server; {@link #flush} sends them. */
  public void write(ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  public void flush() {
    channel.flush();
  }

  /** Stops or resumes reading from the server. */
  public void reading(boolean on) {
    if (channel.isActive() && channel.config().isAutoRead() != on) {
      channel.config().setAutoRead(on);
    }
  }

  /** Closes at once; the owner hears of it through {@link Owner#onServerClosed}. */
  public void close() {
    channel.close();
  }

  /** Closes, with a reason for the log; the first one counts. Any thread. */
  public void close(String reason) {
    channel.attr(CLOSE_REASON).setIfAbsent(reason);
    close();
  }

  /** Why the proxy closed it; null when it was not the proxy, or for no particular reason. */
  public String closeReason() {
    return channel.attr(CLOSE_REASON).get();
  }

  // ---- cancels ----

  /** A cancel request to this backend is on its way: it must not serve another client now. */
  public void cancelBegins() {
    cancels.incrementAndGet();
  }

  /** The cancel request has been delivered, or given up. Any thread. */
  public void cancelEnds() {
    if (cancels.decrementAndGet() == 0) {
      loop().execute(() -> home.cancelsDone(this));
    }
  }

  public boolean beingCanceled() {
    return cancels.get() > 0;
  }

  // ---- login ----

  void loggedIn(int pid, byte[] key) {
    backendPid = pid;
    cancelKey = key;
  }

  /** The server is ready for its first client. */
  void welcomed() {
    loginParameters = Map.copyOf(parameters);
  }

  /** The socket is gone. On the owner's loop. */
  void closed() {
    stream.release();
    if (state != ServerState.CLOSED) {
      moveTo(ServerState.CLOSED);
    }
  }

  /** Peer address as text, for views. */
  public String remoteAddress() {
    return endpoint.socketPath() != null
        ? "unix"
        : address(channel.remoteAddress() instanceof InetSocketAddress a ? a : null);
  }

  private static String address(InetSocketAddress address) {
    return address == null || address.getAddress() == null
        ? ""
        : address.getAddress().getHostAddress();
  }

  @Override
  public String toString() {
    return "S-" + id + " " + user + "@" + endpoint + " " + state;
  }
}
