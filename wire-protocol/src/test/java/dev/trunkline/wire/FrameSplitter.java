package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Cuts a stream of bytes into chunks as a network might, and feeds each cutting to a test. A
 * failure says where the stream was cut. The chunks are unpooled heap buffers: nothing to release.
 */
public final class FrameSplitter {
  private static final int MAX_CUTS = 12;

  private FrameSplitter() {}

  /** Two chunks, cut at each position in turn, the two ends included. */
  public static void atEveryPosition(byte[] stream, Consumer<List<ByteBuf>> feed) {
    for (int position = 0; position <= stream.length; position++) {
      feed(stream, feed, position);
    }
  }

  /** One chunk per byte. */
  public static void byteByByte(byte[] stream, Consumer<List<ByteBuf>> feed) {
    int[] positions = new int[stream.length];
    Arrays.setAll(positions, i -> i);
    feed(stream, feed, positions);
  }

  /** A handful of chunks, cut at random, as often as told; the same seed cuts the same way. */
  public static void atRandom(byte[] stream, long seed, int rounds, Consumer<List<ByteBuf>> feed) {
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      feed(stream, feed, positions(random, stream.length));
    }
  }

  /** The stream cut at the given ascending positions. */
  public static List<ByteBuf> cut(byte[] stream, int... positions) {
    List<ByteBuf> chunks = new ArrayList<>();
    int from = 0;
    for (int position : positions) {
      chunks.add(Unpooled.copiedBuffer(stream, from, position - from));
      from = position;
    }
    chunks.add(Unpooled.copiedBuffer(stream, from, stream.length - from));
    return chunks;
  }

  static int[] positions(Random random, int length) {
    int[] positions = new int[random.nextInt(MAX_CUTS)];
    Arrays.setAll(positions, _ -> random.nextInt(length + 1));
    Arrays.sort(positions);
    return positions;
  }

  private static void feed(byte[] stream, Consumer<List<ByteBuf>> feed, int... positions) {
    try {
      feed.accept(cut(stream, positions));
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError("stream cut at " + Arrays.toString(positions), failure);
    }
  }
}
