package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.auth.Secret;
import dev.trunkline.proxy.darkread.ReadFailed.Kind;
import dev.trunkline.proxy.server.ConnectFailure;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.proxy.server.Endpoint;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.shard.HomeLogin;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameAssembler;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A connection of the dark reader's own, on which nothing can be written: each statement is a
 * read-only transaction with a timeout, by the session's defaults, which no pure read can change.
 * Asked by one thread, which blocks; its socket lives on an event loop.
 */
final class Reader implements Owner, AutoCloseable {
  private static final int MAX_MESSAGE = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String CANCELED = "57014";

  private final EventLoop loop;
  private final Duration timeout;
  private ServerConnection server;
  private Map<String, String> applied = Map.of();
  private boolean broken;

  // Of the loop.
  private FrameAssembler frames;
  private Exchange exchange;

  /** Something that has been sent, and what comes back: an answer for each ReadyForQuery. */
  private static final class Exchange {
    private final CompletableFuture<List<Answer>> answers = new CompletableFuture<>();
    private final List<Answer> done = new ArrayList<>();
    private final int wanted;
    private final int maxRows;
    private final long start = System.nanoTime();
    private Answer current;
    private Future<?> deadline;

    private Exchange(int wanted, int maxRows) {
      this.wanted = wanted;
      this.maxRows = maxRows;
      this.current = new Answer(maxRows);
    }

    private void take(byte tag, ByteBuf body) {
      if (current.take(tag, body)) {
        current.took((System.nanoTime() - start) / 1_000);
        done.add(current);
        current = new Answer(maxRows);
      }
    }

    private boolean over() {
      return done.size() == wanted;
    }
  }

  private Reader(EventLoop loop, Duration timeout) {
    this.loop = loop;
    this.timeout = timeout;
  }

  /** Connects and logs in. */
  static Reader open(Connector connector, EventLoop loop, HomeLogin login, Duration timeout)
      throws ReadFailed, InterruptedException {
    Reader reader = new Reader(loop, timeout);
    CompletableFuture<ServerConnection> opened = new CompletableFuture<>();
    connector.open(loop, target(login, timeout), reader.new Opened(opened));
    try {
      reader.server = opened.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      return reader;
    } catch (ExecutionException e) {
      throw new ReadFailed(Kind.UNREACHABLE, e.getCause().getMessage());
    } catch (TimeoutException e) {
      throw new ReadFailed(Kind.UNREACHABLE, "no connection to " + login.home() + " in time");
    } finally {
      opened.cancel(false);
    }
  }

  private static Connector.Target target(HomeLogin login, Duration timeout) {
    Map<String, String> startup =
        Map.of(
            "application_name", "trunkline dark read",
            "default_transaction_read_only", "on",
            "statement_timeout", Long.toString(timeout.toMillis()));
    Secret secret = Secret.parse(login.user(), login.password());
    Credential credential = Credential.of(secret);
    Endpoint endpoint =
        new Endpoint(
            login.home().toString(),
            login.home().host(),
            login.home().port(),
            login.home().database());
    return new Connector.Target(
        endpoint, login.user(), credential, startup, null, new Nowhere(), 0);
  }

  /** It belongs to no pool. */
  private static final class Nowhere implements ServerConnection.Home {
    @Override
    public void moved(ServerState from, ServerState to) {
      // Nobody counts it: it is no server connection of a client's.
    }

    @Override
    public void cancelsDone(ServerConnection server) {
      // It is closed rather than cancelled.
    }
  }

  private final class Opened implements Connector.Callback {
    private final CompletableFuture<ServerConnection> opened;

    private Opened(CompletableFuture<ServerConnection> opened) {
      this.opened = opened;
    }

    @Override
    public void connected(ServerConnection connection) {
      connection.attach(Reader.this, loop);
      connection.moveTo(ServerState.ACTIVE);
      frames = new FrameAssembler(connection.channel().alloc(), MAX_MESSAGE);
      if (!opened.complete(connection)) {
        connection.close();
      }
    }

    @Override
    public void failed(ConnectFailure failure) {
      ErrorFields error = failure.error();
      opened.completeExceptionally(new IllegalStateException(text(error)));
    }
  }

  private static String text(ErrorFields error) {
    String detail = error.detail() == null ? "" : " (" + error.detail() + ")";
    return error.sqlstate() + ": " + error.message() + detail;
  }

  /**
   * The answer to a question under those settings, which stay for the next one: most ask under the
   * same. In front of it goes what is to be changed, in the same write.
   */
  Answer read(Question question, Map<String, String> settings, int maxRows)
      throws ReadFailed, InterruptedException {
    boolean changes = !settings.equals(applied);
    ByteBuf out = server.channel().alloc().buffer();
    if (changes) {
      set(out, settings);
    }
    question.ask(out);
    List<Answer> answers = exchange(out, changes ? 2 : 1, maxRows);
    if (changes) {
      // A session that is not as it should be is of no more use.
      broken = answers.getFirst().error() != null;
      applied = settings;
    }
    ErrorFields error = firstError(answers);
    if (error != null) {
      throw new ReadFailed(
          error.sqlstate().equals(CANCELED) ? Kind.TIMEOUT : Kind.ERROR, text(error));
    }
    return answers.getLast();
  }

  /** One value, read with the server's own settings. */
  String value(String sql) throws ReadFailed, InterruptedException {
    ByteBuf out = server.channel().alloc().buffer();
    Frontend.query(out, sql);
    Answer answer = exchange(out, 1, 1).getFirst();
    if (answer.error() != null) {
      throw new ReadFailed(Kind.ERROR, text(answer.error()));
    }
    byte[] value =
        answer.rows().isEmpty() ? null : Comparison.fields(answer.rows().getFirst()).getFirst();
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  private void set(ByteBuf out, Map<String, String> settings) {
    Map<String, String> changes = new LinkedHashMap<>();
    applied.keySet().forEach(name -> changes.put(name, null));
    changes.putAll(settings);
    changes
        .entrySet()
        .removeIf(each -> Objects.equals(applied.get(each.getKey()), each.getValue()));
    StringBuilder sql = new StringBuilder();
    List<byte[]> values = new ArrayList<>();
    changes.forEach((name, value) -> set(sql, values, name, value));
    Frontend.parse(out, "", sql.toString());
    Frontend.bind(out, "", "", values);
    Frontend.execute(out, "", 0);
    Frontend.sync(out);
  }

  /** NULL means the server's own default. */
  private static void set(StringBuilder sql, List<byte[]> values, String name, String value) {
    values.add(name.getBytes(StandardCharsets.UTF_8));
    values.add(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
    int at = values.size();
    sql.append(at == 2 ? "SELECT " : ", ").append("pg_catalog.set_config($").append(at - 1);
    sql.append(", $").append(at).append(", false)");
  }

  private static ErrorFields firstError(List<Answer> answers) {
    for (Answer answer : answers) {
      if (answer.error() != null) {
        return answer.error();
      }
    }
    return null;
  }

  private List<Answer> exchange(ByteBuf out, int wanted, int maxRows)
      throws ReadFailed, InterruptedException {
    Exchange next = new Exchange(wanted, maxRows);
    loop.execute(() -> begin(next, out));
    broken = true;
    try {
      List<Answer> answers = next.answers.get();
      broken = false;
      return answers;
    } catch (ExecutionException e) {
      Kind kind = e.getCause() instanceof TimeoutException ? Kind.TIMEOUT : Kind.ERROR;
      throw new ReadFailed(kind, e.getCause().getMessage());
    } finally {
      if (broken) {
        close();
      }
    }
  }

  /** Whether it is of no more use: an answer has not come, or may come to another question. */
  boolean broken() {
    return broken || !server.channel().isActive();
  }

  private void begin(Exchange next, ByteBuf out) {
    if (server.state() == ServerState.CLOSED) {
      out.release();
      next.answers.completeExceptionally(new IllegalStateException("the connection is closed"));
      return;
    }
    exchange = next;
    long patience = timeout.plus(PATIENCE).toMillis();
    next.deadline = loop.schedule(() -> expire(next), patience, TimeUnit.MILLISECONDS);
    server.write(out);
    server.flush();
  }

  private static void expire(Exchange late) {
    late.answers.completeExceptionally(new TimeoutException("no answer in time"));
  }

  // ---- on the loop ----

  @Override
  public void onServerBytes(ServerConnection from, ByteBuf chunk) {
    try {
      frames.feed(chunk, this::take);
    } catch (ProtocolViolation | IndexOutOfBoundsException e) {
      from.close();
    }
  }

  private boolean take(byte tag, ByteBuf body) {
    if (exchange == null) {
      return true;
    }
    exchange.take(tag, body);
    if (exchange.over()) {
      Exchange over = exchange;
      exchange = null;
      over.deadline.cancel(false);
      over.answers.complete(over.done);
    }
    return true;
  }

  @Override
  public void onServerReadComplete(ServerConnection from) {
    // Nothing is written while it is read.
  }

  @Override
  public void onServerWritability(ServerConnection from, boolean writable) {
    // One question at a time.
  }

  @Override
  public void onServerClosed(ServerConnection from) {
    frames.release();
    if (exchange != null) {
      exchange.deadline.cancel(false);
      exchange.answers.completeExceptionally(
          new IllegalStateException("the server closed the connection"));
      exchange = null;
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
