package dev.trunkline.shard;

/**
 * Why a statement has no workspace of its own, for DETAIL and HINT.
 *
 * @param table that stood in the way; null when it was none
 * @param clause that stood in the way, as "WHERE of block"
 * @param message a sentence
 * @param hint a sentence that says what to do
 */
public record RouteMiss(String table, String clause, String message, String hint) {
  static final String DECLARE_WORKSPACE =
      "Name the workspace: set trunkline.workspace, or put it into a comment.";

  /** Nothing in particular of the statement stood in the way. */
  public static RouteMiss ofStatement(String message) {
    return of("the statement", message);
  }

  static RouteMiss of(String clause, String message) {
    return new RouteMiss(null, clause, message, DECLARE_WORKSPACE);
  }

  static RouteMiss ofTable(String table, String clause, String message, String hint) {
    return new RouteMiss(table, clause, message, hint);
  }
}
