package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.config.HostOrder;
import dev.trunkline.proxy.server.Endpoint;
import java.util.List;

/** Which server of a pool's list is connected to next. Under the pool's lock. */
final class HostTurn {
  private final List<Endpoint> servers;
  private final HostOrder order;
  private int next;

  HostTurn(Endpoint endpoint, HostOrder order) {
    this.servers = endpoint.each();
    this.order = order;
  }

  HostOrder order() {
    return order;
  }

  Endpoint take() {
    Endpoint taken = servers.get(next);
    if (order == HostOrder.ROUND_ROBIN) {
      advance();
    }
    return taken;
  }

  /** Connecting failed. Of several attempts under way only the first moves on. */
  void failed(Endpoint tried) {
    if (order == HostOrder.DISABLE && servers.get(next) == tried) {
      advance();
    }
  }

  private void advance() {
    next = (next + 1) % servers.size();
  }
}
