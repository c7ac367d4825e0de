package dev.trunkline.proxy;

import dev.trunkline.admin.Inspector.State;
import dev.trunkline.admin.Operator;
import dev.trunkline.proxy.auth.AccessRules;
import dev.trunkline.proxy.auth.LoginContext;
import dev.trunkline.proxy.auth.TlsException;
import dev.trunkline.proxy.client.Admission;
import dev.trunkline.proxy.client.CancelKeys;
import dev.trunkline.proxy.client.ClientAcceptor;
import dev.trunkline.proxy.client.ClientConnection;
import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.client.UserSecrets;
import dev.trunkline.proxy.client.Welcomes;
import dev.trunkline.proxy.config.ConfigDiff;
import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.proxy.config.ConfigLoader;
import dev.trunkline.proxy.config.Endpoint;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.console.ConsoleDoor;
import dev.trunkline.proxy.console.ProxyControl;
import dev.trunkline.proxy.console.StatsSampler;
import dev.trunkline.proxy.darkread.DarkReads;
import dev.trunkline.proxy.gate.Gate;
import dev.trunkline.proxy.metrics.ErrorCounts;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.metrics.MetricsServer;
import dev.trunkline.proxy.metrics.WorkspaceActivity;
import dev.trunkline.proxy.names.HostNames;
import dev.trunkline.proxy.pool.Directory;
import dev.trunkline.proxy.pool.Peers;
import dev.trunkline.proxy.pool.Pools;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.route.SqlRouting;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.SocketConnector;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A running proxy: everything that is made once per process, and how it is put together. */
public final class Proxy implements ProxyControl, AutoCloseable {
  private static final long STATS_TICK_MILLIS = 250;
  private static final long DISCONNECT_MILLIS = 1_000;

  private final Transport transport;
  private final EventLoopGroup loops;
  private final ScheduledExecutorService upkeep =
      Executors.newSingleThreadScheduledExecutor(Proxy::upkeepThread);
  private final HostNames names = new HostNames(this::namesTtl);
  private final LoginContext logins;
  private final Directory directory;
  private final ClientAcceptor acceptor = new ClientAcceptor(this);
  private final DarkReads darkReads;
  private final Gate gate = new Gate(this::gateLimits, upkeep);
  private final CancelKeys cancelKeys;
  private final Peers peers;
  private final ErrorCounts errors = new ErrorCounts();
  private final WorkspaceActivity activity = new WorkspaceActivity();
  private final Admission admission = new Admission();
  private final Welcomes welcomes = new Welcomes();
  private final Listeners listeners = new Listeners();
  private final StatsSampler stats = new StatsSampler(this);
  private final ConsoleDoor console = new ConsoleDoor(this, stats);
  private final Set<String> groups;
  private final Routing routing;
  private volatile long homesEpoch;
  private volatile ProxyConfig config;
  private volatile Tls tls;
  private volatile AccessRules accessRules;
  private volatile UserSecrets userSecrets;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Runnable onStop = () -> {};
  private MetricsServer metrics;

  private Proxy(
      ProxyConfig config,
      Set<String> groups,
      Transport transport,
      Tls tls,
      AccessRules accessRules) {
    Settings settings = config.settings();
    this.config = config;
    this.groups = served(config, groups);
    this.tls = tls;
    this.accessRules = accessRules;
    this.userSecrets = new UserSecrets(settings);
    this.transport = transport;
    int count = loopCount(settings);
    this.loops = new MultiThreadIoEventLoopGroup(count, transport.handlers());
    LoginContext.Limits limits = LoginContext.Limits.DEFAULT;
    this.logins =
        new LoginContext(
            new LoginContext.Limits(
                limits.workers(),
                limits.queue(),
                settings.get(Keys.SCRAM_ITERATIONS),
                limits.cachedKeys()));
    Connector connector =
        new SocketConnector(transport.sockets(), () -> this.tls.serverOptions(), logins, names);
    this.peers = new Peers(() -> this.config, connector);
    this.cancelKeys = new CancelKeys(peers::own);
    this.routing = new Routing(config, this.groups);
    this.darkReads =
        new DarkReads(
            () -> this.config.settings(),
            connector,
            () -> new MultiThreadIoEventLoopGroup(1, transport.handlers()));
    this.directory =
        new Directory(
            new Pools(connector, loops, count, upkeep, new PoolLog()), config, admission::present);
  }

  /**
   * Reads a configuration and starts.
   *
   * @param groups the groups to serve; empty for all of the file
   * @throws ConfigException with every problem of the file
   * @throws IOException when an address cannot be bound or the log cannot be written
   */
  public static Proxy start(Path file, Set<String> groups) throws ConfigException, IOException {
    return start(ConfigLoader.load(file), groups);
  }

  /** As {@link #start(Path, Set)}, with a configuration that has been read already. */
  static Proxy start(ProxyConfig config, Set<String> groups) throws IOException {
    Settings settings = config.settings();
    openLog(settings);
    Transport transport = Transport.choose(settings.get(Keys.TRANSPORT));
    AccessRules rules = AccessRules.of(settings, Log::warning);
    Proxy proxy = new Proxy(config, groups, transport, tls(config, transport), rules);
    try {
      proxy.open();
      return proxy;
    } catch (IOException | RuntimeException e) {
      proxy.close();
      throw e;
    }
  }

  /** Lets the log go where these settings say. */
  static void openLog(Settings settings) throws IOException {
    String logfile = settings.get(Keys.LOGFILE);
    Log.configure(
        logfile.isEmpty() ? null : Path.of(logfile),
        settings.get(Keys.LOG_FORMAT) == Settings.LogFormat.JSON,
        settings.get(Keys.VERBOSE));
    Log.system(
        settings.get(Keys.SYSLOG_IDENT),
        settings.get(Keys.SYSLOG) ? settings.get(Keys.SYSLOG_FACILITY) : null);
  }

  private static Tls tls(ProxyConfig config, Transport transport) throws IOException {
    try {
      return Tls.of(config.settings(), SocketOptions.of(transport));
    } catch (TlsException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static int loopCount(Settings settings) {
    int wanted = settings.get(Keys.LOOPS);
    return wanted > 0 ? wanted : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  private static Set<String> served(ProxyConfig config, Set<String> wanted) {
    for (String group : wanted) {
      if (!config.groups().containsKey(group)) {
        throw new IllegalArgumentException("no group \"" + group + "\" in the configuration");
      }
    }
    return wanted.isEmpty() ? new HashSet<>(config.groups().keySet()) : Set.copyOf(wanted);
  }

  private void open() throws IOException {
    routing.open(upkeep);
    openMetrics(config.settings().get(Keys.METRICS_LISTEN));
    listeners.open(
        config, groups, new Listener.Parts(transport, loops, acceptor, config.settings()));
    followHomes();
    darkReads.follow(config);
    upkeep.scheduleWithFixedDelay(
        this::followMap, STATS_TICK_MILLIS, STATS_TICK_MILLIS, TimeUnit.MILLISECONDS);
    upkeep.scheduleWithFixedDelay(
        stats::tick, STATS_TICK_MILLIS, STATS_TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void openMetrics(Endpoint where) throws IOException {
    if (!where.isOff()) {
      ProxyFigures figures = new ProxyFigures(this, transport.text());
      ProxyHealth health = new ProxyHealth(this, loops);
      metrics = MetricsServer.open(where.host(), where.port(), figures, health);
      Log.log("metrics on " + where.host() + ":" + metrics.port());
    }
  }

  /** Another process may have changed the map. */
  private void followMap() {
    Router now = router();
    if (now != null && now.epoch() != homesEpoch) {
      followHomes();
    }
  }

  /** Lets the pools of homes that hosts have left drain. */
  @Override
  public void followHomes() {
    Router now = router();
    if (now != null) {
      homesEpoch = now.epoch();
      directory.homes(now.homes());
    }
  }

  // ---- operations ----

  /**
   * Reads the configuration file again and puts it in force as a whole, or not at all. What needs a
   * restart keeps its old value and is named in the log.
   *
   * @throws ConfigException with every problem of the file
   * @throws IOException when TLS files cannot be used
   */
  @Override
  public synchronized void reload() throws ConfigException, IOException {
    String conffile = config.settings().get(Keys.CONFFILE);
    ProxyConfig next = ConfigLoader.load(conffile.isEmpty() ? config.file() : Path.of(conffile));
    for (ConfigDiff.Change change : ConfigDiff.between(config, next)) {
      Log.log("RELOAD: " + change);
    }
    apply(ConfigDiff.applicable(config, next));
  }

  /** What can fail comes first, so that a refused configuration changes nothing. */
  @Override
  public synchronized void apply(ProxyConfig next) throws IOException {
    Tls nextTls = tls(next, transport);
    AccessRules nextRules = AccessRules.of(next.settings(), Log::warning);
    openLog(next.settings());
    Router old = router();
    Router nextRouter = routing.prepare(next);
    ProxyConfig before = config;
    config = next;
    tls = nextTls;
    accessRules = nextRules;
    userSecrets = new UserSecrets(next.settings());
    routing.follow(next, nextRouter);
    directory.reload(next);
    followHomes();
    welcomes.follow(before, next);
    darkReads.follow(next);
    routing.release(old);
  }

  /** What {@link #stop} calls: the program's way to end. */
  public void onStop(Runnable action) {
    onStop = action;
  }

  @Override
  public void stop() {
    onStop.run();
  }

  @Override
  public void accepting(boolean on) {
    listeners.accepting(on);
  }

  @Override
  public void stopListening() {
    listeners.stop();
  }

  /** What signals can do to it. */
  Operator signals() {
    return console.signals();
  }

  /** Whether it is paused or suspended. */
  State state() {
    return console.inspector().state();
  }

  /** Lets nobody in any more, ends all sessions and connections, and waits for it. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    admission.close(
        ErrorFields.fatal("57P01", "pooler is shutting down").withHint("Connect again later."));
    listeners.close();
    if (metrics != null) {
      metrics.close();
    }
    upkeep.shutdownNow();
    darkReads.close();
    // A loop that ends leaves its sockets to the end of the process.
    admission.disconnect(DISCONNECT_MILLIS);
    // A connection opened for one that ends here would be left to a loop that is no more.
    directory.pools().pause(null);
    awaitServersGone();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
    routing.close();
    logins.close();
    names.close();
  }

  private void awaitServersGone() {
    directory
        .pools()
        .drained(pool -> true)
        .completeOnTimeout(null, DISCONNECT_MILLIS, TimeUnit.MILLISECONDS)
        .join();
  }

  // ---- views ----

  /** Port of the common listener, or of the first group's when there is none. */
  public int port() {
    return listeners.port();
  }

  /** Port of a group's own listener, or -1. */
  public int port(String group) {
    return listeners.port(group);
  }

  /** Port of the metrics endpoint, or -1 when it is off. */
  public int metricsPort() {
    return metrics == null ? -1 : metrics.port();
  }

  /** Whether clients can connect. */
  boolean listening() {
    return listeners.isOpen();
  }

  /** Program, version, transport: the line of SHOW VERSION. */
  @Override
  public String version() {
    return "Trunkline " + Version.TEXT + ", Netty " + transport.text() + ", " + tls.inUse();
  }

  @Override
  public Iterable<LoopContext> contexts() {
    return acceptor.contexts();
  }

  @Override
  public Set<String> groups() {
    return groups;
  }

  @Override
  public ProxyConfig config() {
    return config;
  }

  @Override
  public Directory directory() {
    return directory;
  }

  @Override
  public Router router() {
    return routing.router();
  }

  @Override
  public SqlRouting sqlRouting() {
    return routing.sql();
  }

  @Override
  public Gate gate() {
    return gate;
  }

  private Gate.Limits gateLimits() {
    Settings settings = config.settings();
    return new Gate.Limits(
        settings.get(Keys.GATE_CLIENTS),
        settings.get(Keys.GATE_BYTES),
        settings.get(Keys.GATE_RELEASE_RATE));
  }

  private HostNames.Ttl namesTtl() {
    Settings settings = config.settings();
    return new HostNames.Ttl(settings.get(Keys.DNS_MAX_TTL), settings.get(Keys.DNS_NXDOMAIN_TTL));
  }

  @Override
  public HostNames names() {
    return names;
  }

  @Override
  public DarkReads darkReads() {
    return darkReads;
  }

  @Override
  public LoginContext logins() {
    return logins;
  }

  @Override
  public AccessRules accessRules() {
    return accessRules;
  }

  @Override
  public UserSecrets userSecrets() {
    return userSecrets;
  }

  @Override
  public CancelKeys cancelKeys() {
    return cancelKeys;
  }

  @Override
  public Peers peers() {
    return peers;
  }

  @Override
  public ErrorCounts errors() {
    return errors;
  }

  @Override
  public WorkspaceActivity activity() {
    return activity;
  }

  @Override
  public Admission admission() {
    return admission;
  }

  @Override
  public Welcomes welcomes() {
    return welcomes;
  }

  @Override
  public SslContext clientTls() {
    return tls.clients();
  }

  /** Clients' sockets and servers' are tuned alike. */
  @Override
  public Map<ChannelOption<?>, Object> socketOptions() {
    return tls.serverOptions().socketOptions();
  }

  @Override
  public void openConsole(
      ClientConnection connection, String user, String applicationName, boolean admin) {
    console.open(connection, user, applicationName, admin);
  }

  private static Thread upkeepThread(Runnable work) {
    Thread thread = new Thread(work, "trunkline-upkeep");
    thread.setDaemon(true);
    return thread;
  }
}
