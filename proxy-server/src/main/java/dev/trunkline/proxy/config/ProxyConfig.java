package dev.trunkline.proxy.config;

import dev.trunkline.shard.MapConfig;
import java.nio.file.Path;
import java.util.Map;

/**
 * Everything one configuration file says, checked and immutable. RELOAD makes a new one and swaps
 * it in whole.
 *
 * @param file where it was read from
 * @param settings values of all declared {@link Setting}s
 * @param hosts by name
 * @param groups by name
 * @param databases by name
 * @param users by name
 * @param peers other processes that cancel requests may be for, by number
 * @param map where the shard map is read from; null when no database is sharded
 * @param darkReads by name
 * @param tables what is known of the tables of sharded databases; null when nothing is declared
 */
public record ProxyConfig(
    Path file,
    Settings settings,
    Map<String, HostConfig> hosts,
    Map<String, GroupConfig> groups,
    Map<String, DatabaseConfig> databases,
    Map<String, UserConfig> users,
    Map<Integer, PeerConfig> peers,
    Map<String, DarkReadConfig> darkReads,
    MapConfig map,
    TablesConfig tables) {
  public ProxyConfig {
    hosts = Map.copyOf(hosts);
    groups = Map.copyOf(groups);
    databases = Map.copyOf(databases);
    users = Map.copyOf(users);
    peers = Map.copyOf(peers);
    darkReads = Map.copyOf(darkReads);
  }

  /**
   * Whether a user is listed who may log in where no password is asked for. In a pgbouncer.ini the
   * section users only says how much those may who are listed elsewhere.
   */
  public boolean lists(String user) {
    UserConfig entry = users.get(user);
    return entry != null && (entry.secret() != null || FileFormat.of(file) == FileFormat.HOCON);
  }

  /** The entry that serves a name: its own, or the fallback's; null when there is neither. */
  public DatabaseConfig database(String name) {
    DatabaseConfig own = databases.get(name);
    DatabaseConfig fallback = own == null ? databases.get("*") : null;
    return fallback == null ? own : fallback.named(name);
  }

  ProxyConfig withSettings(Settings changed) {
    return new ProxyConfig(
        file, changed, hosts, groups, databases, users, peers, darkReads, map, tables);
  }
}
