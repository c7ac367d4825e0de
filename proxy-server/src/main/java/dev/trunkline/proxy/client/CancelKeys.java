package dev.trunkline.proxy.client;

import java.security.SecureRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * The keys clients were given for CancelRequest: 8 bytes that go for a process id and a secret of 4
 * bytes each. They are random but for the first bit, which keeps the process id positive, and,
 * where there are peers, for what PgBouncer puts into them: the second and third byte are the
 * number of the process, low byte first, and the last two bits count down how often a request may
 * still be passed on. Safe from any thread.
 */
public final class CancelKeys {
  private static final long HOPS = 3;

  private final ConcurrentHashMap<Long, Cancelable> targets = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private final IntSupplier peerId;

  /**
   * @param peerId number of this process among its peers, 0 for none
   */
  public CancelKeys(IntSupplier peerId) {
    this.peerId = peerId;
  }

  /** Registers a session under a fresh key. */
  public long register(Cancelable session) {
    while (true) {
      long key = marked(random.nextLong() & Long.MAX_VALUE, peerId.getAsInt());
      if (pid(key) != 0 && targets.putIfAbsent(key, session) == null) {
        return key;
      }
    }
  }

  private static long marked(long key, int peer) {
    if (peer == 0) {
      return key;
    }
    long id = ((long) (peer & 0xff) << 48) | ((long) (peer >>> 8) << 40);
    return (key & ~(0xffffL << 40)) | id | HOPS;
  }

  public void forget(long key) {
    targets.remove(key);
  }

  /**
   * The session of a key, or null when this process has none. One that was passed on comes with
   * fewer hops than it was given out with.
   */
  Cancelable find(long key) {
    Cancelable own = targets.get(key);
    return own == null && peerId.getAsInt() > 0 ? targets.get(key | HOPS) : own;
  }

  /** A key as a CancelRequest has it; 0, which is nobody's, when it cannot be one. */
  static long key(int pid, byte[] secret) {
    if (secret.length != Integer.BYTES) {
      return 0;
    }
    long low = 0;
    for (byte each : secret) {
      low = (low << 8) | (each & 0xff);
    }
    return ((long) pid << 32) | low;
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

  /** Number of the process whose key it is. */
  static int peer(long key) {
    return (int) ((key >>> 48) & 0xff) | (int) ((key >>> 40) & 0xff) << 8;
  }

  /** Whether a request with this key may still be passed on. */
  static boolean hopsLeft(long key) {
    return (key & HOPS) > 0;
  }

  /** The key with one hop less. */
  static long passedOn(long key) {
    return key - 1;
  }
}
