package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Timeouts;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.DedicatedWaiter;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Waiter;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Placement;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Replication;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Lets an authenticated client in, and tells it the parameters of the servers. They are asked for
 * once per database and role; the first client waits for a server connection of its own pool.
 */
final class ClientWelcome {
  /** Where it leads. Exactly one of them ends it. */
  interface Sink {
    /** The session takes over, and the client's place with it. */
    void welcomed(ClientStage session);

    void refused(ErrorFields error);
  }

  private final ClientConnection connection;
  private final Services services;
  private final LoopContext context;
  private final StartupRequest request;
  private final Identity identity;
  private final Sink sink;
  private final Deque<HostConfig> candidates = new ArrayDeque<>();
  private Asking asking;
  private Dedicating dedicating;
  private boolean over;

  ClientWelcome(
      ClientConnection connection,
      Services services,
      LoopContext context,
      StartupRequest request,
      Identity identity,
      Sink sink) {
    this.connection = connection;
    this.services = services;
    this.context = context;
    this.request = request;
    this.identity = identity;
    this.sink = sink;
  }

  void start() {
    if (request.database() == null) {
      Log.log(
          connection.logContext(),
          "login failed: db=" + request.databaseName() + " user=" + request.user());
      refuse(
          ErrorFields.fatal("3D000", "no such database: " + request.databaseName())
              .withHint("SHOW DATABASES on the console lists those that are configured."));
      return;
    }
    ErrorFields refusal = services.admission().refusal(request.database());
    if (refusal != null) {
      refuse(refusal);
      return;
    }
    if (request.replication() != Replication.NONE) {
      dedicate();
      return;
    }
    Map<String, String> parameters = services.welcomes().find(identity);
    if (parameters != null) {
      letIn(parameters);
    } else if (request.database().sharded()) {
      askAnyHost();
    } else {
      ask(null);
    }
  }

  private void askAnyHost() {
    Router router = services.router();
    Set<String> seen = new HashSet<>();
    for (Placement placement : router.store().shards()) {
      if (router.refusal("", placement, request.listenerGroup()) == null
          && seen.add(placement.host())) {
        candidates.add(router.route(placement, request.database()).host());
      }
    }
    if (candidates.isEmpty()) {
      refuse(
          ErrorFields.fatal("57P03", "no host can be reached")
              .withDetail("The shard map names no host that is served here.")
              .withHint("SHOW MAP and SHOW SHARDS on the console tell what is known."));
    } else {
      ask(candidates.poll());
    }
  }

  /** Asks a host for its parameters; null for the endpoint of a plain database. */
  private void ask(HostConfig host) {
    Pool pool = identity.pool(services.directory(), host);
    if (pool.paused() && !candidates.isEmpty()) {
      ask(candidates.poll()); // a pause of one host is none of the database
      return;
    }
    asking = new Asking(host, pool);
    ServerConnection server = asking.pool.acquire(asking);
    if (server != null) {
      asking.granted(server);
    }
  }

  private void answered(ServerConnection server, Pool pool) {
    Map<String, String> parameters = server.loginParameters();
    pool.giveBack(server, false, false);
    services.welcomes().put(identity, parameters);
    if (!over) {
      letIn(parameters);
    }
  }

  private void failed(ErrorFields error) {
    if (over) {
      return;
    }
    if (candidates.isEmpty()) {
      refuse(error);
    } else {
      ask(candidates.poll());
    }
  }

  // ---- replication ----

  /** A replication client waits for the connection that is opened for it, and no other. */
  private void dedicate() {
    HostConfig host = null;
    if (request.database().sharded()) {
      Router router = services.router();
      Placement placement = router.shard(request.shard());
      ErrorFields refusal =
          placement == null
              ? RouteErrors.unknownShard(request.shard())
              : router.refusal("shard " + request.shard(), placement, request.listenerGroup());
      if (refusal != null) {
        refuse(refusal);
        return;
      }
      host = router.route(placement, request.database()).host();
    }
    dedicating = new Dedicating(identity.pool(services.directory(), host));
    dedicating.pool.dedicated().open(dedicating);
  }

  private void letIn(ServerConnection server, Pool pool) {
    over = true;
    ReplicationSession session =
        new ReplicationSession(
            connection, services, context, identity, request.settings(), server, pool);
    services.admission().letIn(identity);
    greet(server.loginParameters(), session.cancelKey());
    sink.welcomed(session);
  }

  // ---- the welcome ----

  private void letIn(Map<String, String> parameters) {
    over = true;
    ClientSession session =
        new ClientSession(connection, services, context, identity, request.settings());
    services.admission().letIn(identity);
    session.startsWith(request.shard(), parameters);
    greet(parameters, session.cancel.key());
    sink.welcomed(session);
  }

  private void greet(Map<String, String> parameters, long key) {
    connection.write(
        out -> {
          Backend.authenticationOk(out);
          for (Map.Entry<String, String> entry : parameters.entrySet()) {
            String own = request.settings().get(entry.getKey());
            Backend.parameterStatus(out, entry.getKey(), own == null ? entry.getValue() : own);
          }
          Backend.backendKeyData(out, CancelKeys.pid(key), CancelKeys.secret(key));
          String message = services.config().settings().get(Keys.LOGIN_NOTIFY_MESSAGE);
          if (!message.isEmpty()) {
            Backend.notice(out, ErrorFields.notice("00000", message));
          }
          Backend.readyForQuery(out, (byte) 'I');
        });
  }

  private void refuse(ErrorFields error) {
    cancel();
    sink.refused(error);
  }

  /** The client is gone, or refused. */
  void cancel() {
    over = true;
    if (asking != null) {
      asking.pool.cancel(asking);
    }
    if (dedicating != null) {
      dedicating.pool.dedicated().cancel(dedicating);
    }
  }

  private long patienceNanos() {
    return Timeouts.of(services.config(), request.database(), request.user()).queryWait().toNanos();
  }

  /** Waits for a connection to replicate through. */
  private final class Dedicating extends DedicatedWaiter {
    private final Pool pool;

    Dedicating(Pool pool) {
      this.pool = pool;
    }

    @Override
    protected Map<String, String> startup() {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("replication", request.replication().parameter());
      SessionSettings.EMPTY.diff(request.settings(), parameters::put);
      return parameters;
    }

    @Override
    protected EventLoop loop() {
      return context.loop();
    }

    /** Until the session takes over. */
    @Override
    protected Owner owner() {
      return new Relay(connection.channel(), null);
    }

    @Override
    protected long timeoutNanos() {
      return patienceNanos();
    }

    @Override
    protected void granted(ServerConnection server) {
      if (over) {
        server.rest();
        server.close("client gone");
      } else {
        letIn(server, pool);
      }
    }

    @Override
    protected void refused(ErrorFields error) {
      if (!over) {
        refuse(error);
      }
    }

    @Override
    protected void moved() {
      if (!over) {
        dedicate();
      }
    }
  }

  /** In a pool's queue, for a look at the parameters. */
  private final class Asking extends Waiter {
    private final HostConfig host;
    private final Pool pool;
    private final Relay nobody = new Relay(connection.channel(), null);

    Asking(HostConfig host, Pool pool) {
      this.host = host;
      this.pool = pool;
    }

    @Override
    protected EventLoop loop() {
      return context.loop();
    }

    @Override
    protected Owner owner() {
      return nobody;
    }

    @Override
    protected String searchPath() {
      return null;
    }

    @Override
    protected long timeoutNanos() {
      return patienceNanos();
    }

    @Override
    protected void granted(ServerConnection server) {
      answered(server, pool);
    }

    @Override
    protected void refused(ErrorFields error) {
      failed(error);
    }

    @Override
    protected void moved() {
      if (!over) {
        ask(host);
      }
    }
  }
}
