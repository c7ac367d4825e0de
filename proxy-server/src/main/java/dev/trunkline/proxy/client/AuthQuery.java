package dev.trunkline.proxy.client;

import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Waiter;
import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerSink;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameAssembler;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Asks a server for one user's secret, on a connection of the pool of {@code auth_user}: it counts
 * as that pool's, with its limits, its TLS and its retries. A session on which clients have left
 * settings is wiped first: a search_path of theirs must not choose whose table is read. On the loop
 * of the client that asks.
 */
final class AuthQuery extends Waiter implements Owner, ServerSink {
  private static final int MAX_ANSWER = 1 << 20;
  private static final long TIMEOUT_SECONDS = 30;
  private static final int COLUMNS = 2;

  /**
   * What is asked.
   *
   * @param sql its parameter is the user
   */
  record Question(String sql, String user) {}

  private final EventLoop loop;
  private final Supplier<Pool> pools;
  private final Duration patience;
  private final Question question;
  private final CompletableFuture<UserSecrets.Answer> answer;
  private Pool pool;
  private FrameAssembler frames;
  private ServerConnection server;
  private ScheduledFuture<?> deadline;
  private UserSecrets.Answer found = new UserSecrets.Answer.NoSuchUser();

  private AuthQuery(
      EventLoop loop,
      Supplier<Pool> pools,
      Duration patience,
      Question question,
      CompletableFuture<UserSecrets.Answer> answer) {
    this.loop = loop;
    this.pools = pools;
    this.patience = patience;
    this.question = question;
    this.answer = answer;
  }

  /**
   * Asks.
   *
   * @param pools the pool that serves now; asked again when a reload replaces it
   * @param patience how long to wait for a connection; 0 = for ever
   */
  static CompletableFuture<UserSecrets.Answer> ask(
      EventLoop loop, Supplier<Pool> pools, Duration patience, Question question) {
    CompletableFuture<UserSecrets.Answer> answer = new CompletableFuture<>();
    new AuthQuery(loop, pools, patience, question, answer).acquire();
    return answer;
  }

  private void acquire() {
    pool = pools.get();
    ServerConnection granted = pool == null ? null : pool.acquire(this);
    if (pool == null) {
      answer.complete(new UserSecrets.Answer.Failed("its database is gone"));
    } else if (granted != null) {
      granted(granted);
    }
  }

  // ---- in the pool's queue ----

  @Override
  protected EventLoop loop() {
    return loop;
  }

  @Override
  protected Owner owner() {
    return this;
  }

  @Override
  protected String searchPath() {
    return null;
  }

  @Override
  protected long timeoutNanos() {
    return patience.toNanos();
  }

  @Override
  protected void refused(ErrorFields error) {
    answer.complete(new UserSecrets.Answer.Failed(error.message()));
  }

  @Override
  protected void moved() {
    acquire();
  }

  @Override
  protected void granted(ServerConnection connection) {
    server = connection;
    frames = new FrameAssembler(server.channel().alloc(), MAX_ANSWER);
    deadline =
        loop.schedule(() -> server.close("auth_query timeout"), TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (pristine()) {
      send();
    } else {
      wipe();
    }
  }

  // ---- towards the server ----

  private boolean pristine() {
    return server.applied().equals(SessionSettings.EMPTY)
        && server.searchPath() == null
        && server.workspace() == null
        && server.residue() == 0;
  }

  private void wipe() {
    ByteBuf out = server.channel().alloc().buffer();
    Frontend.query(out, "DISCARD ALL");
    server.ledger().expect(Reply.QUERY, Action.SWALLOW);
    server.write(out);
    server.flush();
  }

  private void send() {
    ByteBuf out = server.channel().alloc().buffer();
    byte[] user = question.user().getBytes(StandardCharsets.UTF_8);
    Frontend.parse(out, "", question.sql());
    Frontend.bind(out, "", "", List.of(user));
    Frontend.describe(out, Frontend.PORTAL, "");
    Frontend.execute(out, "", 0);
    Frontend.sync(out);
    for (Reply reply :
        List.of(Reply.PARSE, Reply.BIND, Reply.DESCRIBE, Reply.EXECUTE, Reply.SYNC)) {
      server.ledger().expect(reply, Action.FORWARD);
    }
    server.unnamedStatement(0);
    server.write(out);
    server.flush();
  }

  // ---- from the server ----

  @Override
  public void onServerBytes(ServerConnection from, ByteBuf chunk) {
    if (from != server) {
      chunk.release();
      from.close();
      return;
    }
    try {
      from.accept(chunk, this);
    } catch (ProtocolViolation e) {
      lost(e.getMessage());
    }
  }

  @Override
  public void forward(ByteBuf bytes) {
    frames.feed(bytes, this::onMessage);
  }

  private boolean onMessage(byte tag, ByteBuf body) {
    switch (tag) {
      case 'T' -> columns(MessageReader.readInt16(body));
      case 'n' -> columns(0);
      case 'D' -> row(body);
      default -> {} // completions, notices
    }
    return true;
  }

  private void columns(int count) {
    if (count != COLUMNS) {
      found = new UserSecrets.Answer.Failed("auth_query returns " + count + " columns, not 2");
    }
  }

  private void row(ByteBuf body) {
    if (!(found instanceof UserSecrets.Answer.NoSuchUser)) {
      return;
    }
    MessageReader.readInt16(body);
    byte[] name = MessageReader.readValue(body);
    byte[] secret = MessageReader.readValue(body);
    if (Arrays.equals(name, question.user().getBytes(StandardCharsets.UTF_8))) {
      found = UserSecrets.Answer.of(question.user(), secret);
    } else {
      found = new UserSecrets.Answer.Failed("auth_query answers for another user");
    }
  }

  @Override
  public void error(ByteBuf buf, int from, int to, Action action) {
    ErrorFields error = ErrorFields.decode(buf.slice(from, to - from));
    found = new UserSecrets.Answer.Failed(error.sqlstate() + " " + error.message());
  }

  @Override
  public void ready(byte status, Action action) {
    server.transactionStatus(status);
    server.ledger().takeEffects();
    server.ledger().takeFailed();
    if (action == Action.SWALLOW && found instanceof UserSecrets.Answer.NoSuchUser) {
      server.discarded();
      send();
    }
  }

  @Override
  public void chunkEnd() {
    if (server != null && server.quiet()) {
      finish();
    }
  }

  private void finish() {
    if (server.transactionStatus() != 'I') {
      lost("auth_query has left a transaction open");
      return;
    }
    ServerConnection done = server;
    forget();
    pool.giveBack(done, false, false);
    answer.complete(found);
  }

  private void lost(String why) {
    ServerConnection broken = server;
    broken.ledger().clear(this);
    forget();
    broken.close();
    pool.closed(broken);
    answer.complete(new UserSecrets.Answer.Failed(why));
  }

  private void forget() {
    server = null;
    deadline.cancel(false);
    frames.release();
  }

  @Override
  public void onServerClosed(ServerConnection from) {
    if (from == server) {
      lost("server conn crashed?");
    }
  }

  @Override
  public boolean parameter(String name, String value, boolean clients) {
    server.parameters().put(name, value);
    return false;
  }

  @Override
  public void onServerReadComplete(ServerConnection from) {}

  @Override
  public void onServerWritability(ServerConnection from, boolean writable) {}

  @Override
  public void local(Reply reply) {}

  @Override
  public void skipped(Reply reply, Object note) {}

  @Override
  public void commandComplete(ByteBuf buf, int from, int to) {}
}
