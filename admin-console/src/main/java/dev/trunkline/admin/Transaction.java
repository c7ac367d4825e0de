package dev.trunkline.admin;

import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Tags;

/**
 * The transaction block that drivers believe in. The console has no transactions: what a command
 * did, ROLLBACK does not undo. But drivers send BEGIN unasked and watch the status in
 * ReadyForQuery, so the status follows PostgreSQL's rules, an aborted block included.
 */
final class Transaction {
  /** A statement at the edge of a block. */
  enum Edge {
    BEGIN,
    COMMIT,
    ROLLBACK
  }

  private byte status = Tags.Status.IDLE;

  /** As in ReadyForQuery. */
  byte status() {
    return status;
  }

  boolean isOpen() {
    return status != Tags.Status.IDLE;
  }

  boolean isFailed() {
    return status == Tags.Status.FAILED_TRANSACTION;
  }

  /** A command failed: inside a block nothing else runs until its end. */
  void fail() {
    if (isOpen()) {
      status = Tags.Status.FAILED_TRANSACTION;
    }
  }

  Answer.Done cross(Edge edge) throws CommandFailed {
    return edge == Edge.BEGIN ? begin() : end(edge);
  }

  private Answer.Done begin() throws CommandFailed {
    if (isFailed()) {
      throw CommandFailed.failedTransaction();
    }
    ErrorFields warning =
        isOpen()
            ? ErrorFields.warning("25001", "there is already a transaction in progress")
            : null;
    status = Tags.Status.IN_TRANSACTION;
    return new Answer.Done("BEGIN", warning);
  }

  /** COMMIT of an aborted block answers ROLLBACK, as in PostgreSQL. */
  private Answer.Done end(Edge edge) {
    ErrorFields warning =
        isOpen() ? null : ErrorFields.warning("25P01", "there is no transaction in progress");
    Edge answer = isFailed() ? Edge.ROLLBACK : edge;
    status = Tags.Status.IDLE;
    return new Answer.Done(answer.name(), warning);
  }
}
