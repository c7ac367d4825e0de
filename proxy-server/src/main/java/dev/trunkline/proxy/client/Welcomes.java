package dev.trunkline.proxy.client;

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

  /** RECONNECT and RELOAD: servers may have changed. */
  public void forget() {
    known.clear();
  }
}
