package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.ServerState;
import dev.trunkline.wire.ErrorFields;
import io.netty.channel.EventLoop;
import java.util.List;

/** Brings connections, and answers, to the loops of those who wait. Never under a pool's lock. */
final class Delivery {
  private final Pool pool;

  Delivery(Pool pool) {
    this.pool = pool;
  }

  void deliver(ServerConnection server, Waiter waiter) {
    EventLoop loop = waiter.loop();
    if (server.loop().equals(loop) && loop.inEventLoop()) {
      waiter.granted(leased(server, waiter));
      return;
    }
    server.loop().execute(() -> handOver(server, waiter));
  }

  private void handOver(ServerConnection server, Waiter waiter) {
    if (server.state() == ServerState.CLOSED || !server.channel().isActive()) {
      pool.deliveryFailed(server, waiter);
      return;
    }
    leased(server, waiter);
    if (server.loop().equals(waiter.loop())) {
      waiter.granted(server);
    } else {
      waiter.loop().execute(() -> waiter.granted(server));
    }
  }

  /** On the connection's loop. */
  static ServerConnection leased(ServerConnection server, Waiter waiter) {
    if (server.state() != ServerState.ACTIVE) {
      server.moveTo(ServerState.ACTIVE);
    }
    server.requestMillis(System.currentTimeMillis());
    server.attach(waiter.owner(), waiter.loop());
    return server;
  }

  static void refuse(List<Waiter> refused, ErrorFields error) {
    for (Waiter waiter : refused) {
      waiter.loop().execute(() -> waiter.refused(error));
    }
  }

  /** Oldest first, so that they arrive in the next pool's queue in their order. */
  static void move(List<Waiter> waiters) {
    for (Waiter waiter : waiters) {
      waiter.loop().execute(waiter::moved);
    }
  }
}
