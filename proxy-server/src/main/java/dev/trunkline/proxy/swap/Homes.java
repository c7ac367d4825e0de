package dev.trunkline.proxy.swap;

import dev.trunkline.proxy.auth.Secret;
import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.UserConfig;
import dev.trunkline.proxy.pool.Pool;
import dev.trunkline.shard.Preflight.Credentials;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** As whom the homes of a swap are asked. */
final class Homes {
  private Homes() {}

  /**
   * The operator's role first, or who stands in for it, then the users of those pools whose
   * passwords the configuration knows; the others prove themselves when their pools are warmed.
   */
  static List<Credentials> users(ProxyConfig config, Collection<Pool> pools) {
    List<Credentials> users = new ArrayList<>();
    String own = config.settings().get(Keys.SWAP_USER);
    if (!own.isEmpty()) {
      Credentials known = known(config, own);
      users.add(known == null ? new Credentials(own, null) : known);
    }
    for (Pool pool : pools) {
      Credentials user = known(config, pool);
      if (user != null && !users.contains(user)) {
        users.add(user);
      }
    }
    return users;
  }

  private static Credentials known(ProxyConfig config, Pool pool) {
    String name = pool.key().user();
    DatabaseConfig database = config.databases().get(pool.key().database());
    if (database != null && database.user() != null && database.password() != null) {
      return plain(name, database.password());
    }
    return known(config, name);
  }

  private static Credentials known(ProxyConfig config, String name) {
    UserConfig user = config.users().get(name);
    return user == null || user.secret() == null ? null : plain(name, user.secret());
  }

  private static Credentials plain(String name, String secret) {
    return Secret.parse(name, secret) instanceof Secret.Plain(String password)
        ? new Credentials(name, password)
        : null;
  }
}
