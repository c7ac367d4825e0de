package dev.trunkline.proxy.console;

import dev.trunkline.proxy.pool.Pool;
import java.util.Set;
import java.util.TreeSet;

/** Which names there are. */
final class Entries {
  private static final String FALLBACK = "*";

  private Entries() {}

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
