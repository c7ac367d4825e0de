package dev.trunkline.proxy.server;

import dev.trunkline.wire.FrameCursor;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Walks what a server sends, frame by frame, accounts for each in the ledger and hands on runs of
 * bytes that are to be forwarded. Only the few small messages that carry state are looked into;
 * rows and COPY data of any size pass as they come. Allocates nothing while chunks hold whole
 * messages and all of them are forwarded.
 */
final class ServerStream {
  private enum Mode {
    /** Between frames, or inside a header. */
    HEADER,
    /** Inside a body that is handed on. */
    FORWARD,
    /** Inside a body that is dropped. */
    DROP,
    /** Inside a message that is looked into once it is complete. */
    CAPTURE
  }

  private final FrameCursor cursor = new FrameCursor(Integer.MAX_VALUE);
  private final Ledger ledger;
  private final ByteBufAllocator allocator;
  private Mode mode = Mode.HEADER;
  private ByteBuf captured;

  // Of the chunk at hand. The run is what is to be forwarded and has not been.
  private ByteBuf chunk;
  private ServerSink sink;
  private int run;

  ServerStream(Ledger ledger, ByteBufAllocator allocator) {
    this.ledger = ledger;
    this.allocator = allocator;
  }

  /** Bytes of the longest message that may pass, from the next one on. */
  void maxPacket(int bytes) {
    cursor.limit(bytes);
  }

  /** Whether no message is half received. */
  boolean atBoundary() {
    return mode == Mode.HEADER && cursor.atBoundary();
  }

  void release() {
    if (captured != null) {
      captured.release();
      captured = null;
    }
  }

  /** Handles one chunk, which is handed on or released. */
  void accept(ByteBuf in, ServerSink to) {
    chunk = in;
    sink = to;
    run = in.readerIndex();
    int end = in.writerIndex();
    try {
      int at = run;
      while (at < end) {
        at =
            switch (mode) {
              case HEADER -> header(at, end);
              case FORWARD, DROP -> body(at, end);
              case CAPTURE -> capture(at, end);
            };
      }
      forwardRest(end);
    } finally {
      if (chunk != null) {
        chunk.release();
        chunk = null;
      }
    }
    to.chunkEnd();
  }

  private int header(int at, int end) {
    int carried = cursor.headerSeen();
    int body = cursor.header(chunk, at, end);
    if (!cursor.headerComplete()) {
      cut(at, body);
      return body;
    }
    if (lookedInto(cursor.tag())) {
      return end - body < cursor.bodyLength()
          ? beginCapture(at, body)
          : inPlace(carried, at, body, end);
    }
    return beginStream(carried, at, body);
  }

  private int beginCapture(int at, int body) {
    captured = allocator.buffer(5 + cursor.bodyLength());
    cursor.copyHeader(captured, 5);
    cut(at, body);
    mode = Mode.CAPTURE;
    return body;
  }

  private int inPlace(int carried, int at, int body, int end) {
    int next = cursor.skip(body, end);
    if (look(chunk, body, next)) {
      forwardCarried(carried);
    } else {
      cut(at, next);
    }
    return frameDone(next);
  }

  private int beginStream(int carried, int at, int body) {
    if (streamed(cursor.tag())) {
      forwardCarried(carried);
      mode = Mode.FORWARD;
    } else {
      cut(at, body);
      mode = Mode.DROP;
    }
    return cursor.bodyRemaining() == 0 ? frameDone(body) : body;
  }

  private int body(int at, int end) {
    int next = cursor.skip(at, end);
    if (mode == Mode.DROP) {
      cut(at, next);
    }
    return cursor.bodyRemaining() == 0 ? frameDone(next) : next;
  }

  private int capture(int at, int end) {
    int next = cursor.skip(at, end);
    captured.writeBytes(chunk, at, next - at);
    cut(at, next);
    if (cursor.bodyRemaining() > 0) {
      return next;
    }
    ByteBuf frame = captured;
    captured = null;
    boolean forward = false;
    try {
      forward = look(frame, 5, frame.writerIndex());
    } finally {
      if (!forward) {
        frame.release();
      }
    }
    if (forward) {
      sink.forward(frame);
    }
    return frameDone(next);
  }

  private int frameDone(int next) {
    mode = Mode.HEADER;
    cursor.next();
    Reply local = ledger.pollLocal();
    while (local != null) {
      cut(next, next);
      sink.local(local);
      local = ledger.pollLocal();
    }
    return next;
  }

  private static boolean lookedInto(byte tag) {
    return tag == 'C' || tag == 'Z' || tag == 'E' || tag == 'S';
  }

  /** Whether a message that is not looked into goes to the client. */
  private boolean streamed(byte tag) {
    return switch (tag) {
      case 'A' -> true;
      case 'N' -> ledger.isEmpty() || ledger.headAction() == Action.FORWARD;
      default -> ledger.take(tag, sink) == Action.FORWARD;
    };
  }

  /** Whether a complete message goes to the client. */
  private boolean look(ByteBuf buf, int from, int to) {
    return switch (cursor.tag()) {
      case 'C' -> commandComplete(buf, from, to);
      case 'Z' -> ready(buf, from, to);
      case 'S' -> parameter(buf, from, to);
      default -> error(buf, from, to);
    };
  }

  private boolean commandComplete(ByteBuf buf, int from, int to) {
    boolean forward = ledger.take((byte) 'C', sink) == Action.FORWARD;
    if (forward) {
      sink.commandComplete(buf, from, MessageReader.cstringEnd(buf, from, to));
    }
    return forward;
  }

  private boolean ready(ByteBuf buf, int from, int to) {
    if (to - from != 1) {
      throw new ProtocolViolation("invalid ReadyForQuery from server");
    }
    Action action = ledger.take((byte) 'Z', sink);
    sink.ready(buf.getByte(from), action);
    return action == Action.FORWARD || action == Action.SWALLOW_ERROR;
  }

  private boolean parameter(ByteBuf buf, int from, int to) {
    boolean clients = ledger.isEmpty() || ledger.headAction() == Action.FORWARD;
    String name = MessageReader.cstring(buf, from, to);
    int value = MessageReader.cstringEnd(buf, from, to) + 1;
    return sink.parameter(name, MessageReader.cstring(buf, value, to), clients);
  }

  private boolean error(ByteBuf buf, int from, int to) {
    Action action = ledger.isEmpty() ? null : ledger.take((byte) 'E', sink);
    sink.error(buf, from, to, action);
    return action == null ? sink.farewell() : action == Action.FORWARD || action == Action.PREPARE;
  }

  /** The beginning of a header that came with the chunk before. */
  private void forwardCarried(int count) {
    if (count > 0) {
      ByteBuf head = allocator.buffer(5);
      cursor.copyHeader(head, count);
      sink.forward(head);
    }
  }

  /** Forwards the run up to {@code from}; the next one begins at {@code to}. */
  private void cut(int from, int to) {
    if (from > run) {
      sink.forward(chunk.retainedSlice(run, from - run));
    }
    run = to;
  }

  private void forwardRest(int end) {
    if (run < end) {
      ByteBuf rest = chunk.setIndex(run, end);
      chunk = null;
      sink.forward(rest);
    }
  }
}
