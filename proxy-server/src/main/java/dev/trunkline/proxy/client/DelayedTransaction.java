package dev.trunkline.proxy.client;

import java.util.ArrayList;
import java.util.List;

/**
 * A transaction that the client has begun and no server knows of yet: it is sent with the first
 * statement that has a workspace. Keeps what has to be said to the server then.
 */
final class DelayedTransaction {
  /** What the client has been told. */
  enum State {
    NONE,
    OPEN,
    /** A statement was refused; only the end of the transaction is accepted. */
    FAILED,
    /** Sent to a server; what became of it the next ReadyForQuery tells. */
    SENT
  }

  /** More than this in front of the first statement that has a workspace is refused. */
  private static final int MAX_STATEMENTS = 64;

  private static final int MAX_LENGTH = 128 * 1024;

  private final List<String> statements = new ArrayList<>();
  private State state = State.NONE;
  private int length;

  State state() {
    return state;
  }

  boolean open() {
    return state == State.OPEN;
  }

  /** Between BEGIN and the end, as far as no server is concerned. */
  boolean active() {
    return state == State.OPEN || state == State.FAILED;
  }

  /** Keeps a BEGIN; false when it is too long. */
  boolean begin(String text) {
    end();
    boolean kept = add(text);
    state = kept ? State.OPEN : State.NONE;
    return kept;
  }

  /** Keeps a SAVEPOINT, SET LOCAL and the like; false when it is too much. */
  boolean add(String text) {
    if (statements.size() >= MAX_STATEMENTS || length + text.length() > MAX_LENGTH) {
      return false;
    }
    length += text.length();
    statements.add(text);
    return true;
  }

  /** What began it; of one that a server lost only that is known which PostgreSQL assumes. */
  String begun() {
    return statements.isEmpty() ? "BEGIN" : statements.getFirst();
  }

  List<String> statements() {
    return statements;
  }

  void sent() {
    state = State.SENT;
  }

  /** The server it was sent to has done nothing of it. */
  void unsent() {
    if (state == State.SENT) {
      state = State.OPEN;
    }
  }

  /** A floating statement is done: the transaction is again the proxy's alone. */
  void takeBack(boolean failed) {
    state = failed ? State.FAILED : State.OPEN;
  }

  /** A statement was refused. One that a server runs fails there, and that server tells its end. */
  void fail() {
    if (state == State.OPEN) {
      state = State.FAILED;
    }
  }

  /** The server it was sent to is gone, or never began it. */
  void lost() {
    state = State.FAILED;
  }

  void reopen() {
    state = State.OPEN;
  }

  void end() {
    state = State.NONE;
    length = 0;
    statements.clear();
  }

  /** Status for ReadyForQuery. */
  byte status() {
    return switch (state) {
      case NONE, SENT -> 'I';
      case OPEN -> 'T';
      case FAILED -> 'E';
    };
  }
}
