package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.config.HostOrder;
import dev.trunkline.proxy.server.Endpoint;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which server of a pool's list is connected to next. Under the pool's lock. */
final class HostTurn {
  private final List<Endpoint> servers;
  private final HostOrder order;

  /** Those that could not be connected to since one of them could. */
  private final Set<Endpoint> failed = new HashSet<>();

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

  void worked() {
    failed.clear();
  }

  /**
   * Connecting failed. Of several attempts under way only the first moves on.
   *
   * @return whether there is another one that has not failed yet; if not, all begin anew
   */
  boolean failed(Endpoint tried) {
    if (order == HostOrder.DISABLE && servers.get(next) == tried) {
      advance();
    }
    failed.add(tried);
    boolean others = !failed.containsAll(servers);
    if (!others) {
      failed.clear();
    }
    return others;
  }

  private void advance() {
    next = (next + 1) % servers.size();
  }
}
