package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerSink;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Queries the pool runs on a connection that no client holds: ROLLBACK after a vanished client, the
 * reset query, the check query. Whatever goes wrong closes the connection. On the connection's own
 * loop.
 */
final class Chore implements Owner, ServerSink {
  private static final long TIMEOUT_SECONDS = 30;

  private final ServerConnection server;
  private final Pool pool;
  private final boolean resets;
  private ScheduledFuture<?> deadline;
  private boolean failed;

  private Chore(ServerConnection server, Pool pool, boolean resets) {
    this.server = server;
    this.pool = pool;
    this.resets = resets;
  }

  /**
   * Runs queries one after the other, then gives the connection back to the pool.
   *
   * @param resets whether they leave the session as after login
   */
  static void run(ServerConnection server, Pool pool, List<String> queries, boolean resets) {
    Chore chore = new Chore(server, pool, resets);
    server.attach(chore, server.loop());
    // A server that does not answer would keep its place in the pool for ever.
    chore.deadline = server.loop().schedule(server::close, TIMEOUT_SECONDS, TimeUnit.SECONDS);
    for (String query : queries) {
      ByteBuf out = server.channel().alloc().buffer();
      Frontend.query(out, query);
      server.ledger().expect(Reply.QUERY, Action.SWALLOW);
      server.write(out);
    }
    server.flush();
  }

  @Override
  public void onServerBytes(ServerConnection from, ByteBuf chunk) {
    try {
      server.accept(chunk, this);
    } catch (ProtocolViolation e) {
      server.close();
    }
  }

  @Override
  public void onServerReadComplete(ServerConnection from) {}

  @Override
  public void onServerWritability(ServerConnection from, boolean writable) {}

  @Override
  public void onServerClosed(ServerConnection from) {
    deadline.cancel(false);
    pool.closed(server);
  }

  @Override
  public void forward(ByteBuf bytes) {
    bytes.release();
  }

  @Override
  public void local(Reply reply) {}

  @Override
  public void skipped(Reply reply, Object note) {}

  @Override
  public void commandComplete(ByteBuf buf, int from, int to) {}

  @Override
  public boolean parameter(String name, String value, boolean clients) {
    server.parameters().put(name, value);
    return false;
  }

  @Override
  public void error(ByteBuf buf, int from, int to, Action action) {
    failed = true;
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
    if (resets) {
      server.discarded();
    }
    pool.release(server);
  }
}
