package dev.trunkline.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * What waits for a slow reader. A chunk keeps the whole buffer that it was received into, which may
 * be many times as large and full of other connections' bytes; the bound of what may wait counts
 * the chunk alone.
 */
final class Backlog {
  /** So many bytes of memory may be kept for one that waits. */
  private static final int FACTOR = 4;

  private Backlog() {}

  /** The chunk, or a copy of it where it would wait and keep far more than itself; the caller's. */
  static ByteBuf fit(Channel reader, ByteBuf chunk) {
    ChannelOutboundBuffer waiting = reader.unsafe().outboundBuffer();
    boolean waits = waiting != null && !waiting.isEmpty();
    if (!waits || held(chunk) <= FACTOR * chunk.readableBytes()) {
      return chunk;
    }
    try {
      return reader.alloc().buffer(chunk.readableBytes()).writeBytes(chunk);
    } finally {
      chunk.release();
    }
  }

  /** Bytes that stay in memory with a chunk: it may be a part of something large. */
  static int held(ByteBuf chunk) {
    ByteBuf whole = chunk;
    while (whole.unwrap() != null) {
      whole = whole.unwrap();
    }
    return whole.capacity();
  }
}
