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
import java.util.BitSet;
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
  private static final String LATE = "no answer in time";

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
    private long answeredUntil = System.nanoTime();
    private int timed;
    private Answer current;
    private Future<?> deadline;

    private Exchange(int wanted, int maxRows) {
      this.wanted = wanted;
      this.maxRows = maxRows;
      this.current = new Answer(maxRows);
    }

    private void take(byte tag, ByteBuf body) {
      if (current.take(tag, body)) {
        done.add(current);
        current = new Answer(maxRows);
      }
    }

    /** Answers that came in one piece share the time since the one before. */
    private void time() {
      int came = done.size() - timed;
      if (came > 0) {
        long now = System.nanoTime();
        long micros = (now - answeredUntil) / 1_000 / came;
        done.subList(timed, done.size()).forEach(answer -> answer.took(micros));
        timed = done.size();
        answeredUntil = now;
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
      opened.completeExceptionally(new IllegalStateException(ReadFailed.text(error)));
    }
  }

  /**
   * The answers to samples, in their order, each as if it had been asked alone: all are in one
   * write. In front of a question goes what is to be changed of the settings, which stay for the
   * next one: most ask under the same. The first whose settings are refused has that error for an
   * answer, and those behind it have none; nor have those from the first that is not answered in
   * time.
   */
  List<Answer> read(List<Sample> samples, int maxRows) throws ReadFailed, InterruptedException {
    ByteBuf out = server.channel().alloc().buffer();
    BitSet changes = new BitSet();
    int turns = 0;
    for (Sample sample : samples) {
      Map<String, String> settings = sample.circumstances().all();
      if (!settings.equals(applied)) {
        set(out, settings);
        applied = settings;
        changes.set(turns++);
      }
      sample.question().ask(out);
      turns++;
    }
    List<Answer> answers = withoutChanges(exchange(out, turns, maxRows), changes);
    if (answers.isEmpty()) {
      throw new ReadFailed(Kind.TIMEOUT, LATE);
    }
    return answers;
  }

  private List<Answer> withoutChanges(List<Answer> answers, BitSet changes) {
    List<Answer> asked = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      Answer answer = answers.get(i);
      if (!changes.get(i)) {
        asked.add(answer);
      } else if (answer.error() != null) {
        // What was asked behind it was asked of a session that is not as it should be.
        broken = true;
        asked.add(answer);
        return asked;
      }
    }
    return asked;
  }

  /** One value, read with the server's own settings. */
  String value(String sql) throws ReadFailed, InterruptedException {
    ByteBuf out = server.channel().alloc().buffer();
    Frontend.query(out, sql);
    Answer answer = exchange(out, 1, 1).getFirst();
    answer.demand();
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

  private List<Answer> exchange(ByteBuf out, int wanted, int maxRows)
      throws ReadFailed, InterruptedException {
    Exchange next = new Exchange(wanted, maxRows);
    loop.execute(() -> begin(next, out));
    broken = true;
    try {
      List<Answer> answers = next.answers.get();
      broken = answers.size() < wanted;
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
    next.deadline = loop.schedule(() -> expire(next), patience(), TimeUnit.NANOSECONDS);
    server.write(out);
    server.flush();
  }

  /** For one answer, which the server itself would end sooner. */
  private long patience() {
    return timeout.plus(PATIENCE).toNanos();
  }

  private void expire(Exchange late) {
    long left = late.answeredUntil + patience() - System.nanoTime();
    if (left > 0) {
      late.deadline = loop.schedule(() -> expire(late), left, TimeUnit.NANOSECONDS);
    } else if (late.done.isEmpty()) {
      late.answers.completeExceptionally(new TimeoutException(LATE));
    } else {
      late.answers.complete(List.copyOf(late.done));
    }
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
      over.time();
      over.deadline.cancel(false);
      over.answers.complete(over.done);
    }
    return true;
  }

  @Override
  public void onServerReadComplete(ServerConnection from) {
    if (exchange != null) {
      exchange.time();
    }
  }

  @Override
  public void onServerWritability(ServerConnection from, boolean writable) {
    // One batch at a time, and a batch is small.
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
