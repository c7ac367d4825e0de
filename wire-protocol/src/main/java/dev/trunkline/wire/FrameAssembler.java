package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Hands over complete messages, one by one, whatever the chunks they came in. For cold paths: login
 * and console. The relay passes chunks instead.
 */
public final class FrameAssembler {
  /** Receives messages. */
  public interface Receiver {
    /**
     * One message. The body is valid during the call only.
     *
     * @return false to stop: what follows stays with the assembler until the next {@link #feed}
     */
    boolean onMessage(byte tag, ByteBuf body);
  }

  private final ByteBufAllocator allocator;
  private final FrameCursor cursor;
  private ByteBuf stored;

  /**
   * @param maxLength largest accepted length field; a peer that is not logged in yet must not make
   *     us keep more
   */
  public FrameAssembler(ByteBufAllocator allocator, int maxLength) {
    this.allocator = allocator;
    this.cursor = new FrameCursor(maxLength);
  }

  /**
   * Takes a chunk, which is released, and delivers the messages it completes.
   *
   * @throws ProtocolViolation when a length is out of bounds
   */
  public void feed(ByteBuf chunk, Receiver receiver) {
    store(chunk);
    while (stored != null && stored.isReadable()) {
      int start = stored.readerIndex();
      int body = cursor.header(stored, start, stored.writerIndex());
      boolean complete =
          cursor.headerComplete() && stored.writerIndex() - body >= cursor.bodyLength();
      byte tag = cursor.tag();
      int length = cursor.bodyLength();
      cursor.restart();
      if (!complete) {
        return;
      }
      stored.readerIndex(body + length);
      if (!receiver.onMessage(tag, stored.slice(body, length))) {
        return;
      }
    }
    release();
  }

  /** Takes what has not been delivered; the caller releases it. Null when there is nothing. */
  public ByteBuf rest() {
    ByteBuf rest = stored;
    stored = null;
    if (rest != null && !rest.isReadable()) {
      rest.release();
      return null;
    }
    return rest;
  }

  /** Drops what has not been delivered. */
  public void release() {
    if (stored != null) {
      stored.release();
      stored = null;
    }
  }

  private void store(ByteBuf chunk) {
    if (stored == null) {
      stored = chunk;
      return;
    }
    try {
      ByteBuf joined = allocator.buffer(stored.readableBytes() + chunk.readableBytes());
      joined.writeBytes(stored).writeBytes(chunk);
      stored.release();
      stored = joined;
    } finally {
      chunk.release();
    }
  }
}
