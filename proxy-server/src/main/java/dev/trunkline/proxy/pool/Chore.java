package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.QuietSink;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Queries the pool runs on a connection that no client holds: ROLLBACK after a vanished client, the
 * reset query, the check query; and one that warms it. What goes wrong in any but the last closes
 * the connection. On the connection's own loop.
 */
final class Chore extends QuietSink {
  private static final long TIMEOUT_SECONDS = 30;
  private static final String DISCARD_ALL = "DISCARD ALL";

  private final Pool pool;
  private final Purpose purpose;
  private ScheduledFuture<?> deadline;
  private boolean failed;

  private enum Purpose {
    /** Afterwards the session is as after login. */
    WIPE,
    /** Whether it works, or is as the operator wants it. */
    CHECK,
    /** That it has been used; what comes of it does not matter. */
    WARM_UP
  }

  private Chore(ServerConnection server, Pool pool, Purpose purpose) {
    super(server);
    this.pool = pool;
    this.purpose = purpose;
  }

  /**
   * Leaves the session as the next client expects it.
   *
   * @param rollback end the transaction first
   * @param reset run the operator's query whether or not something is known to be left behind
   * @param query the operator's query, {@code server_reset_query}
   * @return false when there is nothing to do; else the connection comes back to the pool later
   */
  static boolean clean(
      ServerConnection server, Pool pool, boolean rollback, boolean reset, String query) {
    if (!rollback && !reset && server.residue() == 0) {
      return false; // nearly always: not even a list is made
    }
    List<String> queries = new ArrayList<>(2);
    if (rollback) {
      queries.add("ROLLBACK");
    }
    // What is known to be left behind is wiped whatever the operator's query does.
    boolean usual = query.strip().equalsIgnoreCase(DISCARD_ALL);
    boolean wipe = server.residue() != 0 || (reset && usual);
    if (wipe) {
      queries.add(DISCARD_ALL);
    }
    if (reset && !usual && !query.isEmpty()) {
      queries.add(query);
      custom(server, query);
    }
    if (queries.isEmpty()) {
      return false;
    }
    server.moveTo(ServerState.TESTED);
    run(server, pool, queries, wipe ? Purpose.WIPE : Purpose.CHECK);
    return true;
  }

  /** What is known of a session once an operator's own reset query has run. */
  private static void custom(ServerConnection server, String query) {
    String lower = query.toLowerCase(Locale.ROOT);
    server.routeLost();
    if (lower.contains("deallocate")) {
      server.forgetStatements();
    }
    if (lower.contains("discard all")) {
      server.discarded();
    } else if (lower.contains("reset all")) {
      server.applied(SessionSettings.EMPTY);
    }
  }

  /** Runs {@code server_check_query}; {@code <empty>} is an empty query. */
  static void check(ServerConnection server, Pool pool, String query) {
    if (server.state() != ServerState.CLOSED) {
      server.moveTo(ServerState.TESTED);
      run(server, pool, List.of(query.equals("<empty>") ? "" : query), Purpose.CHECK);
    }
  }

  /** Asks a new connection something that costs less the second time. */
  static void warmUp(ServerConnection server, Pool pool, String query) {
    server.moveTo(ServerState.TESTED);
    run(server, pool, List.of(query), Purpose.WARM_UP);
  }

  /** Runs queries one after the other, then gives the connection back to the pool. */
  private static void run(
      ServerConnection server, Pool pool, List<String> queries, Purpose purpose) {
    Chore chore = new Chore(server, pool, purpose);
    server.attach(chore, server.loop());
    // A server that does not answer would keep its place in the pool for ever.
    chore.deadline =
        server
            .loop()
            .schedule(
                () -> server.close("no answer in the pool"), TIMEOUT_SECONDS, TimeUnit.SECONDS);
    // A Query takes the unnamed statement away, whatever it says.
    server.unnamedStatement(0);
    for (String query : queries) {
      ByteBuf out = server.channel().alloc().buffer();
      Frontend.query(out, query);
      server.ledger().expect(Reply.QUERY, Action.SWALLOW);
      server.write(out);
    }
    server.flush();
  }

  @Override
  public void onServerClosed(ServerConnection from) {
    deadline.cancel(false);
    pool.closed(server);
  }

  @Override
  public void error(ByteBuf buf, int from, int to, Action action) {
    failed = purpose != Purpose.WARM_UP;
  }

  @Override
  public void ready(byte status, Action action) {
    server.transactionStatus(status);
  }

  @Override
  public void chunkEnd() {
    if (failed) {
      server.close();
    } else if (server.quiet()) {
      finish();
    }
  }

  private void finish() {
    deadline.cancel(false);
    if (server.transactionStatus() != 'I') {
      server.close();
      return;
    }
    if (purpose == Purpose.WIPE) {
      server.discarded();
    }
    pool.release(server);
  }
}
