package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.AccessRules;
import dev.trunkline.proxy.auth.ClientFacts;
import dev.trunkline.proxy.auth.ClientLogin;
import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.auth.Demand;
import dev.trunkline.proxy.auth.Method;
import dev.trunkline.proxy.auth.Secret;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.HostConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.Directory;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.Placement;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/**
 * Finds out what a client has to prove, gets hold of the secret to check it with, and checks it. On
 * the client's loop.
 */
final class ClientAuthentication implements ClientLogin.Sink {
  /** Where it leads. Exactly one verdict ends it. */
  interface Sink {
    /** The secret is at hand: what the client sends from now on is its answer. */
    void asked();

    void accepted(Credential credential);

    void refused(ErrorFields error);
  }

  /** PgBouncer has two more lines about these than about other reasons. */
  private static final String NO_SUCH_USER = "no such user";

  private static final String PASSWORD_FAILED = "password authentication failed";

  private static final ErrorFields CONFIG_ERROR =
      ErrorFields.fatal("F0000", "bouncer config error")
          .withHint("The log of the proxy tells what is wrong.");

  private final ClientConnection connection;
  private final Services services;
  private final LoopContext context;
  private final StartupRequest request;
  private final Sink sink;
  private final ProxyConfig config;
  private ClientFacts facts;
  private Demand demand;
  private UserSecrets.Key lookup;
  private ClientLogin login;
  private boolean over;

  ClientAuthentication(
      ClientConnection connection,
      Services services,
      LoopContext context,
      StartupRequest request,
      Sink sink) {
    this.connection = connection;
    this.services = services;
    this.context = context;
    this.request = request;
    this.sink = sink;
    this.config = services.config();
  }

  void start() {
    AccessRules rules = services.accessRules();
    facts = connection.facts(rules);
    if (request.console() && connection.ownUser() && request.user().equals("pgbouncer")) {
      accepted(new Credential.None());
      return;
    }
    // Rules are about the database, whatever workspace its name carries.
    String database =
        request.database() == null ? request.databaseName() : request.database().name();
    demand = rules.demand(facts, request.replication(), database, request.user());
    if (request.console() && !mayUseConsole()) {
      refuse(ErrorFields.fatal("28000", "not allowed"), "not in admin_users or stats_users");
    } else if (demand == null) {
      refuse(
          ErrorFields.fatal("28000", "no authentication method is found"),
          "no rule of auth_hba_file is for it");
    } else if (demand.method() == Method.ANY && nobodyToBe()) {
      refuse(CONFIG_ERROR, "auth_type any needs a user in the entry of the database");
    } else {
      findSecret();
    }
  }

  /** Under {@code any} everybody may; who is not listed just looks. */
  private boolean mayUseConsole() {
    Settings settings = config.settings();
    return (demand != null && demand.method() == Method.ANY)
        || settings.get(Keys.ADMIN_USERS).contains(request.user())
        || settings.get(Keys.STATS_USERS).contains(request.user());
  }

  private boolean nobodyToBe() {
    return request.database() != null && request.database().user() == null;
  }

  // ---- the secret ----

  private void findSecret() {
    UserConfig user = config.users().get(request.user());
    if (user != null && user.secret() != null) {
      ask(Secret.parse(user.name(), user.secret()));
    } else if (demand.method().needsSecret() && readLookup()) {
      lookUp();
    } else {
      ask(config.lists(request.user()) ? new Secret.None() : null);
    }
  }

  /** Whether somebody can be asked for the secret, and if so, whom and what. */
  private boolean readLookup() {
    Settings settings = config.settings();
    DatabaseConfig database = request.database();
    DatabaseConfig.Lookup own = database == null ? null : database.lookup();
    String authUser = first(own == null ? null : own.authUser(), settings.get(Keys.AUTH_USER));
    String dbname = first(own == null ? null : own.authDbname(), settings.get(Keys.AUTH_DBNAME));
    String name = dbname.isEmpty() && database != null ? database.name() : dbname;
    if (authUser.isEmpty() || name.isEmpty() || authUser.equals(request.user())) {
      return false;
    }
    String sql = first(own == null ? null : own.authQuery(), settings.get(Keys.AUTH_QUERY));
    lookup = new UserSecrets.Key(name, authUser, new AuthQuery.Question(sql, request.user()));
    return true;
  }

  private static String first(String own, String global) {
    return own == null ? global : own;
  }

  private void lookUp() {
    if (pool() == null) {
      refuse(CONFIG_ERROR, "auth_query: no database \"" + lookup.database() + "\" can be asked");
      return;
    }
    var patience = config.settings().get(Keys.QUERY_WAIT_TIMEOUT);
    services
        .userSecrets()
        .find(lookup, () -> AuthQuery.ask(context.loop(), this::pool, patience, lookup.question()))
        .whenCompleteAsync((answer, problem) -> answered(answer, problem), context.loop());
  }

  /** A sharded database has its users on every host: any one is asked. */
  private Pool pool() {
    DatabaseConfig database = config.databases().get(lookup.database());
    if (database == null && request.database() != null) {
      database = request.database().name().equals(lookup.database()) ? request.database() : null;
    }
    if (database == null) {
      return null;
    }
    HostConfig host = null;
    if (database.sharded()) {
      Router router = services.router();
      Placement any = router.anyShard(request.listenerGroup(), 0);
      if (any == null) {
        return null;
      }
      host = router.route(any, database).host();
    }
    return services.directory().pool(database, lookup.authUser(), host, Directory.Proof.NONE);
  }

  private void answered(UserSecrets.Answer answer, Throwable problem) {
    if (over) {
      return;
    }
    switch (answer) {
      case UserSecrets.Answer.Found found -> ask(found.secret());
      case UserSecrets.Answer.NoSuchUser _ ->
          refuse(ErrorFields.fatal("28000", NO_SUCH_USER), "auth_query does not know it");
      case UserSecrets.Answer.Failed failed -> refuse(CONFIG_ERROR, "auth_query: " + failed.why());
      case null -> refuse(CONFIG_ERROR, "auth_query: " + problem);
    }
  }

  // ---- the question ----

  private void ask(Secret secretOrNull) {
    login =
        new ClientLogin(
            demand, facts, request.user(), secretOrNull, services.logins(), context.loop(), this);
    login.start();
    if (!over) {
      connection.flush();
      sink.asked();
    }
  }

  /** Takes a message of the client; what follows a verdict is no longer for us. */
  boolean onMessage(byte tag, ByteBuf body) {
    if (tag != 'p') {
      throw new ProtocolViolation("expected password response, got message type " + (char) tag);
    }
    login.onPassword(body);
    return !over;
  }

  @Override
  public void send(ByteBuf message) {
    connection.write(message);
    connection.flush();
  }

  @Override
  public void accepted(Credential credential) {
    if (!over) {
      over = true;
      sink.accepted(credential);
    }
  }

  @Override
  public void rejected(ErrorFields error) {
    if (lookup != null) {
      services.userSecrets().forget(lookup);
    }
    String why = login.logDetail();
    if (error.message().equals(PASSWORD_FAILED)) {
      Log.error(connection.logContext(), PASSWORD_FAILED, null);
    }
    refuse(error, why.equals(NO_SUCH_USER) ? why + ": " + request.user() : why);
  }

  private void refuse(ErrorFields error, String why) {
    if (!over) {
      over = true;
      Log.log(connection.logContext(), why);
      sink.refused(error);
    }
  }

  /** The client is gone. */
  void cancel() {
    over = true;
    if (login != null) {
      login.cancel();
    }
  }
}
