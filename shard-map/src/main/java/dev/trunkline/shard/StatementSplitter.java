package dev.trunkline.shard;

/**
 * Tells which semicolons end a statement: not those in parentheses (CREATE RULE), nor those in the
 * body of CREATE FUNCTION ... BEGIN ATOMIC ... END.
 */
final class StatementSplitter {
  private int depth;
  private boolean inBody;
  private boolean ambiguous;
  private Token lastKind = Token.END;
  private Word lastWord = Word.NONE;

  /** Starts a text. */
  void reset() {
    ambiguous = false;
    startStatement();
  }

  private void startStatement() {
    depth = 0;
    inBody = false;
    lastKind = Token.END;
    lastWord = Word.NONE;
  }

  /** Whether a body may hold another body, which names alone cannot tell from columns called so. */
  boolean ambiguous() {
    return ambiguous;
  }

  /** Whether the semicolon at hand ends the statement; if so, the next one starts. */
  boolean ends() {
    boolean ends = depth == 0 && !inBody;
    if (ends) {
      startStatement();
    } else {
      lastKind = Token.SEMICOLON;
    }
    return ends;
  }

  /** Takes notice of a token of the statement, whose first tokens are given. */
  void token(Token kind, Name name, SqlTokens head) {
    switch (kind) {
      case LEFT -> depth++;
      case RIGHT -> depth = Math.max(0, depth - 1);
      case WORD -> word(name.word(), head);
      default -> {}
    }
    lastKind = kind;
    lastWord = kind == Token.WORD ? name.word() : Word.NONE;
  }

  private void word(Word word, SqlTokens head) {
    if (depth > 0) {
      return;
    }
    if (word == Word.ATOMIC && lastWord == Word.BEGIN && createsRoutine(head)) {
      ambiguous |= inBody;
      inBody = true;
    } else if (word == Word.END && inBody) {
      // Each statement of the body ends in a semicolon, so any other END is the end of CASE or a
      // label.
      inBody = lastKind != Token.SEMICOLON && lastWord != Word.ATOMIC;
    }
  }

  private static boolean createsRoutine(SqlTokens head) {
    int at = head.is(1, Word.OR) && head.is(2, Word.REPLACE) ? 3 : 1;
    return head.is(0, Word.CREATE) && (head.is(at, Word.FUNCTION) || head.is(at, Word.PROCEDURE));
  }
}
