package dev.trunkline.shard;

/** What a statement is, by its first words. */
public enum StatementKind {
  SELECT,
  /** INSERT, UPDATE, DELETE, MERGE, WITH, VALUES, TABLE. */
  DML,
  /** Also START TRANSACTION. */
  BEGIN,
  /** Also END. */
  COMMIT,
  /** Also ABORT. */
  ROLLBACK,
  ROLLBACK_TO,
  SAVEPOINT,
  RELEASE,
  /** PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED. */
  TWO_PHASE,
  /** SET [SESSION CHARACTERISTICS AS] TRANSACTION, SET CONSTRAINTS. */
  SET_TRANSACTION,
  SET,
  SET_LOCAL,
  RESET,
  SHOW,
  /** A trunkline.* setting is set, reset or asked for; see {@link SqlScanner#setting}. */
  SETTING,
  DISCARD,
  DEALLOCATE,
  PREPARE,
  EXECUTE,
  LISTEN,
  UNLISTEN,
  NOTIFY,
  DECLARE,
  /** FETCH, MOVE, CLOSE. */
  FETCH,
  COPY,
  EXPLAIN,
  CALL,
  DO,
  LOCK,
  /**
   * CREATE, ALTER, DROP, TRUNCATE, GRANT, REVOKE, COMMENT, SECURITY LABEL, REINDEX and their like.
   */
  DDL,
  /** VACUUM, ANALYZE, CLUSTER, CHECKPOINT. */
  MAINTENANCE,
  LOAD,
  /** Anything else, and every malformed text. */
  OTHER
}
