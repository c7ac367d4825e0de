package dev.trunkline.proxy.server;

import dev.trunkline.shard.Effects;
import dev.trunkline.wire.ProtocolViolation;
import java.util.Arrays;

/**
 * FIFO of the replies a server connection still owes, each with what to do with it. Follows the
 * message flow of the protocol documentation, including the rule that after an error the server
 * skips everything up to the next Sync. Not thread-safe; allocates only when it grows.
 */
public final class Ledger {
  /** Told about entries that will never be answered because an earlier message failed. */
  public interface Undo {
    /** The message was skipped by the server, or failed. */
    void skipped(Reply reply, Object note);
  }

  private static final int INITIAL = 16;
  private static final long FORGETTING = Effects.DISCARD_ALL | Effects.DEALLOCATE_ALL;

  private Reply[] replies = new Reply[INITIAL];
  private Action[] actions = new Action[INITIAL];
  private long[] effects = new long[INITIAL];
  private Object[] notes = new Object[INITIAL];
  private int head;
  private int size;
  private boolean skipping;
  private boolean copyIn;
  private boolean failed;
  private long done;
  private long appended;
  private long lastSync;

  /** The newest entry that makes the server forget prepared statements. */
  private long lastForgetting;

  /** Appends a reply that nothing needs to be remembered for. */
  public void expect(Reply reply, Action action) {
    append(reply, action, 0, null);
  }

  /**
   * Appends an expected reply.
   *
   * @param effect {@code Effects} bits that hold once the statement has succeeded
   * @param note handed to {@link Undo} when the message is skipped
   * @return the entry's number, for {@link #undecided}
   */
  public long expect(Reply reply, Action action, long effect, Object note) {
    append(reply, action, effect, note);
    return appended;
  }

  private void append(Reply reply, Action action, long effect, Object note) {
    if (size == replies.length) {
      grow();
    }
    int at = index(size++);
    replies[at] = reply;
    actions[at] = action;
    effects[at] = effect;
    notes[at] = note;
    appended++;
    if (reply == Reply.SYNC) {
      lastSync = appended;
    }
    if ((effect & FORGETTING) != 0) {
      lastForgetting = appended;
    }
  }

  /**
   * Whether an entry is still owed and a Sync follows it: if it fails, what is sent now is not
   * skipped and meets a server on which it has not happened.
   */
  public boolean undecided(long number) {
    return number > appended - size && number < lastSync;
  }

  /** Whether an entry behind the first Sync has that very note. */
  public boolean repeats(Object note) {
    boolean behind = false;
    for (int i = 0; i < size; i++) {
      behind |= replies[index(i)] == Reply.SYNC;
      if (behind && notes[index(i)] == note) {
        return true;
      }
    }
    return false;
  }

  /** Whether an entry that is owed makes the server forget prepared statements. */
  public boolean forgetsStatements() {
    return lastForgetting > appended - size;
  }

  /** Whether the server skips what is sent now, because an error is not yet followed by a Sync. */
  public boolean skipping() {
    return skipping;
  }

  /**
   * A Sync is about to be sent. During COPY FROM STDIN the server ignores it.
   *
   * @return whether it will be answered and so must be expected
   */
  public boolean syncCounts() {
    if (copyIn) {
      return false;
    }
    skipping = false;
    return true;
  }

  /**
   * CopyDone or CopyFail is about to be sent. It ends the COPY the server is in, or else one that
   * the server will tell of.
   */
  public void copyEnds() {
    if (!copyIn && size > 0) {
      expect(Reply.COPY_END, Action.FORWARD);
    }
    copyIn = false;
  }

  /** The client knows already that the COPY of the newest entry may begin. */
  public void copyTold() {
    actions[index(size - 1)] = Action.COPY_TOLD;
  }

  /** Whether the COPY of the newest entry is owed, and no error has come. */
  public boolean copyOpen() {
    return size > 1 || (size == 1 && !failed);
  }

  /** CopyFail is about to be sent for the COPY at hand, whose error the client has been told. */
  public void copyRefused() {
    actions[index(size - 1)] = Action.SWALLOW_ERROR;
    copyEnds();
  }

  public boolean isEmpty() {
    return size == 0;
  }

  public int size() {
    return size;
  }

  /** Whether the client is still owed the results of something, or the end of a batch. */
  public boolean owesResults() {
    for (int i = 0; i < size; i++) {
      int at = index(i);
      if (actions[at] == Action.FORWARD && endsOrHasResults(replies[at])) {
        return true;
      }
    }
    return false;
  }

  private static boolean endsOrHasResults(Reply reply) {
    return reply.endsWithReady() || reply == Reply.EXECUTE;
  }

  /** Whether the server is inside COPY FROM STDIN and has not been told its end. */
  public boolean inCopyIn() {
    return copyIn;
  }

  /** The action of the oldest entry; only when not empty. */
  public Action headAction() {
    return actions[head];
  }

  /** What is owed, counted from the oldest entry; only below {@link #size}. */
  public Reply reply(int offset) {
    return replies[index(offset)];
  }

  /** The action of an entry, counted likewise. */
  public Action action(int offset) {
    return actions[index(offset)];
  }

  /** The action of the newest entry; only when not empty. */
  public Action tailAction() {
    return actions[index(size - 1)];
  }

  /** {@code Effects} bits of statements that succeeded since the last call. */
  public long takeEffects() {
    long bits = done;
    done = 0;
    return bits;
  }

  /** Whether an ErrorResponse belonged to the exchange that the last ReadyForQuery ended. */
  public boolean takeFailed() {
    boolean result = failed;
    failed = false;
    return result;
  }

  /**
   * Accounts for one message from the server, other than Notice, Notification and ParameterStatus,
   * which may come at any time.
   *
   * @return what to do with the message
   * @throws ProtocolViolation when nothing that is owed fits
   */
  public Action take(byte tag, Undo undo) {
    if (size == 0) {
      throw unexpected(tag);
    }
    Reply reply = replies[head];
    Action action = actions[head];
    if (action == Action.COPY_TOLD) {
      action = copyTold(tag);
    }
    switch (tag) {
      case 'D', 'd', 'c', 't', 'H', 'W', 'V' -> {}
      case 'C', 'I', 's' -> completed(reply, tag);
      case 'Z' -> ready(reply, tag);
      case '1' -> pop(reply, Reply.PARSE, tag);
      case '2' -> pop(reply, Reply.BIND, tag);
      case '3' -> pop(reply, Reply.CLOSE, tag);
      case 'T', 'n' -> described(reply);
      case 'G' -> copyInStarts();
      case 'E' -> error(reply, undo);
      default -> throw unexpected(tag);
    }
    return action;
  }

  /** Only the leave to begin is not forwarded. */
  private Action copyTold(byte tag) {
    if (tag == 'G') {
      actions[head] = Action.FORWARD;
      return Action.COPY_TOLD;
    }
    return Action.FORWARD;
  }

  /** The next reply of our own that is due now, or null; removes it. */
  public Reply pollLocal() {
    while (size > 0) {
      Reply reply = replies[head];
      if (reply == Reply.COPY_END) {
        removeHead();
      } else if (reply.local()) {
        removeHead();
        return reply;
      } else {
        return null;
      }
    }
    return null;
  }

  /** Forgets everything; the connection is to be closed. */
  public void clear(Undo undo) {
    undo(size, undo);
    skipping = false;
    copyIn = false;
  }

  /** Newest first: each undoing meets the state its message was sent in. */
  private void undo(int count, Undo undo) {
    for (int i = count - 1; i >= 0; i--) {
      undo.skipped(replies[index(i)], notes[index(i)]);
    }
    for (int i = 0; i < count; i++) {
      removeHead();
    }
  }

  private void completed(Reply reply, byte tag) {
    if (reply == Reply.QUERY) {
      return;
    }
    if (reply != Reply.EXECUTE) {
      throw unexpected(tag);
    }
    copyIn = false;
    done |= effects[head];
    removeHead();
  }

  private void ready(Reply reply, byte tag) {
    if (!reply.endsWithReady()) {
      throw unexpected(tag);
    }
    copyIn = false;
    done |= failed ? afterFailure(effects[head]) : effects[head];
    removeHead();
  }

  /** A text of several statements may have committed some of them before one failed. */
  private static long afterFailure(long effect) {
    return effect == 0 ? 0 : (effect & SURVIVES_FAILURE) | Effects.OPAQUE;
  }

  private void described(Reply reply) {
    if (reply == Reply.DESCRIBE) {
      removeHead();
    }
  }

  /**
   * Syncs sent before the end of the COPY data are read, and ignored, as part of the COPY. Its end,
   * where it has been sent already, is its own: a Query may hold another COPY.
   */
  private void copyInStarts() {
    int kept = 1;
    boolean ended = false;
    for (int i = 1; i < size; i++) {
      int at = index(i);
      boolean end = !ended && replies[at] == Reply.COPY_END;
      ended |= end;
      if (!end && (ended || replies[at] != Reply.SYNC)) {
        move(at, index(kept++));
      }
    }
    appended -= size - kept;
    size = kept;
    copyIn = !ended;
  }

  private void error(Reply reply, Undo undo) {
    failed = true;
    copyIn = false;
    if (reply == Reply.QUERY || reply == Reply.FUNCTION) {
      return;
    }
    int batch = 0;
    while (batch < size && replies[index(batch)] != Reply.SYNC) {
      batch++;
    }
    undo(batch, undo);
    skipping = size == 0;
  }

  private void pop(Reply reply, Reply expected, byte tag) {
    if (reply != expected) {
      throw unexpected(tag);
    }
    removeHead();
  }

  private void removeHead() {
    notes[head] = null;
    head = (head + 1) & (replies.length - 1);
    size--;
  }

  private void move(int from, int to) {
    replies[to] = replies[from];
    actions[to] = actions[from];
    effects[to] = effects[from];
    notes[to] = notes[from];
  }

  private int index(int offset) {
    return (head + offset) & (replies.length - 1);
  }

  private void grow() {
    int old = replies.length;
    replies = unrolled(replies, new Reply[old * 2]);
    actions = unrolled(actions, new Action[old * 2]);
    notes = unrolled(notes, new Object[old * 2]);
    long[] wider = new long[old * 2];
    for (int i = 0; i < size; i++) {
      wider[i] = effects[index2(i, old)];
    }
    effects = wider;
    head = 0;
  }

  private <T> T[] unrolled(T[] from, T[] to) {
    for (int i = 0; i < size; i++) {
      to[i] = from[index2(i, from.length)];
    }
    return to;
  }

  private int index2(int offset, int capacity) {
    return (head + offset) & (capacity - 1);
  }

  private static final long SURVIVES_FAILURE =
      Effects.ADVISORY_LOCK | Effects.PREPARE | Effects.OPAQUE;

  private ProtocolViolation unexpected(byte tag) {
    String owed = size == 0 ? "nothing" : replies[head].toString();
    return new ProtocolViolation(
        "unexpected message '" + (char) tag + "' from server, expected " + owed);
  }

  @Override
  public String toString() {
    Reply[] list = new Reply[size];
    for (int i = 0; i < size; i++) {
      list[i] = replies[index(i)];
    }
    return Arrays.toString(list) + (skipping ? " skipping" : "") + (copyIn ? " copy in" : "");
  }
}
