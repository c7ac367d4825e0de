package dev.trunkline.proxy.client;

import java.security.SecureRandom;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The keys clients were given for CancelRequest: a process id and a secret of 4 bytes, both random,
 * so that the whole is 63 bits of secret. Safe from any thread.
 */
public final class CancelKeys {
  private final ConcurrentHashMap<Long, Cancelable> targets = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();

  /** Registers a session under a fresh key. */
  public long register(Cancelable session) {
    while (true) {
      long key = random.nextLong() & Long.MAX_VALUE;
      if ((int) (key >>> 32) != 0 && targets.putIfAbsent(key, session) == null) {
        return key;
      }
    }
  }

  public void forget(long key) {
    targets.remove(key);
  }

  /** The session of a CancelRequest, or null when there is none. */
  Cancelable find(int pid, byte[] secret) {
    if (secret.length != Integer.BYTES) {
      return null;
    }
    long low = 0;
    for (byte each : secret) {
      low = (low << 8) | (each & 0xff);
    }
    return targets.get(((long) pid << 32) | low);
  }

  /** The half of a key that goes for a process id. */
  public static int pid(long key) {
    return (int) (key >>> 32);
  }

  /** The other half. */
  public static byte[] secret(long key) {
    int low = (int) key;
    return new byte[] {(byte) (low >>> 24), (byte) (low >>> 16), (byte) (low >>> 8), (byte) low};
  }
}
