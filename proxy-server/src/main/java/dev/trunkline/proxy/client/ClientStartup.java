package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.ClientLogin;
import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.auth.Secret;
import dev.trunkline.proxy.auth.TlsContexts;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.SslMode;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameAssembler;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.StartupDecoder;
import dev.trunkline.wire.StartupPacket;
import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslHandler;
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
    FIRST_BYTE,
    PACKET,
    TLS,
    PASSWORD,
    WELCOME,
    DONE
  }

  private final ClientConnection connection;
  private final Services services;
  private final LoopContext context;
  private final StartupDecoder decoder = new StartupDecoder();
  private final FrameAssembler frames;
  private final ScheduledFuture<?> deadline;
  private Phase phase = Phase.FIRST_BYTE;
  private StartupRequest request;
  private ClientLogin login;
  private ClientWelcome welcome;
  private ByteBuf early;

  ClientStartup(ClientConnection connection, Services services, LoopContext context) {
    this.connection = connection;
    this.services = services;
    this.context = context;
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
        case FIRST_BYTE, PACKET -> packetBytes(chunk);
        case PASSWORD -> frames.feed(chunk, this::onMessage);
        case WELCOME -> keep(chunk);
        case TLS, DONE -> chunk.release();
      }
    } catch (ProtocolViolation e) {
      fail(e.fields());
    }
  }

  private void packetBytes(ByteBuf chunk) {
    try {
      if (phase == Phase.FIRST_BYTE) {
        phase = Phase.PACKET;
        if (StartupDecoder.isTlsHandshake(chunk.getByte(chunk.readerIndex()))
            && services.clientTls() != null
            && connection.tls().isEmpty()) {
          directTls(chunk.retain());
          return;
        }
      }
      chunk.readerIndex(decoder.feed(chunk, chunk.readerIndex(), chunk.writerIndex()));
      if (decoder.complete()) {
        packet(decoder.packet(), chunk);
      }
    } finally {
      chunk.release();
    }
  }

  private void packet(StartupPacket packet, ByteBuf rest) {
    switch (packet) {
      case StartupPacket.SslRequest _ -> {
        alone(rest, "SSL");
        answerSsl();
      }
      case StartupPacket.GssEncRequest _ -> {
        alone(rest, "GSSAPI encryption");
        answer('N');
      }
      case StartupPacket.CancelRequest cancel -> cancel(cancel);
      case StartupPacket.Startup startup -> {
        if (rest.isReadable()) {
          frames.feed(rest.readRetainedSlice(rest.readableBytes()), (tag, body) -> false);
        }
        startup(startup);
      }
    }
  }

  /** Bytes behind an encryption request may have been injected by somebody in the middle. */
  private static void alone(ByteBuf rest, String what) {
    if (rest.isReadable()) {
      throw new ProtocolViolation("received unencrypted data after " + what + " request");
    }
  }

  private void answer(char letter) {
    connection.write(out -> out.writeByte(letter));
    connection.flush();
  }

  private void answerSsl() {
    if (services.clientTls() == null || !connection.tls().isEmpty()) {
      answer('N');
      return;
    }
    answer('S');
    startTls();
  }

  private SslHandler startTls() {
    phase = Phase.TLS;
    SslHandler tls = services.clientTls().newHandler(connection.channel().alloc());
    connection.channel().pipeline().addFirst("tls", tls);
    tls.handshakeFuture()
        .addListener(
            shaken -> {
              if (shaken.isSuccess()) {
                connection.tls(TlsContexts.describe(tls.engine().getSession()));
                phase = Phase.PACKET;
              } else {
                connection.failed(shaken.cause());
              }
            });
    return tls;
  }

  /** A client that begins with TLS at once has to say what for, with ALPN. */
  private void directTls(ByteBuf chunk) {
    SslHandler tls = startTls();
    tls.handshakeFuture()
        .addListener(
            shaken -> {
              if (shaken.isSuccess() && !TlsContexts.ALPN.equals(tls.applicationProtocol())) {
                connection.channel().close();
              }
            });
    connection.channel().pipeline().fireChannelRead(chunk);
  }

  private void cancel(StartupPacket.CancelRequest cancel) {
    Cancelable target = services.cancelKeys().find(cancel.pid(), cancel.key());
    if (target != null) {
      target.cancel();
    }
    connection.channel().close();
  }

  // ---- startup message ----

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
    if (tlsNeeded && connection.tls().isEmpty()) {
      fail(
          ErrorFields.fatal("28000", "SSL required")
              .withHint("Connect with sslmode=require or stronger."));
      return;
    }
    negotiate(startup);
    request =
        StartupRequest.of(
            startup, services.config(), connection.listenerGroup(), connection.address());
    connection.named(request.databaseName(), request.user());
    logAttempt();
    authenticate();
  }

  private void negotiate(StartupPacket.Startup startup) {
    List<String> unknown =
        startup.parameters().keySet().stream().filter(name -> name.startsWith("_pq_.")).toList();
    if (startup.minor() > 0 || !unknown.isEmpty()) {
      connection.write(out -> Backend.negotiateProtocolVersion(out, 0, unknown));
    }
  }

  private void logAttempt() {
    connection.logged(services.config().settings().get(Keys.LOG_DISCONNECTIONS));
    if (services.config().settings().get(Keys.LOG_CONNECTIONS)) {
      Log.log(
          connection.logContext(),
          "login attempt: db="
              + request.databaseName()
              + " user="
              + request.user()
              + " tls="
              + (connection.tls().isEmpty() ? "no" : connection.tls())
              + " replication=no");
    }
  }

  // ---- authentication ----

  private void authenticate() {
    ProxyConfig config = services.config();
    if (request.console() && !mayUseConsole(config)) {
      fail(ErrorFields.fatal("28000", "not allowed"));
      return;
    }
    UserConfig user = config.users().get(request.user());
    Secret secret =
        user == null || user.secret() == null ? null : Secret.parse(user.name(), user.secret());
    Secret known = user != null && secret == null ? new Secret.None() : secret;
    phase = Phase.PASSWORD;
    login =
        new ClientLogin(
            config.settings().get(Keys.AUTH_TYPE),
            request.user(),
            known,
            services.logins(),
            context.loop(),
            new Verdict());
    login.start();
    if (phase == Phase.PASSWORD) {
      connection.flush();
      drainEarly();
    }
  }

  /** Messages that came in one packet with the startup message. */
  private void drainEarly() {
    ByteBuf rest = frames.rest();
    if (rest != null) {
      frames.feed(rest, this::onMessage);
    }
  }

  private boolean mayUseConsole(ProxyConfig config) {
    return config.settings().get(Keys.ADMIN_USERS).contains(request.user())
        || config.settings().get(Keys.STATS_USERS).contains(request.user());
  }

  private boolean onMessage(byte tag, ByteBuf body) {
    if (tag != 'p') {
      throw new ProtocolViolation("expected password response, got message type " + (char) tag);
    }
    login.onPassword(body);
    return phase == Phase.PASSWORD;
  }

  /** What the login leads to. */
  private final class Verdict implements ClientLogin.Sink {
    @Override
    public void send(ByteBuf message) {
      connection.write(message);
      connection.flush();
    }

    @Override
    public void accepted(Credential credential) {
      if (phase == Phase.PASSWORD) {
        authenticated(credential);
      }
    }

    @Override
    public void rejected(ErrorFields error) {
      String detail = login.logDetail();
      if (detail != null) {
        Log.log(connection.logContext(), detail);
      }
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
    welcome = new ClientWelcome(connection, services, context, request, credential, this::welcomed);
    welcome.start();
  }

  private void openConsole() {
    boolean admin = services.config().settings().get(Keys.ADMIN_USERS).contains(request.user());
    done();
    services.openConsole(connection, request.user(), admin);
    handEarlyBytesOn();
  }

  /** The client is let in: the session takes over. */
  private void welcomed(ClientSession session) {
    done();
    connection.stage(session);
    connection.flush();
    handEarlyBytesOn();
  }

  private void handEarlyBytesOn() {
    if (early != null) {
      ByteBuf bytes = early;
      early = null;
      connection.stage().onBytes(bytes);
      connection.stage().onReadComplete();
    }
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
      connection.logError(error);
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
    if (login != null) {
      login.cancel();
    }
    if (welcome != null) {
      welcome.cancel();
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
