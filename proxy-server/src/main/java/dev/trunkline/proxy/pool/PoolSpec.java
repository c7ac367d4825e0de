package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.config.HostOrder;
import dev.trunkline.proxy.server.Endpoint;
import java.util.List;
import java.util.Map;

/**
 * What a pool is made from.
 *
 * @param endpoint server and database
 * @param order which server is connected to where the endpoint is a list of them
 * @param options sizes and times
 * @param budgets bounds it shares with other pools
 * @param credential how its user logs in
 * @param startup parameters that new connections begin with
 * @param connectQuery sent once on each new connection, or null
 */
public record PoolSpec(
    Endpoint endpoint,
    HostOrder order,
    PoolOptions options,
    List<Budget> budgets,
    Credential credential,
    Map<String, String> startup,
    String connectQuery) {
  public PoolSpec {
    budgets = List.copyOf(budgets);
  }
}
