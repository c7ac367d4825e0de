package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.ProxyConfig;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What servers report about themselves at login, per database and role, as roles may have settings
 * of their own: new clients are told the same without a server being asked. Safe from any thread.
 */
public final class Welcomes {
  private record Key(String database, String role) {}

  private final ConcurrentHashMap<Key, Map<String, String>> known = new ConcurrentHashMap<>();

  Map<String, String> find(Identity identity) {
    return known.get(key(identity));
  }

  void put(Identity identity, Map<String, String> parameters) {
    known.put(key(identity), Map.copyOf(parameters));
  }

  private static Key key(Identity identity) {
    return new Key(identity.database().name(), identity.database().role(identity.user()));
  }

  /** Servers may have changed. */
  public void forget() {
    known.clear();
  }

  /**
   * RELOAD, after which logins to what stays as it was do not wait for servers, as in PgBouncer.
   */
  public void follow(ProxyConfig before, ProxyConfig now) {
    boolean sameHosts = now.hosts().equals(before.hosts());
    known
        .keySet()
        .removeIf(
            key -> {
              DatabaseConfig entry = now.database(key.database);
              boolean same = entry != null && entry.equals(before.database(key.database));
              return !same || (entry.sharded() && !sameHosts);
            });
  }
}
