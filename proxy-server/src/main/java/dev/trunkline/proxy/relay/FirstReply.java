package dev.trunkline.proxy.relay;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Ledger;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameCursor;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import java.util.Set;

/** What the beginning of a server's replies says of the client's first messages. */
enum FirstReply {
  /** Not enough of it is there. */
  UNDECIDED,
  /** Nothing: it is about what the proxy has sent in front. */
  OURS,
  /** An answer, as far as it goes; the client is to have it. */
  ANSWER,
  /** They have failed, as everything does at a home that is fenced. */
  SUSPECT;

  /** No message that is longer is waited for. */
  private static final int LONGEST = 16 * 1024;

  /**
   * Of REVOKE, also on a schema, whose tables are then not found; of a read-only home; of a
   * terminated session.
   */
  private static final Set<String> OF_FENCES =
      Set.of("42501", "42P01", "42883", "42704", "3F000", "25006", "57P01");

  /**
   * Walks what has come without taking anything of it in. What is in front of the error and says
   * only that messages have been understood does not matter as long as it came together with it:
   * nobody has been told.
   */
  static FirstReply of(ByteBuf heard, Ledger ledger) {
    int at = heard.readerIndex();
    int end = heard.writerIndex();
    int entry = pastLocals(ledger, 0);
    boolean told = false;
    while (at < end) {
      byte tag = heard.getByte(at);
      boolean ours = entry < ledger.size() && ledger.action(entry) == Action.SWALLOW;
      boolean error = tag == Tags.Backend.ERROR_RESPONSE;
      if (entry == ledger.size() || !(ours || error || onTheWay(tag))) {
        return ANSWER;
      }
      int next = next(heard, at, end);
      if (next <= 0) {
        return next == 0 ? UNDECIDED : ANSWER;
      }
      if (error) {
        return error(heard, at, next, ledger.action(entry));
      }
      told |= !anyTime(tag) && ledger.action(entry) == Action.FORWARD;
      entry = completes(tag, ledger.reply(entry)) ? pastLocals(ledger, entry + 1) : entry;
      at = next;
    }
    return told ? ANSWER : OURS;
  }

  /** Where the message at hand ends; 0: not here, -1: it is not worth waiting for. */
  private static int next(ByteBuf heard, int at, int end) {
    if (end - at < FrameCursor.HEADER_BYTES) {
      return 0;
    }
    int length = heard.getInt(at + 1);
    if (length < 4 || length > LONGEST) {
      return -1;
    }
    return length <= end - at - 1 ? at + 1 + length : 0;
  }

  private static int pastLocals(Ledger ledger, int from) {
    int entry = from;
    while (entry < ledger.size() && ledger.reply(entry).local()) {
      entry++;
    }
    return entry;
  }

  private static boolean anyTime(byte tag) {
    return tag == 'N' || tag == 'S' || tag == 'A';
  }

  /** To Parse, Bind and Describe: nothing has been done yet. */
  private static boolean onTheWay(byte tag) {
    return switch (tag) {
      case '1', '2', 't', 'T', 'n' -> true;
      default -> anyTime(tag);
    };
  }

  private static boolean completes(byte tag, Reply reply) {
    return switch (tag) {
      case '1', '2', '3', 'C', 'I', 's' -> true;
      case 'T', 'n' -> reply == Reply.DESCRIBE;
      default -> false;
    };
  }

  private static FirstReply error(ByteBuf heard, int at, int next, Action action) {
    ErrorFields error = ErrorFields.decode(heard.slice(at + 5, next - at - 5));
    // With a context it comes from within a function, which may have reached outside of the
    // transaction by then.
    boolean within = error.other('W') != null;
    boolean onPurpose = action == Action.SWALLOW_ERROR;
    return OF_FENCES.contains(error.sqlstate()) && !within && !onPurpose ? SUSPECT : ANSWER;
  }
}
