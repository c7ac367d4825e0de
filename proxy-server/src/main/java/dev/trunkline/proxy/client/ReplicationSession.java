package dev.trunkline.proxy.client;

import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameCursor;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.Replication;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.function.Consumer;

/**
 * A replication client and the server connection that was opened for it: a pipe, in both directions
 * at once, that ends when either end does. Nothing is looked into but where the client's messages
 * begin, so that its goodbye is known from a lost connection; no timeout of queries is for it.
 * Client and server connection live on the same loop.
 */
public final class ReplicationSession implements Session, ClientStage, Owner {
  private final ClientConnection connection;
  private final Services services;
  private final LoopContext context;
  private final Identity identity;
  private final SessionSettings settings;
  private final ServerConnection server;
  private final Pool pool;
  private final Counters counters;
  private final FrameCursor frames = new FrameCursor(Integer.MAX_VALUE);
  private final FrameCursor answers = new FrameCursor(Integer.MAX_VALUE);
  private final long cancelKey;

  ReplicationSession(
      ClientConnection connection,
      Services services,
      LoopContext context,
      Identity identity,
      SessionSettings settings,
      ServerConnection server,
      Pool pool) {
    this.connection = connection;
    this.services = services;
    this.context = context;
    this.identity = identity;
    this.settings = settings;
    this.server = server;
    this.pool = pool;
    this.counters = pool.counters(context.index());
    this.cancelKey = services.cancelKeys().register(new Canceler());
    counters.assignments++;
    context.add(this);
    server.attach(this, context.loop());
  }

  long cancelKey() {
    return cancelKey;
  }

  private final class Canceler implements Cancelable {
    @Override
    public void cancel(Consumer<String> done) {
      context.loop().execute(() -> ReplicationSession.this.cancel(() -> done.accept(SENT)));
    }

    @Override
    public String database() {
      return identity.database().name();
    }
  }

  private void cancel(Runnable done) {
    if (server.channel().isActive()) {
      services.directory().pools().connector().cancel(server, done);
    } else {
      done.run();
    }
  }

  // ---- views ----

  @Override
  public Identity identity() {
    return identity;
  }

  @Override
  public ClientConnection connection() {
    return connection;
  }

  @Override
  public Replication replication() {
    return server.replication();
  }

  @Override
  public ServerConnection server() {
    return server;
  }

  @Override
  public String state() {
    return "active";
  }

  /** What it streams belongs to all of them. */
  @Override
  public String workspaceText() {
    return "";
  }

  @Override
  public int preparedStatements() {
    return 0;
  }

  @Override
  public String applicationName() {
    String name = settings.get("application_name");
    return name == null ? "" : name;
  }

  @Override
  public long requestMillis() {
    return server.requestMillis();
  }

  @Override
  public long waitedMicros() {
    return 0;
  }

  @Override
  public void kill(ErrorFields error) {
    services.errors().count(error.sqlstate());
    end(error);
  }

  /** Within a message of the server's an error would be taken for the rest of it. */
  private void end(ErrorFields error) {
    if (answers.atBoundary()) {
      connection.fatal(error);
    } else {
      connection.logError(error);
      connection.endAfterFlush(error.message());
    }
  }

  // ---- from the client ----

  @Override
  public void onBytes(ByteBuf chunk) {
    counters.bytesReceived += chunk.readableBytes();
    boolean goodbye;
    try {
      goodbye = walk(chunk);
    } catch (ProtocolViolation e) {
      chunk.release();
      kill(e.fields().withSeverity("FATAL"));
      return;
    }
    server.write(chunk);
    if (goodbye) {
      server.flush();
      connection.close();
    }
  }

  /** Whether the client says that it leaves. */
  private boolean walk(ByteBuf chunk) {
    return walk(frames, chunk, Tags.Frontend.TERMINATE);
  }

  /** Whether a message with that tag ends in the chunk. */
  private static boolean walk(FrameCursor frames, ByteBuf chunk, byte tag) {
    int at = chunk.readerIndex();
    int end = chunk.writerIndex();
    boolean found = false;
    while (at < end) {
      at = frames.header(chunk, at, end);
      if (!frames.headerComplete()) {
        break;
      }
      at = frames.skip(at, end);
      if (frames.bodyRemaining() == 0) {
        found |= frames.tag() == tag;
        frames.next();
      }
    }
    return found;
  }

  @Override
  public void onReadComplete() {
    server.flush();
  }

  @Override
  public void onWritability(boolean writable) {
    server.reading(writable);
  }

  @Override
  public void onClosed() {
    services.cancelKeys().forget(cancelKey);
    context.remove(this);
    services.admission().leave(identity);
    server.close(connection.closeReason());
  }

  // ---- from the server ----

  @Override
  public void onServerBytes(ServerConnection from, ByteBuf chunk) {
    counters.bytesSent += chunk.readableBytes();
    try {
      walk(answers, chunk, Tags.Backend.ERROR_RESPONSE);
    } catch (ProtocolViolation e) {
      chunk.release();
      kill(e.fields().withSeverity("FATAL"));
      return;
    }
    Channel client = connection.channel();
    client.write(chunk, client.voidPromise());
    if (!client.isWritable()) {
      server.reading(false);
    }
  }

  @Override
  public void onServerReadComplete(ServerConnection from) {
    connection.flush();
  }

  @Override
  public void onServerWritability(ServerConnection from, boolean writable) {
    connection.reading(writable);
  }

  /**
   * Where the server has closed it, the client has seen its last words, and sees the end, as
   * without a proxy. Where the proxy has, it says why.
   */
  @Override
  public void onServerClosed(ServerConnection from) {
    pool.closed(server);
    if (!connection.channel().isOpen()) {
      return; // It ends because its client has.
    }
    if (server.closeReason() == null) {
      connection.endAfterFlush("server conn crashed?");
    } else {
      kill(
          ErrorFields.fatal("57P01", server.closeReason())
              .withDetail("The proxy has ended the replication connection.")
              .withHint("Connect again. Another server has replication slots of its own."));
    }
  }
}
