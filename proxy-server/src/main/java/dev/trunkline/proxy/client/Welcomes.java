package dev.trunkline.proxy.client;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What servers report about themselves at login, per database: new clients are told the same
 * without a server being asked. Safe from any thread.
 */
public final class Welcomes {
  private final ConcurrentHashMap<String, Map<String, String>> known = new ConcurrentHashMap<>();

  Map<String, String> find(String database) {
    return known.get(database);
  }

  void put(String database, Map<String, String> parameters) {
    known.put(database, Map.copyOf(parameters));
  }

  /** RECONNECT and RELOAD: servers may have changed. */
  public void forget() {
    known.clear();
  }
}
