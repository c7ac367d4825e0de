package dev.trunkline.proxy.pool;

import dev.trunkline.proxy.auth.Credential;
import dev.trunkline.proxy.server.Endpoint;
import java.util.List;

/**
 * What a pool is made from.
 *
 * @param endpoint server and database
 * @param options sizes and times
 * @param budgets bounds it shares with other pools
 * @param credential how its user logs in
 * @param connectQuery sent once on each new connection, or null
 */
public record PoolSpec(
    Endpoint endpoint,
    PoolOptions options,
    List<Budget> budgets,
    Credential credential,
    String connectQuery) {
  public PoolSpec {
    budgets = List.copyOf(budgets);
  }
}
