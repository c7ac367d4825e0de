package dev.trunkline.proxy.client;

import dev.trunkline.proxy.auth.AccessRules;
import dev.trunkline.proxy.auth.ClientFacts;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.server.Unexpected;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The socket of one client, its stage, and what the log calls it. */
public final class ClientConnection {
  private static final long GOODBYE_SECONDS = 5;
  private static final String GONE = "client unexpected eof";
  private static final String GOODBYE = "client close request";
  private static final String UNIX = "unix";
  private static final String MACHINE = machine();
  private static final Silence SILENCE = new Silence();
  private static final AtomicLong IDS = new AtomicLong();

  private final long id = IDS.incrementAndGet();
  private final long connectedMillis = System.currentTimeMillis();
  private final Channel channel;
  private final String listenerGroup;
  private final int unixPort;
  private final Supplier<Settings> settings;
  private final PeerUser peer;
  private ClientStage stage;
  private String database = "(nodb)";
  private String user = "(nouser)";
  private String tls = "";
  private String closeReason = GONE;
  private boolean closing;

  /**
   * @param unixPort the number in the name of the unix socket it comes through; 0 for TCP
   * @param settings those of now
   */
  ClientConnection(
      Channel channel, String listenerGroup, int unixPort, Supplier<Settings> settings) {
    this.settings = settings;
    this.channel = channel;
    this.listenerGroup = listenerGroup;
    this.unixPort = unixPort;
    this.peer = PeerUser.of(channel);
  }

  public long id() {
    return id;
  }

  public Channel channel() {
    return channel;
  }

  public long connectedMillis() {
    return connectedMillis;
  }

  /** The group whose own listener it came through, or null. */
  public String listenerGroup() {
    return listenerGroup;
  }

  public ClientStage stage() {
    return stage;
  }

  /** From now on that stage gets what comes. */
  public void stage(ClientStage next) {
    stage = next;
  }

  /** TLS version and cipher, "" without TLS. */
  public String tls() {
    return tls;
  }

  void tls(String description) {
    tls = description;
  }

  void named(String databaseName, String userName) {
    database = databaseName;
    user = userName;
  }

  /** Whether it comes through a unix socket. */
  boolean unix() {
    return unixPort != 0;
  }

  /** Its IP address, or {@code unix}. */
  public String address() {
    return address(channel.remoteAddress());
  }

  private static String address(SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getAddress().getHostAddress() : UNIX;
  }

  private int port(SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getPort() : unixPort;
  }

  /** What the socket and the handshake show of the client. */
  ClientFacts facts(AccessRules rules) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    ClientFacts.Tls shown =
        handler == null ? null : ClientFacts.Tls.of(handler.engine().getSession());
    return channel.remoteAddress() instanceof InetSocketAddress a
        ? new ClientFacts(a.getAddress(), null, shown)
        : new ClientFacts(null, rules.systemUser(peer.uid()), null);
  }

  /** Whether it comes through a unix socket from a process of the proxy's own system user. */
  boolean ownUser() {
    return peer.isOwn();
  }

  /** Number of the process at the other end of a unix socket; 0 where that is not known. */
  public int peerPid() {
    return peer.pid();
  }

  public int port() {
    return port(channel.remoteAddress());
  }

  public String localAddress() {
    return address(channel.localAddress());
  }

  public int localPort() {
    return port(channel.localAddress());
  }

  /** How log lines begin, as in PgBouncer. */
  public String logContext() {
    return "C-0x" + Long.toHexString(id) + ": " + database + "/" + user + "@" + place();
  }

  /** Address and port as PgBouncer writes them; of a unix socket the process, too. */
  String place() {
    String address = address();
    if (unix()) {
      return UNIX + "(" + peer.pid() + "):" + unixPort;
    }
    return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port();
  }

  /** The same, with the machine's name for the process, as application_name_add_host has it. */
  String placeOnMachine() {
    return unix() ? UNIX + "(" + peer.pid() + "@" + MACHINE + "):" + unixPort : place();
  }

  private static String machine() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException elsewhere) {
      return "localhost"; // no /proc
    }
  }

  // ---- output ----

  /** Queues messages of our own; {@link #flush} sends them. */
  public void write(Consumer<ByteBuf> encoder) {
    ByteBuf out = channel.alloc().buffer();
    encoder.accept(out);
    channel.write(out, channel.voidPromise());
  }

  public void write(ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  public void flush() {
    channel.flush();
  }

  /** Stops or resumes reading from the client. */
  public void reading(boolean on) {
    if (channel.isActive() && channel.config().isAutoRead() != on) {
      channel.config().setAutoRead(on);
    }
  }

  /** Logs, tells the client, closes. The lines are written before the client sees the error. */
  public void fatal(ErrorFields error) {
    if (closing) {
      return;
    }
    ends(error.message());
    logError(error);
    ByteBuf out = channel.alloc().buffer();
    Backend.error(out, error);
    closeAfter(out);
  }

  /** Logs an error that the connection survives. */
  public void logError(ErrorFields error) {
    if (settings.get().get(Keys.LOG_POOLER_ERRORS)) {
      Log.warning(logContext(), "pooler error: " + error.message());
    }
  }

  /** The client asked for it. */
  public void close() {
    if (!closing) {
      ends(GOODBYE);
    }
    channel.close();
  }

  /** Lets the client have what is written already, then closes. */
  void endAfterFlush(String reason) {
    if (!closing) {
      ends(reason);
      closeAfter(channel.alloc().buffer(0));
    }
  }

  /** Nothing follows the last word, such as what else was in the server's chunk. */
  @Sharable
  private static final class Silence extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ReferenceCountUtil.release(message);
      promise.trySuccess();
    }
  }

  private void ends(String reason) {
    closing = true;
    closeReason = reason;
    logEnd();
  }

  private void logEnd() {
    if (settings.get().get(Keys.LOG_DISCONNECTIONS)) {
      long age = (System.currentTimeMillis() - connectedMillis) / 1000;
      Log.log(logContext(), "closing because: " + closeReason + " (age=" + age + "s)");
    }
  }

  private void closeAfter(ByteBuf last) {
    channel.writeAndFlush(last).addListener(ChannelFutureListener.CLOSE);
    if (channel.isOpen()) {
      channel.pipeline().addLast("silence", SILENCE);
      // A client that does not read must not keep what it holds.
      channel.eventLoop().schedule(() -> channel.close(), GOODBYE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Why it ends, or would if it ended now. */
  String closeReason() {
    return closeReason;
  }

  /** Why a server connection ends with it that was in the middle of something. */
  String serverCloseReason() {
    boolean left = closeReason.equals(GONE) || closeReason.equals(GOODBYE);
    return left ? "client disconnect while server was not ready" : closeReason;
  }

  // ---- ends ----

  void closed() {
    if (!closing) {
      logEnd();
    }
    stage.onClosed();
  }

  void failed(Throwable cause) {
    closeReason = String.valueOf(cause.getMessage());
    Unexpected.log(logContext(), cause);
    channel.close();
  }
}
