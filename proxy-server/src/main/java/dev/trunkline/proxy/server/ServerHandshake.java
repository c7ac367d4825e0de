package dev.trunkline.proxy.server;

import dev.trunkline.proxy.auth.ChannelBinding;
import dev.trunkline.proxy.auth.LoginContext;
import dev.trunkline.proxy.auth.ServerLogin;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameAssembler;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.Replication;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * From an open socket to ReadyForQuery: startup message, authentication, parameters, the connect
 * query. Then it gives its place in the pipeline to {@link ServerHandler}.
 */
final class ServerHandshake extends ChannelInboundHandlerAdapter implements TlsNegotiation.Outcome {
  private static final int LOGIN_MESSAGE_LIMIT = 1 << 20;

  private enum Phase {
    CONNECTING,
    LOGIN,
    CONNECT_QUERY,
    DONE
  }

  private final Connector.Target target;
  private final LoginContext context;
  private final ServerOptions options;
  private final Connector.Callback outcome;
  private Phase phase = Phase.CONNECTING;
  private ServerConnection server;
  private FrameAssembler frames;
  private ServerLogin login;
  private ChannelHandlerContext ctx;
  private ScheduledFuture<?> deadline;

  ServerHandshake(
      Connector.Target target,
      LoginContext context,
      ServerOptions options,
      Connector.Callback outcome) {
    this.target = target;
    this.context = context;
    this.options = options;
    this.outcome = outcome;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    ctx = context;
    frames = new FrameAssembler(ctx.alloc(), LOGIN_MESSAGE_LIMIT);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (phase == Phase.DONE) {
      return;
    }
    server = new ServerConnection(ctx.channel(), target);
    server.maxPacket(options.maxPacket());
    if (options.connectTimeoutMillis() > 0) {
      deadline =
          ctx.executor()
              .schedule(
                  () -> failed(ConnectFailure.timeout(target.endpoint())),
                  options.connectTimeoutMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf chunk = (ByteBuf) message;
    if (phase == Phase.DONE) {
      chunk.release();
      return;
    }
    try {
      frames.feed(chunk, this::onMessage);
    } catch (ProtocolViolation e) {
      failed(ConnectFailure.protocol(target.endpoint(), e.getMessage()));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    failed(ConnectFailure.closed(target.endpoint()));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (server == null) {
      // Not connected yet: whether it will be, the connect's own future tells. Epoll now and then
      // reports a socket as readable before that, and the read fails.
      return;
    }
    Unexpected.log("server " + target.endpoint(), cause);
    failed(ConnectFailure.of(target.endpoint(), cause));
  }

  /** The socket may be talked on: sends the startup message. */
  @Override
  public void open() {
    if (phase == Phase.DONE) {
      return;
    }
    phase = Phase.LOGIN;
    login =
        new ServerLogin(
            target.user(),
            target.credential(),
            binding(),
            context,
            ctx.executor(),
            new LoginSink());
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", target.user());
    parameters.put("database", target.endpoint().dbname());
    parameters.putAll(target.startup());
    ByteBuf out = ctx.alloc().buffer();
    Frontend.startup(out, 0, parameters);
    ctx.writeAndFlush(out);
  }

  private ChannelBinding binding() {
    SslHandler tls = ctx.pipeline().get(SslHandler.class);
    return tls == null ? null : ChannelBinding.withServer(tls.engine().getSession());
  }

  private boolean onMessage(byte tag, ByteBuf body) {
    switch (tag) {
      case 'R' -> login.onAuthentication(body);
      case 'S' -> parameter(body);
      case 'K' -> key(body);
      case 'E' -> refused(ErrorFields.decode(body));
      case 'Z' -> {
        return readyForQuery();
      }
      case 'N', 'A', 'C', 'T', 'D', 'I' -> {}
      default ->
          throw new ProtocolViolation("unexpected message '" + (char) tag + "' during login");
    }
    return phase != Phase.DONE;
  }

  /**
   * As PgBouncer's manual says: errors of connect_query are logged but ignored otherwise. What ends
   * the connection does so by its end.
   */
  private void refused(ErrorFields error) {
    if (phase == Phase.CONNECT_QUERY) {
      Log.error(
          "S: error while executing exec_on_query: %s: %s (%s)"
              .formatted(error.severity(), error.message(), target.endpoint()));
    } else {
      failed(ConnectFailure.refused(error));
    }
  }

  private void parameter(ByteBuf body) {
    server.parameters().put(MessageReader.readCstring(body), MessageReader.readCstring(body));
  }

  private void key(ByteBuf body) {
    int pid = MessageReader.readInt32(body);
    server.loggedIn(pid, MessageReader.readRest(body));
  }

  private boolean readyForQuery() {
    if (phase == Phase.LOGIN && connectQueryIsDue()) {
      phase = Phase.CONNECT_QUERY;
      ByteBuf out = ctx.alloc().buffer();
      Frontend.query(out, target.connectQuery());
      ctx.writeAndFlush(out);
      return true;
    }
    end();
    server.welcomed();
    ctx.pipeline().replace(this, "server", new ServerHandler(server));
    outcome.connected(server);
    return false;
  }

  /** A connection for physical replication takes no SQL. */
  private boolean connectQueryIsDue() {
    return target.connectQuery() != null && target.replication() != Replication.PHYSICAL;
  }

  @Override
  public void failed(ConnectFailure failure) {
    if (phase == Phase.DONE) {
      return;
    }
    end();
    if (server != null) {
      server.closed();
    }
    if (ctx != null) {
      ctx.close();
    }
    outcome.failed(failure);
  }

  private void end() {
    phase = Phase.DONE;
    if (frames != null) { // null: there was not even a descriptor for a socket
      frames.release();
    }
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  private final class LoginSink implements ServerLogin.Sink {
    @Override
    public void send(ByteBuf message) {
      ctx.writeAndFlush(message);
    }

    @Override
    public void authenticated() {
      // ParameterStatus, BackendKeyData and ReadyForQuery follow.
    }

    @Override
    public void failed(ErrorFields error) {
      ServerHandshake.this.failed(ConnectFailure.refused(error));
    }
  }
}
