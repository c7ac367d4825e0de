package dev.trunkline.proxy.console;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.Operator;
import dev.trunkline.proxy.client.LoopContext;
import dev.trunkline.proxy.client.Session;
import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.proxy.config.ConfigLoader;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Problem;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Setting;
import dev.trunkline.proxy.gate.Barrier;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Pools;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the console does to the proxy. */
final class ProxyOperator implements Operator {
  private static final long POLL_MILLIS = 10;

  private final ProxyControl control;
  private final Set<ConsoleStage> consoles;
  private final Suspension suspension;
  private final Set<String> killed;
  private final Consumer<String> announce;

  /**
   * @param killed databases that KILL without a name has paused; RESUME without one takes it back
   * @param announce is told of each command before it is looked whether it can be done
   */
  ProxyOperator(
      ProxyControl control,
      Set<ConsoleStage> consoles,
      Suspension suspension,
      Set<String> killed,
      Consumer<String> announce) {
    this.control = control;
    this.consoles = consoles;
    this.suspension = suspension;
    this.killed = killed;
    this.announce = announce;
  }

  // ---- pause and resume ----

  @Override
  public void pause(Scope scope) throws CommandFailed, InterruptedException {
    issued("PAUSE", scope);
    check(scope);
    if (scope instanceof Scope.Everything && suspension.inForce()) {
      throw CommandFailed.alreadyPaused();
    }
    boolean news = pools().pause(database(scope));
    if (!news && scope instanceof Scope.Everything) {
      throw CommandFailed.alreadyPaused();
    }
    try {
      awaitDrained(in(scope));
    } catch (InterruptedException e) {
      if (news) {
        pools().resume(database(scope));
      }
      throw e;
    }
  }

  @Override
  public void resume(Scope scope) throws CommandFailed {
    issued("RESUME", scope);
    check(scope);
    if (control.admission().closed()) {
      throw CommandFailed.shuttingDown();
    }
    if (scope instanceof Scope.Database(String name)) {
      killed.remove(name);
    }
    boolean everything = scope instanceof Scope.Everything;
    boolean goesOn = everything && suspension.end();
    boolean gateOpens = everything && openGate();
    boolean revived = everything && revive();
    if (!pools().resume(database(scope)) && !gateOpens && !goesOn && !revived) {
      throw switch (scope) {
        case Scope.Everything _ -> CommandFailed.notPaused();
        case Scope.Database(String name) -> CommandFailed.notPaused(name);
      };
    }
  }

  @Override
  public void suspend() throws CommandFailed, InterruptedException {
    announce.accept("SUSPEND command issued");
    if (pools().paused(null) || !suspension.begin()) {
      throw CommandFailed.alreadyPaused();
    }
    try {
      flushed();
    } catch (InterruptedException e) {
      suspension.end();
      throw e;
    }
  }

  /** Waits until all has gone out that was written; who does not take it is dropped. */
  private void flushed() throws InterruptedException {
    long patience = control.config().settings().get(Keys.SUSPEND_TIMEOUT).toNanos();
    long end = System.nanoTime() + patience;
    await(
        () ->
            suspension.busy().isEmpty()
                || (patience > 0 && System.nanoTime() - end > 0)
                || !suspension.inForce());
    Set<Channel> busy = suspension.busy();
    killAll(
        session -> busy.contains(session.connection().channel()),
        ErrorFields.fatal("57P01", "suspend_timeout"));
    busy.forEach(Channel::close);
  }

  private boolean revive() {
    List<String> names = List.copyOf(killed);
    killed.clear();
    return names.stream().map(pools()::resume).toList().contains(true);
  }

  /** PAUSE DRAIN holds everything at the gate; whether it did. */
  private boolean openGate() {
    Barrier everything = control.gate().find(new GateScope.Everything());
    if (everything != null) {
      control.gate().open(everything);
    }
    return everything != null;
  }

  @Override
  public void reconnect(Scope scope) throws CommandFailed {
    issued("RECONNECT", scope);
    check(scope);
    pools().reconnect(in(scope));
    control.welcomes().forget();
  }

  @Override
  public void waitClose(Scope scope) throws CommandFailed, InterruptedException {
    issued("WAIT_CLOSE", scope);
    check(scope);
    await(() -> pools().all().stream().filter(in(scope)).noneMatch(ProxyOperator::closing));
  }

  private static boolean closing(Pool pool) {
    return pool.snapshot().servers().stream().anyMatch(pool::outdated);
  }

  private void awaitDrained(Predicate<Pool> which) throws InterruptedException {
    CompletableFuture<Void> end = pools().drained(which);
    try {
      end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // nobody fails it
    } finally {
      end.cancel(false);
    }
  }

  /** Polls: an operator's command is rare, and nothing on the way of a query has to signal. */
  private static void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean()) {
      Thread.sleep(POLL_MILLIS);
    }
  }

  // ---- kill ----

  @Override
  public void kill(Scope scope) throws CommandFailed {
    issued("KILL", scope);
    check(scope);
    ErrorFields error = ErrorFields.fatal("57P01", "database removed");
    pools().closeIdle(in(scope), error.message());
    switch (scope) {
      case Scope.Database(String name) -> pools().pause(name);
      case Scope.Everything _ -> pauseEach();
    }
    Predicate<Session> which =
        switch (scope) {
          case Scope.Everything _ -> session -> true;
          case Scope.Database(String name) ->
              session -> session.identity().database().name().equals(name);
        };
    killAll(which, error);
    for (Pool pool : pools().all()) {
      if (in(scope).test(pool)) {
        pool.snapshot().servers().forEach(server -> server.close(error.message()));
      }
    }
  }

  /** Each that is in use, as PgBouncer does, so that each can be resumed by its name. */
  private void pauseEach() {
    for (Pool pool : pools().all()) {
      String name = pool.key().database();
      if (pools().pause(name)) {
        killed.add(name);
      }
    }
  }

  @Override
  public void killClient(long id) throws CommandFailed {
    ErrorFields error = ErrorFields.fatal("57P01", "admin forced disconnect");
    boolean found = killAll(session -> session.connection().id() == id, error) > 0;
    for (ConsoleStage stage : consoles) {
      if (stage.connection().id() == id) {
        stage.kill(error);
        found = true;
      }
    }
    if (!found) {
      throw CommandFailed.clientNotFound();
    }
  }

  /** Ends sessions on their loops; how many there were. */
  private int killAll(Predicate<Session> which, ErrorFields error) {
    List<LoopReader.Task<Session>> tasks = new ArrayList<>();
    for (LoopContext context : control.contexts()) {
      tasks.add(new LoopReader.Task<>(context.loop(), () -> kill(context, which, error)));
    }
    return LoopReader.read(tasks).size();
  }

  private static List<Session> kill(
      LoopContext context, Predicate<Session> which, ErrorFields error) {
    List<Session> killed =
        Stream.<Session>concat(context.sessions().stream(), context.replications().stream())
            .filter(which)
            .toList();
    killed.forEach(session -> session.kill(error));
    return killed;
  }

  // ---- logins ----

  @Override
  public void disable(String database) throws CommandFailed {
    issued("DISABLE", new Scope.Database(database));
    check(new Scope.Database(database));
    control.admission().disable(database);
  }

  @Override
  public void enable(String database) throws CommandFailed {
    issued("ENABLE", new Scope.Database(database));
    check(new Scope.Database(database));
    control.admission().enable(database);
  }

  // ---- configuration ----

  @Override
  public void reload() throws CommandFailed {
    announce.accept("RELOAD command issued");
    try {
      control.reload();
    } catch (ConfigException e) {
      e.problems().forEach(problem -> Log.error(problem.toString()));
      Log.warning("config file loading failed");
      String all = e.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
      throw CommandFailed.reloadFailed(all);
    } catch (IOException | IllegalArgumentException e) {
      Log.error("RELOAD failed: " + e.getMessage());
      throw CommandFailed.reloadFailed(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public String set(String key, String value) throws CommandFailed {
    Setting<?> setting = Keys.named(key);
    if (setting != null && !setting.changeable()) {
      return key + " cannot be changed without a restart; it was left alone.";
    }
    try {
      ProxyConfig next = ConfigLoader.withSetting(control.config(), key, value);
      control.apply(next);
      return "";
    } catch (IllegalArgumentException e) {
      Log.error(e.getMessage());
      throw CommandFailed.setFailed(e.getMessage());
    } catch (IOException e) {
      if (key.contains("_tls_")) {
        return "TLS settings could not be applied, still using old configuration";
      }
      throw CommandFailed.setFailed(String.valueOf(e.getMessage()));
    }
  }

  // ---- the end ----

  @Override
  public void shutdown(Shutdown mode) {
    boolean now = mode == Shutdown.IMMEDIATE;
    announce.accept("SHUTDOWN " + (now ? "" : mode + " ") + "command issued");
    if (now) {
      control.stop();
      return;
    }
    control
        .admission()
        .close(
            ErrorFields.fatal("57P01", "pooler is shutting down").withHint("Connect again later."));
    control.stopListening();
    if (mode == Shutdown.WAIT_FOR_SERVERS) {
      pools().pause(null);
      killAll(
          session -> session.state().equals("waiting"),
          ErrorFields.fatal("57P01", "server shutting down"));
    }
    Thread.ofVirtual().name("shutdown").start(() -> stopWhenEmpty(mode));
  }

  private void stopWhenEmpty(Shutdown mode) {
    try {
      if (mode == Shutdown.WAIT_FOR_SERVERS) {
        awaitDrained(pool -> true);
      } else {
        await(() -> control.admission().clients() == 0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String whose = mode == Shutdown.WAIT_FOR_SERVERS ? "server" : "client";
    Log.log(whose + " connections dropped, exiting");
    control.stop();
  }

  private void issued(String command, Scope scope) {
    String name = scope instanceof Scope.Database(String database) ? "'" + database + "' " : "";
    announce.accept(command + " " + name + "command issued");
  }

  // ---- scopes ----

  private Pools pools() {
    return control.directory().pools();
  }

  private void check(Scope scope) throws CommandFailed {
    if (scope instanceof Scope.Database(String name)
        && !Entries.databases(control).contains(name)) {
      throw CommandFailed.noSuchDatabase(name);
    }
  }

  private static String database(Scope scope) {
    return scope instanceof Scope.Database(String name) ? name : null;
  }

  private static Predicate<Pool> in(Scope scope) {
    return switch (scope) {
      case Scope.Everything _ -> pool -> true;
      case Scope.Database(String name) -> pool -> pool.key().database().equals(name);
    };
  }
}
