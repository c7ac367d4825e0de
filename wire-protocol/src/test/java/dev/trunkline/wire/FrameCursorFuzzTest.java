package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Garbage in any cut gives what a naive parser makes of the whole, and never anything else. */
class FrameCursorFuzzTest {
  private static final int ROUNDS = 1_000_000;
  private static final int LIMIT = 64;
  private static final long VIOLATION = 0x5eed;
  private static final byte[] STREAM =
      Hand.bytes(
          "'P' 0000000d 00 'abcdef' 000000 'B' 00000008 00000000 'E' 00000009 0000000000"
              + " 'S' 00000004 'Q' 0000000d 'select 1' 00 'd' 00000005 ff 'X' 00000004");

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void aMillionMutationsEndInAViolationOrInTheSameFrames() {
    System.out.println("seed " + seed);
    byte[] bytes = STREAM.clone();
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    for (int round = 0; round < ROUNDS; round++) {
      System.arraycopy(STREAM, 0, bytes, 0, bytes.length);
      mutate(bytes);
      int end = random.nextInt(8) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
      if (walk(in, end) != naive(bytes, end)) {
        assertThat(walk(in, end)).as("seed %s round %s", seed, round).isEqualTo(naive(bytes, end));
      }
    }
  }

  /** Swaps bytes for small numbers more often than for large ones: those keep frames going. */
  private void mutate(byte[] bytes) {
    for (int i = random.nextInt(4); i > 0; i--) {
      int value = random.nextBoolean() ? random.nextInt(24) : random.nextInt(256);
      bytes[random.nextInt(bytes.length)] = (byte) value;
    }
  }

  /** A hash of all tags and lengths, and of how the stream ended; cut at random on the way. */
  private long walk(ByteBuf in, int end) {
    FrameCursor cursor = new FrameCursor(LIMIT);
    long hash = 0;
    try {
      for (int from = 0; from < end; ) {
        int to = Math.min(end, from + 1 + random.nextInt(24));
        hash = walkChunk(cursor, in, from, to, hash);
        from = to;
      }
    } catch (ProtocolViolation _) {
      return VIOLATION;
    }
    return hash * 31 + cursor.headerSeen() * 1000L + cursor.bodyRemaining();
  }

  private static long walkChunk(FrameCursor cursor, ByteBuf in, int from, int to, long before) {
    long hash = before;
    int index = from;
    while (index < to) {
      index = cursor.skip(cursor.header(in, index, to), to);
      if (cursor.headerComplete() && cursor.bodyRemaining() == 0) {
        hash = frame(hash, cursor.tag(), cursor.length());
        cursor.next();
      }
    }
    return hash;
  }

  private static long naive(byte[] bytes, int end) {
    long hash = 0;
    int at = 0;
    while (end - at >= FrameCursor.HEADER_BYTES) {
      int length = ByteBuffer.wrap(bytes).getInt(at + 1);
      if (length < FrameCursor.LENGTH_BYTES || length > LIMIT) {
        return VIOLATION;
      }
      if (end - at < 1 + length) {
        return hash * 31 + FrameCursor.HEADER_BYTES * 1000L + (1 + length - (end - at));
      }
      hash = frame(hash, bytes[at], length);
      at += 1 + length;
    }
    return hash * 31 + (end - at) * 1000L;
  }

  private static long frame(long hash, byte tag, int length) {
    return (hash * 31 + tag) * 31 + length;
  }
}
