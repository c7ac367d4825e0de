package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The server connections of one host, database and user. Shared by all event loops: one short lock,
 * under which is decided what to do; it is done after the lock is released.
 *
 * <p>A client gets an idle connection of its own loop, one that already sits on its search_path if
 * there is one, most recently used first; else a new one is opened while the sizes allow; else an
 * idle one of another loop; else it queues. A freed connection goes to the client that has waited
 * longest.
 */
public final class Pool implements ServerConnection.Home {
  /** While a connect attempt hangs for longer than this, clients get the last error at once. */
  private static final long HANGING_NANOS = 200_000_000L;

  private static final String DISCARD_ALL = "DISCARD ALL";

  /** A failure this recent is not tried again for each client. */
  private static final long FRESH_FAILURE_NANOS = 100_000_000L;

  private final PoolKey key;
  private final Pools pools;
  private final Endpoint endpoint;
  private final List<Budget> budgets;
  private final Counters[] counters;
  private final Map<ServerState, AtomicInteger> states = new EnumMap<>(ServerState.class);
  private final ReentrantLock lock = new ReentrantLock();
  private final Idle idleOwner = new Idle(this);

  // Under the lock.
  private final ArrayList<ServerConnection> idle = new ArrayList<>();
  private final Set<ServerConnection> all = new HashSet<>();
  private final WaitQueue waiters = new WaitQueue();
  private PoolOptions options;
  private Credential credential;
  private String connectQuery;
  private int opening;
  private long openingSince;
  private int generation;
  private boolean paused;
  private boolean retired;
  private ConnectFailure failure;
  private long failedAt;
  private long lastLifetimeClose;
  private long lastUsed = System.nanoTime();

  Pool(PoolKey key, Pools pools, PoolSpec spec, int loops) {
    this.key = key;
    this.pools = pools;
    this.endpoint = spec.endpoint();
    this.budgets = spec.budgets();
    this.options = spec.options();
    this.credential = spec.credential();
    this.connectQuery = spec.connectQuery();
    for (ServerState state : ServerState.values()) {
      states.put(state, new AtomicInteger());
    }
    this.counters = new Counters[loops];
    for (int i = 0; i < loops; i++) {
      counters[i] = new Counters();
    }
  }

  // ---- leases ----

  /**
   * A connection for a client, at once, or null: then the waiter is told later, on its loop. Called
   * on the waiter's loop.
   */
  public ServerConnection acquire(Waiter waiter) {
    long now = System.nanoTime();
    ServerConnection mine = null;
    ServerConnection foreign = null;
    ErrorFields refusal = null;
    int open = 0;
    lock.lock();
    try {
      lastUsed = now;
      if (retired) {
        refusal = retiredError();
      } else if (!paused && waiters.first() == null) {
        mine = takeIdle(waiter.loop(), waiter.searchPath(), now);
      }
      if (refusal == null && mine == null) {
        refusal = knownDown(now);
      }
      if (refusal == null && mine == null) {
        waiters.add(waiter, this, now);
        open = planOpening(now);
        if (open == 0 && !paused) {
          foreign = takeForeign(now);
        }
        if (foreign != null) {
          waiters.remove(waiter);
        }
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      waiter.refused(refusal);
    } else if (foreign != null) {
      deliver(foreign, waiter);
    }
    open(waiter.loop(), open);
    return mine == null ? null : leased(mine, waiter);
  }

  /**
   * The client does not wait any more.
   *
   * @return false when a connection is already on its way to it, and has to be released on arrival
   */
  public boolean cancel(Waiter waiter) {
    lock.lock();
    try {
      if (waiter.queuedIn != this) {
        return false;
      }
      waiters.remove(waiter);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The client is done. On the client's loop; the connection owes nothing and is not in a
   * transaction, unless the client vanished ({@code rollback}).
   *
   * @param rollback end the transaction first
   * @param reset run the reset query whether or not something is known to be left behind
   */
  public void giveBack(ServerConnection server, boolean rollback, boolean reset) {
    if (server.loop().inEventLoop()) {
      clean(server, rollback, reset);
    } else {
      server.loop().execute(() -> clean(server, rollback, reset));
    }
  }

  private void clean(ServerConnection server, boolean rollback, boolean reset) {
    server.attach(idleOwner, server.loop());
    if (!server.channel().isActive()) {
      // Its end may have been told to the client that does not hold it any more.
      closed(server);
      return;
    }
    if (!rollback && !reset && server.residue() == 0) {
      release(server); // nearly always: not even a list is made
      return;
    }
    List<String> queries = new ArrayList<>(2);
    if (rollback) {
      queries.add("ROLLBACK");
    }
    String query = currentOptions().resetQuery();
    // What is known to be left behind is wiped whatever the operator's query does.
    boolean wipe = server.residue() != 0 || (reset && isDiscard(query));
    if (wipe) {
      queries.add(DISCARD_ALL);
    } else if (reset && !query.isEmpty()) {
      queries.add(query);
      custom(server, query);
    }
    if (queries.isEmpty()) {
      release(server);
      return;
    }
    server.moveTo(ServerState.TESTED);
    Chore.run(server, this, queries, wipe);
  }

  private static boolean isDiscard(String query) {
    return query.strip().equalsIgnoreCase(DISCARD_ALL);
  }

  /** What is known of a session once an operator's own reset query has run. */
  private static void custom(ServerConnection server, String query) {
    String lower = query.toLowerCase(Locale.ROOT);
    server.routedTo(null, null);
    if (lower.contains("discard all")) {
      server.discarded();
    } else if (lower.contains("reset all")) {
      server.applied(SessionSettings.EMPTY);
    }
  }

  /** A clean connection comes back. On its own loop. */
  void release(ServerConnection server) {
    server.attach(idleOwner, server.loop());
    if (server.beingCanceled()) {
      server.moveTo(ServerState.BEING_CANCELED);
      return;
    }
    long now = System.nanoTime();
    server.freeSinceNanos(now);
    Waiter waiter = null;
    boolean close;
    lock.lock();
    try {
      close = mustClose(server, now);
      if (!close && !paused) {
        waiter = waiters.poll(server.loop());
      }
      if (!close && waiter == null) {
        idle.add(server);
      }
    } finally {
      lock.unlock();
    }
    if (close) {
      server.close();
      return;
    }
    boolean passedOn = waiter != null && server.state() == ServerState.ACTIVE;
    if (!passedOn && server.state() != ServerState.IDLE) {
      server.moveTo(ServerState.IDLE);
    }
    if (waiter != null) {
      deliver(server, waiter);
    }
  }

  /** Those who wait for a new connection that does not come get idle ones of any loop. */
  private void serveIdle() {
    while (true) {
      ServerConnection server;
      Waiter waiter;
      lock.lock();
      try {
        server = paused || waiters.first() == null ? null : takeForeign(System.nanoTime());
        waiter = server == null ? null : waiters.poll(server.loop());
      } finally {
        lock.unlock();
      }
      if (waiter == null) {
        return;
      }
      deliver(server, waiter);
    }
  }

  private void deliver(ServerConnection server, Waiter waiter) {
    EventLoop loop = waiter.loop();
    if (server.loop().equals(loop) && loop.inEventLoop()) {
      waiter.granted(leased(server, waiter));
      return;
    }
    server.loop().execute(() -> handOver(server, waiter));
  }

  private void handOver(ServerConnection server, Waiter waiter) {
    if (server.state() == ServerState.CLOSED || !server.channel().isActive()) {
      waitOn(server, waiter);
      return;
    }
    leased(server, waiter);
    if (server.loop().equals(waiter.loop())) {
      waiter.granted(server);
    } else {
      waiter.loop().execute(() -> waiter.granted(server));
    }
  }

  /** The connection ended on its way to a client, which goes back to the head of the queue. */
  private void waitOn(ServerConnection server, Waiter waiter) {
    ErrorFields refusal = null;
    lock.lock();
    try {
      if (retired) {
        refusal = retiredError();
      } else {
        waiters.addFirst(waiter, this);
      }
    } finally {
      lock.unlock();
    }
    if (refusal != null) {
      refuse(List.of(waiter), refusal);
    }
    closed(server);
    pump(server.loop());
  }

  private ServerConnection leased(ServerConnection server, Waiter waiter) {
    if (server.state() != ServerState.ACTIVE) {
      server.moveTo(ServerState.ACTIVE);
    }
    server.requestMillis(System.currentTimeMillis());
    server.attach(waiter.owner(), waiter.loop());
    return server;
  }

  // ---- idle connections, under the lock ----

  private ServerConnection takeIdle(EventLoop loop, String searchPath, long now) {
    int chosen = -1;
    int from = options.roundRobin() ? 0 : idle.size() - 1;
    int step = options.roundRobin() ? 1 : -1;
    for (int i = from; i >= 0 && i < idle.size(); i += step) {
      ServerConnection server = idle.get(i);
      if (!server.loop().equals(loop) || !server.channel().isActive() || needsCheck(server, now)) {
        continue;
      }
      if (searchPath == null || searchPath.equals(server.searchPath())) {
        return idle.remove(i);
      }
      if (chosen < 0) {
        chosen = i;
      }
    }
    return chosen < 0 ? null : idle.remove(chosen);
  }

  /** An idle connection of another loop, or of this one when it has to be checked first. */
  private ServerConnection takeForeign(long now) {
    for (int i = idle.size() - 1; i >= 0; i--) {
      if (idle.get(i).channel().isActive() && !needsCheck(idle.get(i), now)) {
        return idle.remove(i);
      }
    }
    checkOldIdle(now);
    return null;
  }

  private void checkOldIdle(long now) {
    if (!idle.isEmpty() && needsCheck(idle.getLast(), now)) {
      ServerConnection server = idle.removeLast();
      String query = options.checkQuery();
      server.loop().execute(() -> check(server, query));
    }
  }

  private void check(ServerConnection server, String query) {
    if (server.state() != ServerState.CLOSED) {
      server.moveTo(ServerState.TESTED);
      Chore.run(server, this, List.of(query.equals("<empty>") ? "" : query), false);
    }
  }

  private boolean needsCheck(ServerConnection server, long now) {
    return options.checkDelayNanos() > 0
        && !options.checkQuery().isEmpty()
        && now - server.freeSinceNanos() > options.checkDelayNanos();
  }

  private boolean mustClose(ServerConnection server, long now) {
    return retired
        || paused
        || server.generation() != generation
        || !all.contains(server)
        || tooOld(server, now);
  }

  /** Lifetime 0 means: use once. Lifetime ends are spread: at most one per lifetime / pool_size. */
  private boolean tooOld(ServerConnection server, long now) {
    if (options.lifetimeNanos() == 0) {
      return server.state() != ServerState.LOGIN;
    }
    if (server.ageNanos(now) < options.lifetimeNanos()) {
      return false;
    }
    long spread = options.lifetimeNanos() / Math.max(options.size(), 1);
    if (now - lastLifetimeClose < spread) {
      return false;
    }
    lastLifetimeClose = now;
    return true;
  }

  // ---- opening ----

  /** How many connections to open now for those who wait; reserves their places. */
  private int planOpening(long now) {
    int wanted = waiters.size() - opening;
    int planned = 0;
    while (!paused && planned < wanted && opening < options.parallelLogins() && roomForOne(now)) {
      if (!takeBudgets(true)) {
        break;
      }
      if (opening == 0) {
        openingSince = now;
      }
      opening++;
      planned++;
    }
    return planned;
  }

  private boolean roomForOne(long now) {
    int total = all.size() + opening;
    if (options.size() == 0 || total < options.size()) {
      return true;
    }
    Waiter oldest = waiters.first();
    return total < options.size() + options.reserve()
        && options.reserveAfterNanos() > 0
        && oldest != null
        && now - oldest.sinceNanos > options.reserveAfterNanos();
  }

  /**
   * @param evicts whether an idle connection of another pool has to make room; not for one that
   *     nobody waits for, or two pools would drive each other out for ever
   */
  private boolean takeBudgets(boolean evicts) {
    for (int i = 0; i < budgets.size(); i++) {
      if (!budgets.get(i).tryTake()) {
        for (int j = 0; j < i; j++) {
          budgets.get(j).giveBack();
        }
        if (evicts) {
          pools.evictLater(this, budgets.get(i));
        }
        return false;
      }
    }
    return true;
  }

  private void giveBudgetsBack() {
    for (Budget budget : budgets) {
      budget.giveBack();
    }
    pools.budgetFreed(this);
  }

  private void open(EventLoop loop, int count) {
    for (int i = 0; i < count; i++) {
      Connector.Target target =
          new Connector.Target(endpoint, key.user(), credential, connectQuery, this, generation);
      pools.connector().open(loop, target, new Opened());
    }
  }

  private final class Opened implements Connector.Callback {
    @Override
    public void connected(ServerConnection server) {
      lock.lock();
      try {
        opening--;
        all.add(server);
        failure = null;
      } finally {
        lock.unlock();
      }
      pools.connected(Pool.this, server);
      release(server);
    }

    @Override
    public void failed(ConnectFailure cause) {
      openFailed(cause);
    }
  }

  private void openFailed(ConnectFailure cause) {
    List<Waiter> failed = new ArrayList<>();
    lock.lock();
    try {
      opening--;
      failure = cause;
      failedAt = System.nanoTime();
      boolean wait = cause.answered() && cause.passing();
      if (all.isEmpty() && !wait) {
        drainWaiters(failed);
      }
    } finally {
      lock.unlock();
    }
    giveBudgetsBack();
    pools.connectFailed(this, cause);
    refuse(failed, cause.error());
    serveIdle();
  }

  /** The error to give at once because the host is known to be down, or null. Under the lock. */
  private ErrorFields knownDown(long now) {
    if (failure == null || !all.isEmpty()) {
      return null;
    }
    boolean fresh = now - failedAt < (failure.answered() ? retryNanos() : FRESH_FAILURE_NANOS);
    boolean hanging = opening > 0 && now - openingSince > HANGING_NANOS;
    boolean wait = failure.answered() && failure.passing();
    return (fresh || hanging) && !wait ? failure.error() : null;
  }

  private long retryNanos() {
    return Math.min(options.loginRetryNanos(), 1_000_000_000L);
  }

  private void drainWaiters(List<Waiter> into) {
    while (waiters.first() != null) {
      into.add(waiters.first());
      waiters.remove(waiters.first());
    }
  }

  private static void refuse(List<Waiter> refused, ErrorFields error) {
    for (Waiter waiter : refused) {
      waiter.loop().execute(() -> waiter.refused(error));
    }
  }

  // ---- ends ----

  /** A connection is gone. On its owner's loop. */
  public void closed(ServerConnection server) {
    boolean known;
    lock.lock();
    try {
      known = all.remove(server);
      idle.remove(server);
    } finally {
      lock.unlock();
    }
    if (known) {
      giveBudgetsBack();
      pools.disconnected(this, server);
      pump(server.loop());
    }
  }

  @Override
  public void moved(ServerState from, ServerState to) {
    if (from != null) {
      states.get(from).decrementAndGet();
    }
    states.get(to).incrementAndGet();
  }

  @Override
  public void cancelsDone(ServerConnection server) {
    if (server.state() == ServerState.BEING_CANCELED) {
      release(server);
    }
  }

  /** Opens connections for those who wait, if there is room now. */
  void pump(EventLoop loop) {
    int open;
    EventLoop on = loop;
    lock.lock();
    try {
      if (retired || (failure != null && System.nanoTime() - failedAt < FRESH_FAILURE_NANOS)) {
        return;
      }
      open = planOpening(System.nanoTime());
      if (waiters.first() != null) {
        on = waiters.first().loop();
      }
    } finally {
      lock.unlock();
    }
    open(on, open);
  }

  // ---- maintenance ----

  /** Every quarter of a second, from any one thread. */
  void tick(EventLoop anyLoop) {
    long now = System.nanoTime();
    List<Waiter> late = new ArrayList<>();
    List<ServerConnection> old = new ArrayList<>();
    int extra = 0;
    lock.lock();
    try {
      collectLate(now, late);
      collectOld(now, old);
      extra = planUpkeep(now);
    } finally {
      lock.unlock();
    }
    for (Waiter waiter : late) {
      waiter.loop().execute(() -> waiter.refused(PoolErrors.waitTimeout()));
    }
    old.forEach(ServerConnection::close);
    open(anyLoop, extra);
    serveIdle();
    pump(anyLoop);
  }

  private void collectLate(long now, List<Waiter> late) {
    Waiter waiter = waiters.first();
    while (waiter != null) {
      Waiter following = waiter.next;
      if (waiter.timeoutNanos() > 0 && now - waiter.sinceNanos > waiter.timeoutNanos()) {
        waiters.remove(waiter);
        late.add(waiter);
      }
      waiter = following;
    }
  }

  private void collectOld(long now, List<ServerConnection> old) {
    for (int i = idle.size() - 1; i >= 0; i--) {
      ServerConnection server = idle.get(i);
      boolean surplus =
          options.idleNanos() > 0
              && now - server.freeSinceNanos() > options.idleNanos()
              && all.size() - old.size() > options.minSize();
      if (surplus || mustClose(server, now)) {
        idle.remove(i);
        old.add(server);
      }
    }
  }

  /** min_pool_size, and one attempt a second while the host is down. Under the lock. */
  private int planUpkeep(long now) {
    boolean below = failure == null && all.size() + opening < options.minSize();
    boolean probe =
        failure != null && opening == 0 && now - failedAt > retryNanos() && recentlyUsed(now);
    if (paused || retired || !(below || probe) || !takeBudgets(false)) {
      return 0;
    }
    if (opening == 0) {
      openingSince = now;
    }
    opening++;
    return 1;
  }

  private boolean recentlyUsed(long now) {
    return now - lastUsed < 600_000_000_000L;
  }

  // ---- operations ----

  /** No new leases; idle connections go. */
  void pause() {
    List<ServerConnection> closing;
    lock.lock();
    try {
      paused = true;
      closing = new ArrayList<>(idle);
      idle.clear();
    } finally {
      lock.unlock();
    }
    closing.forEach(ServerConnection::close);
  }

  void resume(EventLoop loop) {
    lock.lock();
    try {
      paused = false;
    } finally {
      lock.unlock();
    }
    pump(loop);
  }

  /** Connections opened before now are closed when they are released: RECONNECT. */
  void reconnect() {
    List<ServerConnection> closing;
    lock.lock();
    try {
      generation++;
      closing = new ArrayList<>(idle);
      idle.clear();
    } finally {
      lock.unlock();
    }
    closing.forEach(ServerConnection::close);
  }

  /** The pool is not to be used any more: its waiters are refused, its connections go. */
  void retire() {
    List<Waiter> refused = new ArrayList<>();
    lock.lock();
    try {
      retired = true;
      drainWaiters(refused);
    } finally {
      lock.unlock();
    }
    reconnect();
    refuse(refused, retiredError());
  }

  private ErrorFields retiredError() {
    return ErrorFields.fatal("57P01", "database configuration changed").withHint("Connect again.");
  }

  /** New sizes and credentials after RELOAD; endpoints never change in a pool. */
  void update(PoolSpec spec) {
    boolean changed;
    lock.lock();
    try {
      // What a client's login has proved stays good when the configuration has nothing better.
      Credential next =
          spec.credential() instanceof Credential.None ? credential : spec.credential();
      changed = !Objects.equals(connectQuery, spec.connectQuery()) || !credential.equals(next);
      options = spec.options();
      credential = next;
      connectQuery = spec.connectQuery();
    } finally {
      lock.unlock();
    }
    if (changed) {
      reconnect();
    }
  }

  /** Closes one idle connection to make room within a budget; whether there was one. */
  boolean evictOldest() {
    ServerConnection oldest;
    lock.lock();
    try {
      if (idle.isEmpty() || waiters.first() != null) {
        return false;
      }
      oldest = idle.removeFirst();
    } finally {
      lock.unlock();
    }
    oldest.close();
    return true;
  }

  // ---- views ----

  private PoolOptions currentOptions() {
    lock.lock();
    try {
      return options;
    } finally {
      lock.unlock();
    }
  }

  /** A consistent copy of what the pool holds, for the console and the metrics. */
  public PoolSnapshot snapshot() {
    lock.lock();
    try {
      Waiter oldest = waiters.first();
      long waited = oldest == null ? 0 : System.nanoTime() - oldest.sinceNanos;
      return new PoolSnapshot(
          key,
          options,
          List.copyOf(all),
          waiters.size(),
          waited / 1_000,
          opening,
          paused,
          failure == null ? null : failure.error());
    } finally {
      lock.unlock();
    }
  }

  /** Number of connections in a state. */
  public int count(ServerState state) {
    return states.get(state).get();
  }

  /** Whether a connection is to be closed as soon as it is free: RECONNECT, RELOAD. */
  public boolean outdated(ServerConnection server) {
    lock.lock();
    try {
      return retired || server.generation() != generation;
    } finally {
      lock.unlock();
    }
  }

  /** Connections open or being opened. */
  public int connections() {
    lock.lock();
    try {
      return all.size() + opening;
    } finally {
      lock.unlock();
    }
  }

  public PoolKey key() {
    return key;
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  List<Budget> budgets() {
    return budgets;
  }

  /** The counters that loop writes. */
  public Counters counters(int loop) {
    return counters[loop];
  }

  /** The sum over all loops. */
  public Counters total() {
    Counters sum = new Counters();
    for (Counters each : counters) {
      sum.add(each);
    }
    return sum;
  }

  /**
   * Why a lease with these effects outlives its transaction, for SHOW SERVERS; "" for no reason.
   */
  public static String pinText(long residue) {
    StringBuilder text = new StringBuilder();
    pin(text, residue, Effects.LISTEN, "listen");
    pin(text, residue, Effects.TEMP_TABLE, "temp_table");
    pin(text, residue, Effects.PREPARE, "prepare");
    pin(text, residue, Effects.HOLD_CURSOR, "hold_cursor");
    pin(text, residue, Effects.ADVISORY_LOCK, "advisory_lock");
    pin(text, residue, Effects.SET_SESSION, "set");
    return text.toString();
  }

  private static void pin(StringBuilder text, long residue, long bit, String name) {
    if ((residue & bit) != 0) {
      text.append(text.isEmpty() ? "" : ",").append(name);
    }
  }
}
