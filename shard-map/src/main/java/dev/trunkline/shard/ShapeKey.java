package dev.trunkline.shard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A canonical text and the version of a declaration, compared byte by byte. Each thread has one to
 * look up with; those in the cache are copies.
 */
public final class ShapeKey {
  private static final int OVERHEAD_BYTES = 176;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Clients choose the texts; they must not be able to choose texts with the same hash. */
  private static final long SEED = ThreadLocalRandom.current().nextLong() | 1;

  private byte[] bytes = {};
  private int length;
  private long version;
  private int hash;

  ShapeKey of(CanonicalText text, long declared) {
    bytes = text.bytes();
    length = text.length();
    version = declared;
    hash = hash(bytes, length, declared);
    return this;
  }

  private static int hash(byte[] bytes, int length, long version) {
    long mixed = SEED ^ version;
    int at = 0;
    for (; at + Long.BYTES <= length; at += Long.BYTES) {
      mixed = (mixed ^ (long) LONG.get(bytes, at)) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 32;
    }
    for (; at < length; at++) {
      mixed = (mixed ^ bytes[at]) * 0x9E3779B97F4A7C15L;
    }
    return (int) (mixed ^ (mixed >>> 32));
  }

  ShapeKey copy() {
    ShapeKey copy = new ShapeKey();
    copy.bytes = Arrays.copyOf(bytes, length);
    copy.length = length;
    copy.version = version;
    copy.hash = hash;
    return copy;
  }

  int weight() {
    return OVERHEAD_BYTES + length;
  }

  String text() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ShapeKey key
        && hash == key.hash
        && version == key.version
        && Arrays.equals(bytes, 0, length, key.bytes, 0, key.length);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
