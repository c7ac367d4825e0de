package dev.trunkline.proxy.console;

import dev.trunkline.admin.Row.ConfigRow;
import dev.trunkline.admin.Row.DnsHostRow;
import dev.trunkline.admin.Row.ListRow;
import dev.trunkline.admin.Row.MemRow;
import dev.trunkline.admin.Row.ServerRow;
import dev.trunkline.proxy.config.FileFormat;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Setting;
import dev.trunkline.proxy.names.HostNames;
import dev.trunkline.proxy.pool.Pool;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocatorMetric;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The views of the process as a whole: settings, memory, how many of everything. */
final class ProcessViews {
  /** What is NULL in PgBouncer while it is not set; the others are empty texts. */
  private static final Set<String> NULL_IF_UNSET =
      Set.of(
          "auth_dbname",
          "auth_file",
          "auth_ident_file",
          "auth_ldap_options",
          "auth_user",
          "client_tls13_ciphers",
          "conffile",
          "server_tls13_ciphers",
          "user");

  private ProcessViews() {}

  static List<ConfigRow> config(ProxyConfig config) {
    List<ConfigRow> rows = new ArrayList<>();
    FileFormat format = FileFormat.of(config.file());
    for (Setting<?> setting : Keys.shown()) {
      rows.add(
          new ConfigRow(
              setting.name(),
              shown(setting, text(config, setting)),
              shown(setting, setting.defaultText(format)),
              setting.changeable()));
    }
    return rows;
  }

  private static String shown(Setting<?> setting, String text) {
    return text.isEmpty() && NULL_IF_UNSET.contains(setting.name()) ? null : text;
  }

  /** The name of the file is known even where the file does not say it. */
  private static String text(ProxyConfig config, Setting<?> setting) {
    String text = config.settings().text(setting);
    return setting.equals(Keys.CONFFILE) && text.isEmpty() ? config.file().toString() : text;
  }

  /**
   * PgBouncer's names first; what it has and we have not is 0. The {@code used_} ones count objects
   * there, whatever they do, and the {@code free_} ones objects kept for reuse, which Java has none
   * of.
   */
  static List<ListRow> lists(ProxyControl control, int atConsole) {
    int loggedIn = control.admission().clients() + atConsole;
    int loggingIn = Math.max(control.admission().connections() - loggedIn, 0);
    EntryViews entries = new EntryViews(control);
    List<ListRow> rows = new ArrayList<>();
    rows.add(new ListRow("databases", entries.databases(atConsole).size()));
    rows.add(new ListRow("users", entries.users(List.of()).size()));
    rows.add(new ListRow("peers", control.peers().all().size()));
    rows.add(new ListRow("pools", control.directory().pools().all().size() + 1L));
    rows.add(new ListRow("peer_pools", control.peers().figures().size()));
    rows.add(new ListRow("free_clients", 0));
    rows.add(new ListRow("used_clients", loggedIn));
    rows.add(new ListRow("login_clients", loggingIn));
    rows.add(new ListRow("free_servers", 0));
    rows.add(new ListRow("used_servers", servers(control)));
    rows.add(new ListRow("dns_names", control.names().known().size()));
    for (String dns : List.of("dns_zones", "dns_queries", "dns_pending")) {
      rows.add(new ListRow(dns, 0));
    }
    rows.add(new ListRow("hosts", control.config().hosts().size()));
    rows.add(new ListRow("groups", control.config().groups().size()));
    rows.add(new ListRow("shards", new MapViews(control).shards().size()));
    return rows;
  }

  static List<DnsHostRow> dnsHosts(HostNames names) {
    List<DnsHostRow> rows = new ArrayList<>();
    for (HostNames.Known known : names.known()) {
      String addresses =
          known.addresses().stream()
              .map(InetAddress::getHostAddress)
              .collect(Collectors.joining(","));
      rows.add(new DnsHostRow(known.name(), known.left().toSeconds(), addresses));
    }
    return rows;
  }

  /** PgBouncer's names, 0 where we have nothing like it; then the Java machine's parts. */
  static List<MemRow> memory(ProxyControl control) {
    List<MemRow> rows = new ArrayList<>();
    rows.add(count("user_cache", control.config().users().size()));
    rows.add(count("credentials_cache", 0));
    rows.add(count("db_cache", control.config().databases().size()));
    rows.add(count("peer_cache", control.peers().all().size()));
    rows.add(count("peer_pool_cache", control.peers().figures().size()));
    rows.add(count("pool_cache", control.directory().pools().all().size()));
    rows.add(count("outstanding_request_cache", 0));
    rows.add(count("server_cache", servers(control)));
    rows.add(count("client_cache", control.admission().clients()));
    PooledByteBufAllocatorMetric buffers = PooledByteBufAllocator.DEFAULT.metric();
    long direct = buffers.usedDirectMemory();
    long heap = buffers.usedHeapMemory();
    long chunk = Math.max(buffers.chunkSize(), 1);
    rows.add(new MemRow("iobuf_cache", chunk, direct / chunk, 0, direct));
    rows.add(count("var_list_cache", 0));
    rows.add(count("server_prepared_statement_cache", prepared(control)));
    rows.add(new MemRow("iobuf_heap_cache", chunk, heap / chunk, 0, heap));
    rows.add(machine("jvm_heap", ManagementFactory.getMemoryMXBean().getHeapMemoryUsage()));
    rows.add(machine("jvm_non_heap", ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage()));
    return rows;
  }

  /** Those on the way included. */
  private static long servers(ProxyControl control) {
    long count = 0;
    for (Pool pool : control.directory().pools().all()) {
      count += pool.connections();
    }
    return count;
  }

  private static long prepared(ProxyControl control) {
    long count = 0;
    for (ServerRow server : ServerViews.rows(control)) {
      count += server.connection().preparedStatements();
    }
    return count;
  }

  /** Java does not tell what its objects weigh: the size is 0, the number is right. */
  private static MemRow count(String name, long used) {
    return new MemRow(name, 0, used, 0, 0);
  }

  private static MemRow machine(String name, MemoryUsage usage) {
    long free = usage.getCommitted() - usage.getUsed();
    return new MemRow(name, 1, usage.getUsed(), free, usage.getCommitted());
  }
}
