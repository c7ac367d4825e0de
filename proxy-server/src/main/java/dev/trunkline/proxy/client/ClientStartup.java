package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.SslMode;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameAssembler;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.StartupPacket;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A client's connection from the first byte to the end of authentication: TLS, protocol version,
 * startup parameters, password. Nothing a client sends before it is known may cost much memory.
 */
final class ClientStartup implements ClientStage {
  /** PostgreSQL's limit for authentication messages. */
  private static final int MAX_AUTH_MESSAGE = 65_535;

  private enum Phase {
    PACKETS,
    SECRET,
    PASSWORD,
    WELCOME,
    DONE
  }

  private final ClientConnection connection;
  private final Services services;
  private final LoopContext context;
  private final StartupPackets packets;
  private final FrameAssembler frames;
  private final ScheduledFuture<?> deadline;
  private Phase phase = Phase.PACKETS;
  private StartupRequest request;

  /** Counted as a client, until it is the session's. */
  private Identity identity;

  private ClientAuthentication authentication;
  private ClientWelcome welcome;
  private ByteBuf early;

  ClientStartup(ClientConnection connection, Services services, LoopContext context) {
    this.connection = connection;
    this.services = services;
    this.context = context;
    this.packets = new StartupPackets(connection, services, this::startup);
    this.frames = new FrameAssembler(connection.channel().alloc(), MAX_AUTH_MESSAGE);
    long millis = services.config().settings().get(Keys.CLIENT_LOGIN_TIMEOUT).toMillis();
    this.deadline =
        millis == 0 ? null : context.loop().schedule(this::timeout, millis, TimeUnit.MILLISECONDS);
  }

  private void timeout() {
    if (phase == Phase.WELCOME) {
      fail(
          ErrorFields.fatal("08P01", "client_login_timeout (server down)")
              .withDetail("No server connection became free during the login.")
              .withHint("SHOW POOLS and SHOW HOSTS on the console tell why."));
    } else if (phase != Phase.DONE) {
      fail(ErrorFields.fatal("08P01", "client_login_timeout"));
    }
  }

  // ---- bytes ----

  @Override
  public void onBytes(ByteBuf chunk) {
    try {
      switch (phase) {
        case PACKETS -> packets.onBytes(chunk);
        case PASSWORD -> frames.feed(chunk, authentication::onMessage);
        case SECRET, WELCOME -> keep(chunk);
        case DONE -> chunk.release();
      }
    } catch (ProtocolViolation e) {
      fail(e.fields());
    }
  }

  // ---- startup message ----

  private void startup(StartupPacket.Startup startup, ByteBuf rest) {
    if (rest.isReadable()) {
      keep(rest.readRetainedSlice(rest.readableBytes()));
    }
    startup(startup);
  }

  private void startup(StartupPacket.Startup startup) {
    if (startup.major() != 3) {
      fail(
          startup.major() == 2
              ? ErrorFields.fatal("0A000", "old V2 protocol not supported")
              : ErrorFields.fatal(
                  "0A000",
                  "unsupported frontend protocol "
                      + startup.major()
                      + "."
                      + startup.minor()
                      + ": server supports 3.0"));
      return;
    }
    boolean tlsNeeded =
        services.config().settings().get(Keys.CLIENT_TLS_SSLMODE).compareTo(SslMode.REQUIRE) >= 0;
    if (tlsNeeded && !connection.unix() && connection.tls().isEmpty()) {
      fail(
          ErrorFields.fatal("28000", "SSL required")
              .withHint("Connect with sslmode=require or stronger."));
      return;
    }
    negotiate(startup);
    request =
        StartupRequest.of(
            startup,
            services.config(),
            connection.listenerGroup(),
            connection.address(),
            connection.placeOnMachine());
    connection.named(request.databaseName(), request.user());
    logAttempt();
    if (request.console() || enter()) {
      authenticate();
    }
  }

  /** Before it is asked for a password: a crowd is not to cost more than it must. */
  private boolean enter() {
    Identity wanted = request.identity();
    ErrorFields refusal = services.admission().enter(wanted, services.config());
    if (refusal == null) {
      identity = wanted;
    } else {
      fail(refusal);
    }
    return refusal == null;
  }

  private void authenticate() {
    phase = Phase.SECRET;
    authentication =
        new ClientAuthentication(connection, services, context, request, new Verdict());
    authentication.start();
  }

  private void negotiate(StartupPacket.Startup startup) {
    List<String> unknown =
        startup.parameters().keySet().stream().filter(name -> name.startsWith("_pq_.")).toList();
    if (startup.minor() > 0 || !unknown.isEmpty()) {
      connection.write(out -> Backend.negotiateProtocolVersion(out, 0, unknown));
    }
  }

  private void logAttempt() {
    if (services.config().settings().get(Keys.LOG_CONNECTIONS)) {
      Log.log(
          connection.logContext(),
          "login attempt: db="
              + request.databaseName()
              + " user="
              + request.user()
              + " tls="
              + (connection.tls().isEmpty() ? "no" : connection.tls())
              + " replication="
              + request.replication().parameter());
    }
  }

  // ---- authentication ----

  /** What the login leads to. */
  private final class Verdict implements ClientAuthentication.Sink {
    @Override
    public void asked() {
      phase = Phase.PASSWORD;
      ByteBuf bytes = takeEarly();
      connection.reading(true);
      if (bytes != null) {
        onBytes(bytes);
      }
    }

    @Override
    public void accepted(Credential credential) {
      authenticated(credential);
    }

    @Override
    public void refused(ErrorFields error) {
      fail(error);
    }
  }

  private void authenticated(Credential credential) {
    phase = Phase.WELCOME;
    keep(frames.rest());
    if (request.console()) {
      openConsole();
      return;
    }
    identity.proved(credential);
    welcome = new ClientWelcome(connection, services, context, request, identity, new Entrance());
    welcome.start();
  }

  private void openConsole() {
    boolean admin =
        connection.ownUser()
            || services.config().settings().get(Keys.ADMIN_USERS).contains(request.user());
    done();
    services.openConsole(connection, request.user(), request.applicationName(), admin);
    handEarlyBytesOn();
  }

  private final class Entrance implements ClientWelcome.Sink {
    @Override
    public void welcomed(ClientStage session) {
      done();
      identity = null;
      connection.stage(session);
      connection.flush();
      handEarlyBytesOn();
    }

    @Override
    public void refused(ErrorFields error) {
      fail(error);
    }
  }

  private void handEarlyBytesOn() {
    ByteBuf bytes = takeEarly();
    if (bytes != null) {
      connection.stage().onBytes(bytes);
      connection.stage().onReadComplete();
    }
  }

  private ByteBuf takeEarly() {
    ByteBuf bytes = early;
    early = null;
    return bytes;
  }

  /** Bytes of an impatient client; no more of them are read until it is let in. */
  private void keep(ByteBuf chunk) {
    if (chunk == null) {
      return;
    }
    connection.reading(false);
    early = early == null ? chunk : joined(early, chunk);
  }

  private ByteBuf joined(ByteBuf first, ByteBuf second) {
    ByteBuf both =
        connection.channel().alloc().buffer(first.readableBytes() + second.readableBytes());
    both.writeBytes(first).writeBytes(second);
    first.release();
    second.release();
    return both;
  }

  // ---- ends ----

  private void fail(ErrorFields error) {
    if (phase != Phase.DONE) {
      end();
      services.errors().count(error.sqlstate());
      connection.fatal(error.withSeverity("FATAL"));
    }
  }

  private void done() {
    phase = Phase.DONE;
    if (deadline != null) {
      deadline.cancel(false);
    }
    frames.release();
    connection.reading(true);
  }

  private void end() {
    done();
    if (authentication != null) {
      authentication.cancel();
    }
    if (welcome != null) {
      welcome.cancel();
    }
    if (identity != null) {
      services.admission().turnedAway(identity);
      identity = null;
    }
    if (early != null) {
      early.release();
      early = null;
    }
  }

  @Override
  public void onReadComplete() {}

  @Override
  public void onWritability(boolean writable) {}

  @Override
  public void onClosed() {
    if (phase != Phase.DONE) {
      end();
    }
  }
}
