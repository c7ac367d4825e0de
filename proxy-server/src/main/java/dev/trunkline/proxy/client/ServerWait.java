package dev.trunkline.proxy.client;

import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.proxy.pool.Waiter;
import dev.trunkline.proxy.server.Owner;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
import java.time.Duration;

/** One session in a pool's queue. On its loop. */
final class ServerWait extends Waiter {
  private static final ErrorFields QUEUED =
      ErrorFields.notice(
          "00000", "No server connection available in postgres backend, client being queued");

  private final ClientSession session;
  private final Leases leases;
  private Pool pool;
  private boolean notified;

  ServerWait(ClientSession session, Leases leases) {
    this.session = session;
    this.leases = leases;
  }

  /** A connection, or null: it waits for one, or has been refused. */
  ServerConnection acquire(Pool from) {
    pool = from;
    notified = false;
    return from.acquire(this);
  }

  /** False when what it waits for is on its way already. */
  boolean leave() {
    return pool.cancel(this);
  }

  /** Once per wait, with PgBouncer's words. */
  void notifyClient(long now, Duration limit) {
    if (session.intake.hold() == Hold.SERVER
        && !notified
        && SessionClock.over(now, sinceNanos(), limit)) {
      notified = true;
      session.connection.write(out -> Backend.notice(out, QUEUED));
      session.connection.flush();
    }
  }

  @Override
  protected EventLoop loop() {
    return session.context.loop();
  }

  @Override
  protected Owner owner() {
    return session.relay;
  }

  @Override
  protected String searchPath() {
    return session.place.searchPath();
  }

  @Override
  protected long timeoutNanos() {
    return session.clock.timeouts().queryWait().toNanos();
  }

  @Override
  protected void granted(ServerConnection server) {
    try {
      take(server);
    } catch (RuntimeException e) {
      session.connection.failed(e);
    }
  }

  private void take(ServerConnection server) {
    boolean waits = session.intake.hold() == Hold.SERVER;
    if (!waits || !leases.stillWanted()) {
      pool.giveBack(server, false, false);
      if (waits) {
        session.intake.unhold();
      }
      return;
    }
    long waited = (System.nanoTime() - sinceNanos()) / 1_000;
    boolean blocked = session.stream.blocked();
    leases.leased(server, pool);
    session.relay.counters().waitMicros += waited;
    session.relay.counters().wait.record(waited);
    if (blocked) {
      session.intake.goOn();
    }
  }

  @Override
  protected void refused(ErrorFields error) {
    if (session.intake.hold() != Hold.SERVER) {
      return;
    }
    if (leases.chance().suspects(error.withSeverity("ERROR"))) {
      return;
    }
    leases.refusal(session.sharded() ? error.withSeverity("ERROR") : error);
    if (session.stream.blocked()) {
      session.guarded(session.intake::unhold);
    }
  }

  @Override
  protected void moved() {
    if (session.intake.hold() == Hold.SERVER) {
      session.guarded(session.intake::unhold);
    }
  }
}
