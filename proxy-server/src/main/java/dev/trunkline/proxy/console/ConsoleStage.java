package dev.trunkline.proxy.console;

import dev.trunkline.admin.Access;
import dev.trunkline.admin.ConsoleSession;
import dev.trunkline.proxy.client.CancelKeys;
import dev.trunkline.proxy.client.Cancelable;
import dev.trunkline.proxy.client.ClientConnection;
import dev.trunkline.proxy.client.ClientStage;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameAssembler;
import dev.trunkline.wire.ProtocolViolation;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A connection that talks to the console. Frames messages and writes answers on the event loop;
 * each message is handled on a virtual thread, one at a time. What comes meanwhile is kept up to a
 * limit; reading goes on until then, because a client that vanishes is noticed by nothing else.
 */
final class ConsoleStage implements ClientStage {
  private static final int MAX_MESSAGE = 1 << 20;
  private static final int MAX_PENDING = 64 * 1024;
  private static final long CANCEL_AGAIN_MILLIS = 20;

  private final ConsoleDoor door;
  private final ClientConnection connection;
  private final String user;
  private final String applicationName;
  private final ConsoleSession session;
  private final CancelKeys keys;
  private final long cancelKey;
  private final FrameAssembler frames;

  /** Came while a command ran. */
  private final Deque<ByteBuf> pending = new ArrayDeque<>();

  private int pendingBytes;
  private boolean busy;
  private boolean over;
  private volatile long requestMillis;

  ConsoleStage(
      ConsoleDoor door,
      ClientConnection connection,
      String user,
      String applicationName,
      Access access) {
    this.door = door;
    this.connection = connection;
    this.user = user;
    this.applicationName = applicationName;
    this.session =
        new ConsoleSession(
            access, door.inspector(), door.operator(), door.mover(user), this::failed);
    this.keys = door.control().cancelKeys();
    this.cancelKey = keys.register(new Canceler());
    this.frames = new FrameAssembler(connection.channel().alloc(), MAX_MESSAGE);
  }

  private final class Canceler implements Cancelable {
    @Override
    public void cancel(Consumer<String> done) {
      session.cancel();
      done.accept("cancel request for console client");
    }

    @Override
    public String database() {
      return ConsoleSession.DATABASE;
    }
  }

  /**
   * Once for whoever looks for errors, once for whoever looks at this client: as PgBouncer does.
   */
  private void failed(ErrorFields error) {
    Log.error(error.message());
    connection.logError(error);
  }

  /** Lets the client in. */
  void welcome() {
    connection.write(
        out -> {
          Backend.authenticationOk(out);
          session.welcome(out);
          if (!applicationName.isEmpty()) {
            Backend.parameterStatus(out, "application_name", applicationName);
          }
          Backend.backendKeyData(out, CancelKeys.pid(cancelKey), CancelKeys.secret(cancelKey));
          Backend.readyForQuery(out, (byte) 'I');
        });
    connection.flush();
  }

  ClientConnection connection() {
    return connection;
  }

  String user() {
    return user;
  }

  String applicationName() {
    return applicationName;
  }

  /** Wall clock of the last command, 0 before the first. */
  long requestMillis() {
    return requestMillis;
  }

  /** An operator wants it gone. Any thread. */
  void kill(ErrorFields error) {
    connection.channel().eventLoop().execute(() -> fatal(error));
  }

  // ---- bytes, on the loop ----

  @Override
  public void onBytes(ByteBuf chunk) {
    if (over) {
      chunk.release();
      return;
    }
    pending.add(chunk);
    pendingBytes += chunk.readableBytes();
    next();
  }

  @Override
  public void onReadComplete() {
    connection.flush();
  }

  @Override
  public void onWritability(boolean writable) {
    next();
  }

  /** Starts the next command, if there is one and the client has taken the last answer. */
  private void next() {
    try {
      if (mayBegin()) {
        frames.feed(rest(), this::onMessage);
      }
      while (mayBegin() && !pending.isEmpty()) {
        ByteBuf chunk = pending.poll();
        pendingBytes -= chunk.readableBytes();
        frames.feed(chunk, this::onMessage);
      }
      connection.reading(pendingBytes < MAX_PENDING);
    } catch (ProtocolViolation e) {
      fatal(e.fields().withSeverity("FATAL"));
    }
  }

  private boolean mayBegin() {
    return !busy && !over && connection.channel().isWritable();
  }

  private ByteBuf rest() {
    ByteBuf rest = frames.rest();
    return rest == null ? Unpooled.EMPTY_BUFFER : rest;
  }

  private boolean onMessage(byte tag, ByteBuf body) {
    if (tag == Tags.Frontend.TERMINATE) {
      // At once: behind a thread the end of the connection would be noticed first.
      connection.close();
      return false;
    }
    busy = true;
    requestMillis = System.currentTimeMillis();
    ByteBuf message = body.copy();
    Thread.ofVirtual().name("console-" + connection.id()).start(() -> handle(tag, message));
    return false;
  }

  // ---- commands, on a virtual thread ----

  private void handle(byte tag, ByteBuf message) {
    ByteBuf answer = connection.channel().alloc().buffer();
    boolean more = false;
    try {
      more = session.handle(tag, message, answer);
    } finally {
      message.release();
      boolean goOn = more;
      connection.channel().eventLoop().execute(() -> handled(answer, goOn));
    }
  }

  private void handled(ByteBuf answer, boolean more) {
    busy = false;
    if (over) {
      answer.release();
    } else if (more) {
      connection.write(answer);
      connection.flush();
      next();
    } else {
      connection.write(answer);
      connection.flush();
      connection.close();
    }
  }

  // ---- ends ----

  private void fatal(ErrorFields error) {
    if (!over) {
      connection.fatal(error);
    }
  }

  @Override
  public void onClosed() {
    over = true;
    keys.forget(cancelKey);
    door.closed(this);
    frames.release();
    pending.forEach(ByteBuf::release);
    pending.clear();
    cancelUntilDone();
  }

  /** A command that is about to wait does not hear the first one. */
  private void cancelUntilDone() {
    if (busy) {
      session.cancel();
      connection
          .channel()
          .eventLoop()
          .schedule(this::cancelUntilDone, CANCEL_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
