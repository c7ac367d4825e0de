package dev.trunkline.proxy.relay;

import dev.trunkline.wire.FrameCursor;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Walks what a client sends, frame by frame. Messages that decide something are looked into and
 * must be complete; COPY data and the values of a Bind, of any size, pass as they come. Can stop in
 * front of a message and go on later. Allocates nothing while chunks hold whole messages that are
 * forwarded as they are.
 */
public final class ClientStream {
  /** A Bind's two names have to be within this many bytes. */
  private static final int BIND_HEAD = 8 * 1024;

  private enum Mode {
    HEADER,
    FORWARD,
    DROP
  }

  private final FrameCursor cursor = new FrameCursor(Integer.MAX_VALUE);
  private final ByteBufAllocator allocator;
  private final FrontendSink sink;
  private final int lookLimit;
  private Mode mode = Mode.HEADER;
  private ByteBuf pending;
  private boolean blocked;
  private FirstBatch kept;

  // Of the chunk at hand. The run is what is to be forwarded and has not been.
  private ByteBuf chunk;
  private int run;
  private int frame;

  /**
   * @param lookLimit longest message, in bytes, that is kept in memory to be looked into
   */
  public ClientStream(ByteBufAllocator allocator, FrontendSink sink, int lookLimit) {
    this.allocator = allocator;
    this.sink = sink;
    this.lookLimit = lookLimit;
  }

  /** Bytes of the longest message that may pass, from the next one on. */
  public void maxPacket(int bytes) {
    cursor.limit(bytes);
  }

  /** Whether the server is in the middle of a message that is being passed on. */
  public boolean midForward() {
    return mode == Mode.FORWARD;
  }

  /** Whether a message waits to be presented again. */
  public boolean blocked() {
    return blocked;
  }

  /** Bytes kept because they cannot be dealt with yet. */
  public int pendingBytes() {
    return pending == null ? 0 : pending.readableBytes();
  }

  /** Bytes that are there and not dealt with, the message at hand included. */
  public int unhandledBytes() {
    return chunk == null ? pendingBytes() : chunk.writerIndex() - frame;
  }

  /** Handles a chunk, which is handed on, kept or released. */
  public void accept(ByteBuf in) {
    ByteBuf joined = pending == null ? in : join(in);
    if (joined == null) {
      return;
    }
    if (blocked) {
      pending = joined == in ? own(in, in.readableBytes()) : joined;
      return;
    }
    walk(joined);
  }

  /** Who keeps a copy of what is sent, when it is asked to. */
  void keptBy(FirstBatch batch) {
    kept = batch;
  }

  /** Between two messages: presents none until {@link #resume}. */
  public void block() {
    blocked = true;
  }

  /** Has messages presented again, in front of what waits; {@link #resume} begins with them. */
  public void again(ByteBuf messages) {
    ByteBuf all = messages;
    if (pending != null) {
      all = allocator.buffer(messages.readableBytes() + pending.readableBytes());
      all.writeBytes(messages).writeBytes(pending);
      messages.release();
      pending.release();
    }
    pending = all;
    blocked = true;
  }

  /** Goes on with the message that was blocked. */
  public void resume() {
    if (blocked) {
      blocked = false;
      ByteBuf waiting = pending;
      pending = null;
      if (waiting != null) {
        walk(waiting);
      }
    }
  }

  /** To be called by the sink before it writes to the server itself: keeps the order. */
  public void cut() {
    if (chunk != null && run < frame) {
      sink.toServer(chunk.retainedSlice(run, frame - run));
      run = frame;
    }
  }

  public void release() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
  }

  private ByteBuf join(ByteBuf in) {
    ByteBuf before = pending;
    pending = null;
    if (before.writableBytes() < in.readableBytes()) {
      int size = Math.max(before.readableBytes() + in.readableBytes(), wanted(before));
      ByteBuf wider = allocator.buffer(size);
      wider.writeBytes(before);
      before.release();
      before = wider;
    }
    before.writeBytes(in);
    in.release();
    if (!blocked && before.readableBytes() < wanted(before)) {
      pending = before;
      return null;
    }
    return before;
  }

  /** Bytes needed before a kept, incomplete message can be looked into. */
  private int wanted(ByteBuf kept) {
    int from = kept.readerIndex();
    if (kept.readableBytes() < FrameCursor.HEADER_BYTES) {
      return FrameCursor.HEADER_BYTES;
    }
    if (!lookedInto(kept.getByte(from))) {
      return FrameCursor.HEADER_BYTES;
    }
    int length = kept.getInt(from + 1);
    long whole = 1L + Math.max(length, 4);
    boolean head = kept.getByte(from) == 'B' && !bindIsLookedInto(length);
    return (int) Math.min(whole, head ? BIND_HEAD : lookLimit + 5L);
  }

  private void walk(ByteBuf in) {
    chunk = in;
    run = in.readerIndex();
    frame = run;
    int end = in.writerIndex();
    try {
      int at = run;
      while (at < end && at >= 0) {
        at = mode == Mode.HEADER ? message(at, end) : body(at, end);
      }
      if (chunk != null) {
        finish(end);
      }
    } finally {
      if (chunk != null) {
        chunk.release();
        chunk = null;
      }
    }
  }

  private void finish(int end) {
    if (run < end) {
      ByteBuf rest = chunk.setIndex(run, end);
      chunk = null;
      sink.toServer(rest);
    }
  }

  /** Handles the message that begins here; the index to go on from, or -1 to stop. */
  private int message(int at, int end) {
    frame = at;
    int body = cursor.header(chunk, at, end);
    if (!cursor.headerComplete()) {
      cursor.restart();
      return keep(at, end);
    }
    byte tag = cursor.tag();
    int length = cursor.bodyLength();
    if (!lookedInto(tag)) {
      return decided(sink.onStreamed(tag, length), at, body, end);
    }
    if (end - body >= length) {
      return decided(sink.onMessage(tag, chunk, body, body + length, length), at, body, end);
    }
    return incomplete(tag, length, at, body, end);
  }

  private int incomplete(byte tag, int length, int at, int body, int end) {
    if (tag == 'B' && !bindIsLookedInto(length)) {
      if (namesComplete(body, end)) {
        return decided(sink.onMessage(tag, chunk, body, end, length), at, body, end);
      }
      if (end - body >= BIND_HEAD) {
        throw new ProtocolViolation("invalid string in message");
      }
    } else if (length > lookLimit) {
      return decided(sink.onOversized(tag, length), at, body, end);
    }
    cursor.restart();
    return keep(at, end);
  }

  /** Whether a Bind has to be complete: its values may decide where it goes. */
  private boolean bindIsLookedInto(int length) {
    return length <= BIND_HEAD || (length <= lookLimit && sink.looksIntoValues());
  }

  private boolean namesComplete(int body, int end) {
    int portal = MessageReader.cstringEnd(chunk, body, end);
    return portal >= 0 && MessageReader.cstringEnd(chunk, portal + 1, end) >= 0;
  }

  private int decided(int verdict, int at, int body, int end) {
    if (verdict == FrontendSink.BLOCK) {
      cursor.restart();
      blocked = true;
      return keep(at, end);
    }
    if (verdict == FrontendSink.DONE) {
      cut();
      mode = Mode.DROP;
    } else {
      if (verdict >= 0) {
        cut();
        run = verdict;
      }
      mode = Mode.FORWARD;
    }
    return cursor.bodyRemaining() == 0 ? frameDone(body) : body(body, end);
  }

  private int body(int at, int end) {
    int next = cursor.skip(at, end);
    if (mode == Mode.DROP) {
      run = next;
    }
    return cursor.bodyRemaining() == 0 ? frameDone(next) : next;
  }

  private int frameDone(int next) {
    if (mode == Mode.DROP) {
      run = next;
    }
    if (kept != null && kept.keeping()) {
      kept.add(cursor.tag(), chunk, frame, next, cursor.bodyLength());
    }
    mode = Mode.HEADER;
    cursor.next();
    return next;
  }

  /** Keeps the rest of the chunk, from the message at hand on. */
  private int keep(int at, int end) {
    cut();
    ByteBuf rest = chunk.setIndex(at, end);
    chunk = null;
    // Room for what is still to come, so that the rest of a long message is not copied twice.
    pending = own(rest, blocked ? rest.readableBytes() : wanted(rest));
    return -1;
  }

  /**
   * A copy, in place of what it was read into: that may be a small part of something large, which
   * would stay in memory for as long as the client waits.
   */
  private ByteBuf own(ByteBuf in, int capacity) {
    ByteBuf copy = allocator.buffer(Math.max(capacity, 64));
    copy.writeBytes(in);
    in.release();
    return copy;
  }

  private boolean lookedInto(byte tag) {
    return switch (tag) {
      case 'Q', 'P', 'B', 'D', 'C', 'E' -> true;
      case 'd' -> sink.looksIntoCopy();
      default -> false;
    };
  }
}
