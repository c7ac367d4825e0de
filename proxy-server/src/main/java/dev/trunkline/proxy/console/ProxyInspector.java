package dev.trunkline.proxy.console;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.ConsoleSession;
import dev.trunkline.admin.Inspector;
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
import dev.trunkline.admin.SqlInspector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the console sees of the proxy: copies, made when asked. */
final class ProxyInspector implements Inspector {
  private final ProxyControl control;
  private final StatsSampler stats;
  private final Set<ConsoleStage> consoles;

  ProxyInspector(ProxyControl control, StatsSampler stats, Set<ConsoleStage> consoles) {
    this.control = control;
    this.stats = stats;
    this.consoles = consoles;
  }

  @Override
  public String version() {
    return control.version();
  }

  @Override
  public State state() {
    return control.directory().pools().paused(null) ? State.PAUSED : State.ACTIVE;
  }

  @Override
  public List<PoolRow> pools() {
    return PoolViews.rows(control, consoles.size());
  }

  @Override
  public List<ClientRow> clients() {
    List<ClientRow> rows = new ArrayList<>();
    Clients.sessions(control).forEach(seen -> rows.add(seen.row()));
    consoles.forEach(stage -> rows.add(Clients.atConsole(stage)));
    return rows;
  }

  @Override
  public List<ServerRow> servers() {
    return ServerViews.rows(control);
  }

  @Override
  public List<DatabaseRow> databases() {
    return new EntryViews(control).databases(consoles.size());
  }

  @Override
  public List<UserRow> users() {
    return new EntryViews(control).users(consoles.stream().map(ConsoleStage::user).toList());
  }

  @Override
  public List<StatsRow> stats() {
    Set<String> names = Entries.databases(control);
    names.add(ConsoleSession.DATABASE);
    return stats.rows(names);
  }

  @Override
  public StatsRow totals() {
    return stats.totals();
  }

  @Override
  public List<ListRow> lists() {
    return ProcessViews.lists(control, consoles.size());
  }

  @Override
  public List<ConfigRow> config() {
    return ProcessViews.config(control.config());
  }

  @Override
  public List<MemRow> memory() {
    return ProcessViews.memory(control);
  }

  @Override
  public List<DnsHostRow> dnsHosts() {
    return ProcessViews.dnsHosts(control.names());
  }

  @Override
  public List<HostRow> hosts() {
    return new EntryViews(control).hosts();
  }

  @Override
  public List<GroupRow> groups() {
    return new EntryViews(control).groups();
  }

  @Override
  public List<ShardRow> shards() {
    return new MapViews(control).shards();
  }

  @Override
  public List<MapRow> map() {
    return new MapViews(control).map();
  }

  @Override
  public RouteRow route(String workspace) throws CommandFailed {
    return new MapViews(control).route(workspace);
  }

  @Override
  public SqlInspector sql() {
    return new SqlRouteViews(control);
  }

  @Override
  public List<WorkspaceRow> workspaces() {
    return new MapViews(control).workspaces();
  }
}
