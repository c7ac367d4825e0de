package dev.trunkline.proxy.auth;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Derived keys that have proved right, least recently used out first. Holds about 400 bytes an
 * entry and no password. Shared by all loops: the lock is held for one look-up.
 */
final class KeyCache {
  private final byte[] processSecret;
  private final Map<Bytes, ScramKeys> entries;

  KeyCache(byte[] processSecret, int capacity) {
    this.processSecret = processSecret;
    this.entries = new Lru(capacity);
  }

  /** The keys, or null. */
  ScramKeys recall(Derivation from) {
    Bytes fingerprint = from.fingerprint(processSecret);
    synchronized (entries) {
      return entries.get(fingerprint);
    }
  }

  void remember(Derivation from, ScramKeys keys) {
    Bytes fingerprint = from.fingerprint(processSecret);
    synchronized (entries) {
      entries.put(fingerprint, keys);
    }
  }

  private static final class Lru extends LinkedHashMap<Bytes, ScramKeys> {
    private final int capacity;

    Lru(int capacity) {
      super(16, 0.75f, true);
      this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Bytes, ScramKeys> eldest) {
      return size() > capacity;
    }
  }
}
