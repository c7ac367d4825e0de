package dev.trunkline.admin;

import dev.trunkline.admin.Row.ClientRow;
import dev.trunkline.admin.Row.ConfigRow;
import dev.trunkline.admin.Row.DatabaseRow;
import dev.trunkline.admin.Row.DnsHostRow;
import dev.trunkline.admin.Row.GroupRow;
import dev.trunkline.admin.Row.HostRow;
import dev.trunkline.admin.Row.ListRow;
import dev.trunkline.admin.Row.MapRow;
import dev.trunkline.admin.Row.MemRow;
import dev.trunkline.admin.Row.PoolRow;
import dev.trunkline.admin.Row.RouteRow;
import dev.trunkline.admin.Row.ServerRow;
import dev.trunkline.admin.Row.ShardRow;
import dev.trunkline.admin.Row.StatsRow;
import dev.trunkline.admin.Row.UserRow;
import dev.trunkline.admin.Row.WorkspaceRow;
import java.util.List;

/**
 * What the console can see of the proxy. The proxy implements it; every method is called on the
 * virtual thread of one console session, so it may block while it collects from the event loops,
 * and several sessions may call at once. Each list is a finished copy, in any order unless a method
 * says otherwise: the views sort where PgBouncer does.
 */
public interface Inspector {
  /** Whether the proxy as a whole serves. */
  enum State {
    /** Transactions run. */
    ACTIVE,
    /** PAUSE without a database is in force. */
    PAUSED
  }

  /** The whole line of SHOW VERSION: {@code Trunkline 0.1.0, transport io_uring}. */
  String version();

  /** The state that SHOW STATE prints. */
  State state();

  /** SHOW POOLS, the console's own pool included. */
  List<PoolRow> pools();

  /** SHOW CLIENTS: clients that are logged in. */
  List<ClientRow> clients();

  /** SHOW SERVERS. */
  List<ServerRow> servers();

  /** SHOW DATABASES. */
  List<DatabaseRow> databases();

  /** SHOW USERS. */
  List<UserRow> users();

  /** SHOW STATS, STATS_TOTALS and STATS_AVERAGES: one row per database. */
  List<StatsRow> stats();

  /** SHOW TOTALS: the same counters over all pools; its {@code database} is not printed. */
  StatsRow totals();

  /** SHOW LISTS, in the order to be shown; PgBouncer's names first. */
  List<ListRow> lists();

  /** SHOW CONFIG. */
  List<ConfigRow> config();

  /** SHOW MEM, in the order to be shown. */
  List<MemRow> memory();

  /** SHOW DNS_HOSTS. */
  List<DnsHostRow> dnsHosts();

  /** SHOW HOSTS, in the order of the configuration. */
  List<HostRow> hosts();

  /** SHOW GROUPS, in the order of the configuration. */
  List<GroupRow> groups();

  /** SHOW SHARDS. */
  List<ShardRow> shards();

  /** SHOW MAP: version, source, age, sizes and the like of the shard map, in the order shown. */
  List<MapRow> map();

  /**
   * SHOW ROUTE: where the workspace's next transaction would go.
   *
   * @throws CommandFailed the map does not know the workspace, or cannot be asked now
   */
  RouteRow route(String workspace) throws CommandFailed;

  /** Routing by SQL. */
  SqlInspector sql();

  /** SHOW WORKSPACES: those this process has counted. */
  List<WorkspaceRow> workspaces();
}
