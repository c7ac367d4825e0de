package dev.trunkline.proxy.console;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.pool.Pool;
import java.util.Set;
import java.util.TreeSet;

/** Which names there are. */
final class Entries {
  private static final String FALLBACK = "*";

  private Entries() {}

  /** The entry that serves a database, or null. */
  static DatabaseConfig database(ProxyConfig config, String name) {
    DatabaseConfig own = config.databases().get(name);
    DatabaseConfig fallback = config.databases().get(FALLBACK);
    return own != null || fallback == null ? own : fallback.named(name);
  }

  /** Names of the configured databases and of those the fallback entry has served. */
  static Set<String> databases(ProxyControl control) {
    Set<String> names = new TreeSet<>(control.config().databases().keySet());
    for (Pool pool : control.directory().pools().all()) {
      names.add(pool.key().database());
    }
    names.remove(FALLBACK);
    return names;
  }
}
