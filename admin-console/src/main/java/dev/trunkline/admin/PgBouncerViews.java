package dev.trunkline.admin;

import static dev.trunkline.admin.Column.flag;
import static dev.trunkline.admin.Column.int4;
import static dev.trunkline.admin.Column.int8;
import static dev.trunkline.admin.Column.text;
import static dev.trunkline.admin.Column.time;
import static dev.trunkline.admin.Column.yesNo;

import dev.trunkline.admin.Inspector.State;
import dev.trunkline.admin.Row.ClientRow;
import dev.trunkline.admin.Row.ConfigRow;
import dev.trunkline.admin.Row.ConnectionRow;
import dev.trunkline.admin.Row.DatabaseRow;
import dev.trunkline.admin.Row.DnsHostRow;
import dev.trunkline.admin.Row.ListRow;
import dev.trunkline.admin.Row.MemRow;
import dev.trunkline.admin.Row.PeerPoolRow;
import dev.trunkline.admin.Row.PeerRow;
import dev.trunkline.admin.Row.PoolRow;
import dev.trunkline.admin.Row.ServerRow;
import dev.trunkline.admin.Row.UserRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * PgBouncer's views but for the statistics: names, types and order of the columns are those of
 * PgBouncer 1.25, for exporters and scripts. Our own columns stand after its own.
 */
final class PgBouncerViews {
  private static final List<String> POSITIONS =
      List.of("recv_pos", "pkt_pos", "pkt_remain", "send_pos", "send_remain", "pkt_avail");

  private PgBouncerViews() {}

  static List<View<?>> all() {
    return List.of(
        config(),
        databases(),
        pools(),
        clients(),
        servers(),
        sockets("sockets", connection -> true),
        sockets("active_sockets", PgBouncerViews::isActive),
        users(),
        View.single("version", Inspector::version),
        lists(),
        mem(),
        state(),
        peers(),
        peerPools(),
        dnsHosts(),
        dnsZones());
  }

  private static View<PoolRow> pools() {
    Comparator<PoolRow> order =
        Comparator.comparing(PoolRow::database).thenComparing(PoolRow::user);
    return View.of(
        "pools",
        inspector -> sorted(inspector.pools(), order),
        List.of(
            text("database", PoolRow::database),
            text("user", PoolRow::user),
            int4("cl_active", PoolRow::clActive),
            int4("cl_waiting", PoolRow::clWaiting),
            int4("cl_active_cancel_req", PoolRow::clActiveCancelReq),
            int4("cl_waiting_cancel_req", PoolRow::clWaitingCancelReq),
            int4("sv_active", PoolRow::svActive),
            int4("sv_active_cancel", PoolRow::svActiveCancel),
            int4("sv_being_canceled", PoolRow::svBeingCanceled),
            int4("sv_idle", PoolRow::svIdle),
            int4("sv_used", PoolRow::svUsed),
            int4("sv_tested", PoolRow::svTested),
            int4("sv_login", PoolRow::svLogin),
            int4("maxwait", row -> row.maxWait().toSeconds()),
            int4("maxwait_us", row -> microsOfSecond(row.maxWait())),
            text("pool_mode", PoolRow::poolMode),
            text("load_balance_hosts", PoolRow::loadBalanceHosts)));
  }

  private static View<ClientRow> clients() {
    List<Column<ClientRow>> columns = connection(row -> "C", ClientRow::connection);
    columns.add(text("workspace", ClientRow::workspace));
    columns.add(text("group", ClientRow::group));
    return View.of(
        "clients", inspector -> byPool(inspector.clients(), ClientRow::connection), columns);
  }

  private static View<ServerRow> servers() {
    List<Column<ServerRow>> columns = connection(row -> "S", ServerRow::connection);
    columns.add(text("schema", ServerRow::schema));
    columns.add(text("host", ServerRow::host));
    columns.add(text("pin", ServerRow::pin));
    return View.of(
        "servers", inspector -> byPool(inspector.servers(), ServerRow::connection), columns);
  }

  private static <R> List<Column<R>> connection(
      Function<R, String> type, Function<R, ConnectionRow> of) {
    List<Column<ConnectionRow>> columns =
        List.of(
            text("user", ConnectionRow::user),
            text("database", ConnectionRow::database),
            text("replication", ConnectionRow::replication),
            text("state", ConnectionRow::state),
            text("addr", ConnectionRow::addr),
            int4("port", ConnectionRow::port),
            text("local_addr", ConnectionRow::localAddr),
            int4("local_port", ConnectionRow::localPort),
            time("connect_time", ConnectionRow::connectTime),
            time("request_time", ConnectionRow::requestTime),
            int4("wait", row -> row.waited().toSeconds()),
            int4("wait_us", row -> microsOfSecond(row.waited())),
            flag("close_needed", ConnectionRow::closeNeeded),
            text("ptr", row -> pointer(row.ptr())),
            text("link", row -> row.link() == 0 ? "" : pointer(row.link())),
            int4("remote_pid", ConnectionRow::remotePid),
            text("tls", ConnectionRow::tls),
            text("application_name", ConnectionRow::applicationName),
            int4("prepared_statements", ConnectionRow::preparedStatements),
            int4("id", ConnectionRow::id));
    List<Column<R>> adapted = new ArrayList<>(List.of(text("type", type)));
    columns.forEach(column -> adapted.add(column.in(of)));
    return adapted;
  }

  /** One line of SHOW SOCKETS. */
  private record Socket(String type, ConnectionRow connection) {
    /** PgBouncer's inner names: a client without a server is as active as one with. */
    private String state() {
      String state = connection.state();
      boolean client = type.equals("C");
      return switch (state) {
        case "new" -> "sv_login";
        case "idle" -> client ? "cl_active" : "sv_idle";
        default -> (client ? "cl_" : "sv_") + state;
      };
    }
  }

  /**
   * Positions in PgBouncer's packet buffer are 0 here: what a socket gave is dealt with at once, or
   * stays in the kernel.
   */
  private static View<Socket> sockets(String name, Predicate<ConnectionRow> which) {
    List<Column<Socket>> columns = connection(Socket::type, Socket::connection);
    columns.replaceAll(
        column -> column.name().equals("state") ? text("state", Socket::state) : column);
    for (String position : POSITIONS) {
      columns.add(int4(position, socket -> 0));
    }
    columns.add(int4("send_avail", socket -> socket.connection().unsent()));
    return View.of(name, inspector -> sockets(inspector, which), columns);
  }

  private static List<Socket> sockets(Inspector inspector, Predicate<ConnectionRow> which) {
    List<Socket> sockets = new ArrayList<>();
    inspector.clients().forEach(row -> sockets.add(new Socket("C", row.connection())));
    inspector.servers().forEach(row -> sockets.add(new Socket("S", row.connection())));
    sockets.removeIf(socket -> !which.test(socket.connection()));
    // Sorting keeps the order of what is equal: clients stay in front of servers.
    Comparator<ConnectionRow> order =
        Comparator.comparing(ConnectionRow::database).thenComparing(ConnectionRow::user);
    return sorted(sockets, Comparator.comparing(Socket::connection, order));
  }

  /** Somebody at the console is idle only until he asks. */
  private static boolean isActive(ConnectionRow connection) {
    boolean idle = connection.state().equals("idle") || connection.state().equals("used");
    return !idle || connection.database().equals(ConsoleSession.DATABASE);
  }

  private static View<DatabaseRow> databases() {
    return View.of(
        "databases",
        inspector -> sorted(inspector.databases(), Comparator.comparing(DatabaseRow::name)),
        List.of(
            text("name", DatabaseRow::name),
            text("host", DatabaseRow::host),
            int4("port", DatabaseRow::port),
            text("database", DatabaseRow::database),
            text("force_user", DatabaseRow::forceUser),
            int4("pool_size", DatabaseRow::poolSize),
            int4("min_pool_size", DatabaseRow::minPoolSize),
            int4("reserve_pool_size", DatabaseRow::reservePoolSize),
            int4("server_lifetime", DatabaseRow::serverLifetime),
            text("pool_mode", DatabaseRow::poolMode),
            text("load_balance_hosts", DatabaseRow::loadBalanceHosts),
            int4("max_connections", DatabaseRow::maxConnections),
            int4("current_connections", DatabaseRow::currentConnections),
            int4("max_client_connections", DatabaseRow::maxClientConnections),
            int4("current_client_connections", DatabaseRow::currentClientConnections),
            flag("paused", DatabaseRow::paused),
            flag("disabled", DatabaseRow::disabled)));
  }

  private static View<UserRow> users() {
    return View.of(
        "users",
        inspector -> sorted(inspector.users(), Comparator.comparing(UserRow::name)),
        List.of(
            text("name", UserRow::name),
            text("pool_size", row -> rightAligned(row.poolSize())),
            text("reserve_pool_size", row -> rightAligned(row.reservePoolSize())),
            text("pool_mode", UserRow::poolMode),
            int4("max_user_connections", UserRow::maxUserConnections),
            int4("current_connections", UserRow::currentConnections),
            int4("max_user_client_connections", UserRow::maxUserClientConnections),
            int4("current_client_connections", UserRow::currentClientConnections)));
  }

  private static View<ListRow> lists() {
    return View.of(
        "lists",
        Inspector::lists,
        List.of(text("list", ListRow::list), int4("items", ListRow::items)));
  }

  private static View<ConfigRow> config() {
    return View.of(
        "config",
        inspector -> sorted(inspector.config(), Comparator.comparing(ConfigRow::key)),
        List.of(
            text("key", ConfigRow::key),
            text("value", ConfigRow::value),
            text("default", ConfigRow::defaultValue),
            yesNo("changeable", ConfigRow::changeable)));
  }

  private static View<MemRow> mem() {
    return View.of(
        "mem",
        Inspector::memory,
        List.of(
            text("name", MemRow::name),
            int4("size", MemRow::size),
            int4("used", MemRow::used),
            int4("free", MemRow::free),
            int4("memtotal", MemRow::memtotal)));
  }

  /** One line of SHOW STATE. */
  private record StateLine(String key, boolean value) {}

  private static View<StateLine> state() {
    return View.of(
        "state",
        inspector -> stateLines(inspector.state()),
        List.of(text("key", StateLine::key), yesNo("value", StateLine::value)));
  }

  private static List<StateLine> stateLines(State state) {
    return List.of(
        new StateLine("active", state == State.ACTIVE),
        new StateLine("paused", state == State.PAUSED),
        new StateLine("suspended", state == State.SUSPENDED));
  }

  private static View<PeerRow> peers() {
    return View.of(
        "peers",
        Inspector::peers,
        List.of(
            int4("peer_id", PeerRow::id),
            text("host", PeerRow::host),
            int4("port", PeerRow::port),
            int4("pool_size", PeerRow::poolSize)));
  }

  private static View<PeerPoolRow> peerPools() {
    return View.of(
        "peer_pools",
        Inspector::peerPools,
        List.of(
            int4("peer_id", PeerPoolRow::id),
            int4("cl_active_cancel_req", PeerPoolRow::sending),
            int4("cl_waiting_cancel_req", PeerPoolRow::waiting),
            int4("sv_active_cancel", PeerPoolRow::sending),
            int4("sv_login", row -> 0)));
  }

  private static View<DnsHostRow> dnsHosts() {
    return View.of(
        "dns_hosts",
        inspector -> sorted(inspector.dnsHosts(), Comparator.comparing(DnsHostRow::name)),
        List.of(
            text("hostname", DnsHostRow::name),
            int8("ttl", DnsHostRow::seconds),
            text("addrs", DnsHostRow::addresses)));
  }

  private static View<Void> dnsZones() {
    return View.empty(
        "dns_zones",
        List.of(text("zonename", row -> null), int8("serial", row -> 0), int4("count", row -> 0)));
  }

  private static <R> List<R> byPool(List<R> rows, Function<R, ConnectionRow> of) {
    Comparator<ConnectionRow> order =
        Comparator.comparing(ConnectionRow::database)
            .thenComparing(ConnectionRow::user)
            .thenComparingLong(ConnectionRow::id);
    return sorted(rows, Comparator.comparing(of, order));
  }

  private static <R> List<R> sorted(List<R> rows, Comparator<R> order) {
    return rows.stream().sorted(order).toList();
  }

  private static long microsOfSecond(Duration duration) {
    return duration.toNanosPart() / 1000;
  }

  private static String pointer(long number) {
    return "0x" + Long.toHexString(number);
  }

  /** PgBouncer prints these two columns with {@code %9d}. */
  private static String rightAligned(Integer number) {
    return number == null ? "" : String.format("%9d", number);
  }
}
