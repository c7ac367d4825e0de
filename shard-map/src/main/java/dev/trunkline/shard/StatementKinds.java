package dev.trunkline.shard;

/** Names the kind of a statement by its first tokens. */
final class StatementKinds {
  private StatementKinds() {}

  /**
   * Never {@link StatementKind#SETTING}: that takes a look at the whole statement, see {@link
   * SettingParser}.
   */
  static StatementKind of(SqlTokens tokens) {
    if (tokens.is(0, Token.LEFT)) {
      return query(tokens.word(pastParentheses(tokens)));
    }
    return switch (tokens.word(0)) {
      case SELECT, INSERT, UPDATE, DELETE, MERGE, WITH, VALUES, TABLE -> query(tokens.word(0));
      case BEGIN -> StatementKind.BEGIN;
      case START -> tokens.is(1, Word.TRANSACTION) ? StatementKind.BEGIN : StatementKind.OTHER;
      case COMMIT -> tokens.is(1, Word.PREPARED) ? StatementKind.TWO_PHASE : StatementKind.COMMIT;
      case END -> StatementKind.COMMIT;
      case ROLLBACK, ABORT -> rollback(tokens);
      case SAVEPOINT -> StatementKind.SAVEPOINT;
      case RELEASE -> StatementKind.RELEASE;
      case PREPARE -> prepare(tokens);
      case SET -> set(tokens);
      default -> byFirstWord(tokens.word(0));
    };
  }

  /** Index of the first token that is no opening parenthesis. */
  static int pastParentheses(SqlTokens tokens) {
    int at = 0;
    while (tokens.is(at, Token.LEFT)) {
      at++;
    }
    return at;
  }

  private static StatementKind query(Word word) {
    return switch (word) {
      case SELECT -> StatementKind.SELECT;
      case INSERT, UPDATE, DELETE, MERGE, WITH, VALUES, TABLE -> StatementKind.DML;
      default -> StatementKind.OTHER;
    };
  }

  private static StatementKind rollback(SqlTokens tokens) {
    if (tokens.is(0, Word.ROLLBACK) && tokens.is(1, Word.PREPARED)) {
      return StatementKind.TWO_PHASE;
    }
    int at = tokens.is(1, Word.WORK) || tokens.is(1, Word.TRANSACTION) ? 2 : 1;
    return tokens.is(0, Word.ROLLBACK) && tokens.is(at, Word.TO)
        ? StatementKind.ROLLBACK_TO
        : StatementKind.ROLLBACK;
  }

  /**
   * A prepared statement may be called "transaction"; it is followed by AS or its types, not by a
   * string.
   */
  private static StatementKind prepare(SqlTokens tokens) {
    return tokens.is(1, Word.TRANSACTION) && tokens.kind(2).isString()
        ? StatementKind.TWO_PHASE
        : StatementKind.PREPARE;
  }

  private static StatementKind set(SqlTokens tokens) {
    int at = setting(tokens);
    if (tokens.is(at, Word.TRANSACTION) || tokens.is(1, Word.CONSTRAINTS)) {
      return StatementKind.SET_TRANSACTION;
    }
    return tokens.is(1, Word.LOCAL) ? StatementKind.SET_LOCAL : StatementKind.SET;
  }

  /** Index of what a SET sets: behind LOCAL, and behind SESSION where that is no part of it. */
  static int setting(SqlTokens tokens) {
    boolean session =
        tokens.is(1, Word.SESSION)
            && !tokens.is(2, Word.AUTHORIZATION)
            && !isCharacteristics(tokens, 1);
    return session || tokens.is(1, Word.LOCAL) ? 2 : 1;
  }

  static boolean isCharacteristics(SqlTokens tokens, int at) {
    return tokens.is(at, Word.SESSION) && tokens.is(at + 1, Word.CHARACTERISTICS);
  }

  private static StatementKind byFirstWord(Word word) {
    return switch (word) {
      case RESET -> StatementKind.RESET;
      case SHOW -> StatementKind.SHOW;
      case DISCARD -> StatementKind.DISCARD;
      case DEALLOCATE -> StatementKind.DEALLOCATE;
      case EXECUTE -> StatementKind.EXECUTE;
      case LISTEN -> StatementKind.LISTEN;
      case UNLISTEN -> StatementKind.UNLISTEN;
      case NOTIFY -> StatementKind.NOTIFY;
      case DECLARE -> StatementKind.DECLARE;
      case FETCH, MOVE, CLOSE -> StatementKind.FETCH;
      case COPY -> StatementKind.COPY;
      case EXPLAIN -> StatementKind.EXPLAIN;
      case CALL -> StatementKind.CALL;
      case DO -> StatementKind.DO;
      case LOCK -> StatementKind.LOCK;
      case VACUUM, ANALYZE, ANALYSE, CLUSTER, CHECKPOINT, REPACK -> StatementKind.MAINTENANCE;
      case LOAD -> StatementKind.LOAD;
      case CREATE,
          ALTER,
          DROP,
          TRUNCATE,
          GRANT,
          REVOKE,
          COMMENT,
          SECURITY,
          REINDEX,
          IMPORT,
          REASSIGN,
          REFRESH ->
          StatementKind.DDL;
      default -> StatementKind.OTHER;
    };
  }
}
