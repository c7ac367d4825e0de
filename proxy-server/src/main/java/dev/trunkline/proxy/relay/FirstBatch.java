package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Ledger;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * The messages that a client has sent first in a lease, up to its first Sync or Query, kept until
 * the server has said something about them. If that is an error such as a fence of the home causes,
 * it is held back: nothing has taken effect, and the messages can be presented again for another
 * home. Keeps no copy where they lie in one chunk, as they mostly do.
 */
final class FirstBatch {
  private enum Phase {
    OFF,
    KEEPING,
    /**
     * All of it is there: with more behind it, it would not be the only thing that may have run.
     */
    WHOLE,
    /** The error waits here. */
    HELD
  }

  /** More than this many bytes are not kept. */
  private static final int LIMIT = 16 * 1024;

  private final ByteBufAllocator allocator;
  private Phase phase = Phase.OFF;
  private Ledger ledger;
  private ByteBuf sent;
  private int from;
  private int to;

  /** Bytes of the messages at its beginning that the proxy answers in the server's place. */
  private int local;

  private ByteBuf heard;

  FirstBatch(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  void begin(Ledger ofServer) {
    phase = Phase.KEEPING;
    ledger = ofServer;
  }

  /** Whether it wants to see what the server says. */
  boolean on() {
    return phase != Phase.OFF;
  }

  /** Whether it wants to see what the client says. */
  boolean keeping() {
    return phase == Phase.KEEPING || phase == Phase.WHOLE;
  }

  boolean held() {
    return phase == Phase.HELD;
  }

  // ---- from the client ----

  /**
   * A message has been dealt with; it ends at {@code end} of the chunk and begins at {@code start},
   * unless that lies in an earlier one.
   */
  void add(byte tag, ByteBuf chunk, int start, int end, int bodyLength) {
    if (ledger.isEmpty()) {
      return; // The proxy has answered it, and need not again.
    }
    boolean whole = end - start == 5 + bodyLength;
    if (phase == Phase.WHOLE || !whole || !repeatable(tag) || to - from + end - start > LIMIT) {
      giveUp();
      return;
    }
    phase = tag == 'Q' || tag == 'S' ? Phase.WHOLE : Phase.KEEPING;
    if (local == to - from && ledger.reply(ledger.size() - 1).local()) {
      local += end - start;
    }
    if (sent == null && Backlog.held(chunk) <= LIMIT) {
      sent = chunk.retain();
      from = start;
      to = end;
    } else if (sent == chunk && start == to) {
      to = end;
    } else {
      copy(chunk, start, end);
    }
  }

  /** Not so CopyData and FunctionCall. */
  private static boolean repeatable(byte tag) {
    return switch (tag) {
      case 'Q', 'P', 'B', 'D', 'E', 'C', 'H', 'S' -> true;
      default -> false;
    };
  }

  private void copy(ByteBuf chunk, int start, int end) {
    ByteBuf joined = allocator.buffer(to - from + end - start);
    if (sent != null) {
      joined.writeBytes(sent, from, to - from);
      sent.release();
    }
    joined.writeBytes(chunk, start, end - start);
    sent = joined;
    from = 0;
    to = joined.writerIndex();
  }

  /** The client has the answers to what the proxy answers itself: that is not presented again. */
  void told() {
    if (keeping()) {
      from += local;
      local = 0;
      if (from == to) {
        drop();
      }
    }
  }

  // ---- from the server ----

  /** Takes a chunk; what it says of the client's messages. */
  FirstReply hear(ByteBuf chunk) {
    if (heard == null) {
      heard = chunk;
    } else {
      ByteBuf joined = allocator.buffer(heard.readableBytes() + chunk.readableBytes());
      joined.writeBytes(heard).writeBytes(chunk);
      heard.release();
      chunk.release();
      heard = joined;
    }
    if (phase == Phase.HELD) {
      return FirstReply.UNDECIDED;
    }
    FirstReply reply = FirstReply.of(heard, ledger);
    if (reply != FirstReply.SUSPECT) {
      return reply;
    }
    if (sent == null) {
      return FirstReply.ANSWER;
    }
    phase = Phase.HELD;
    return reply;
  }

  /** What was heard of the proxy's own messages; it goes on listening. */
  ByteBuf takeHeard() {
    ByteBuf taken = heard;
    heard = null;
    return taken;
  }

  /** Keeps nothing any more; what was heard is the caller's. */
  ByteBuf end() {
    ByteBuf taken = takeHeard();
    close();
    return taken;
  }

  /** What the client had sent; the caller's. */
  ByteBuf sent() {
    return sent.retainedSlice(from, to - from);
  }

  /** There is no second chance; what has been heard in part is an answer in any case. */
  void giveUp() {
    if (keeping()) {
      phase = heard == null ? Phase.OFF : Phase.WHOLE;
      drop();
    }
  }

  private void drop() {
    from = 0;
    to = 0;
    local = 0;
    if (sent != null) {
      sent.release();
      sent = null;
    }
  }

  /** The lease is over. */
  void close() {
    phase = Phase.OFF;
    ledger = null;
    drop();
    if (heard != null) {
      heard.release();
      heard = null;
    }
  }
}
