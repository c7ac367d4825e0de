package dev.trunkline.shard;

import java.util.List;

/**
 * What the search for the key has to know of a statement, and nothing more. Names are as PostgreSQL
 * stores them: folded unless quoted.
 */
final class SqlTree {
  private SqlTree() {}

  sealed interface Statement {}

  /**
   * @param tail expressions of ORDER BY, LIMIT and OFFSET
   */
  record Query(With with, Body body, List<Expr> tail, boolean locks) implements Statement {}

  enum Verb {
    INSERT,
    UPDATE,
    DELETE
  }

  /**
   * @param columns of an INSERT; null when it has no list
   * @param source of an INSERT; null for DEFAULT VALUES
   * @param set assignments of an UPDATE, or of ON CONFLICT DO UPDATE
   * @param rest expressions that restrict nothing, such as those of RETURNING
   */
  record Write(
      Verb verb,
      With with,
      Table target,
      List<String> columns,
      Query source,
      List<Assignment> set,
      List<From> from,
      Expr where,
      List<Expr> rest)
      implements Statement {}

  /**
   * @param columns null when the statement has no list
   */
  record CopyFrom(Table table, List<String> columns, CopyFormat format, Expr where)
      implements Statement {}

  record CopyTable(Table table) implements Statement {}

  record Prepare(String name, Statement body) implements Statement {}

  record Execute(String name, List<Expr> arguments) implements Statement {}

  /** EXPLAIN, DECLARE and COPY (query) TO: what they wrap decides. */
  record Wrapped(Statement body) implements Statement {}

  record With(boolean recursive, List<Cte> queries) {
    static final With NONE = new With(false, List.of());
  }

  /**
   * @param renamed whether it gives its columns names of its own
   */
  record Cte(String name, boolean renamed, Statement body) {}

  sealed interface Body {}

  record Select(List<Item> items, List<From> from, Expr where, List<Expr> rest) implements Body {}

  record SetOperation(List<Query> branches) implements Body {}

  record Values(List<List<Expr>> rows) implements Body {}

  record Nested(Query query) implements Body {}

  /**
   * @param name its alias or the column's own name; null when only PostgreSQL knows
   */
  record Item(Expr value, String name) {}

  /**
   * @param value null for DEFAULT and for a column out of a row that a sub-select gives
   */
  record Assignment(String column, Expr value) {}

  sealed interface From {}

  /**
   * @param renamed whether the alias comes with names for the columns
   */
  record Table(String schema, String name, String alias, boolean renamed) implements From {}

  record Derived(Query query, String alias, boolean lateral, boolean renamed) implements From {}

  record TableFunction(List<Expr> calls, String alias) implements From {}

  enum JoinKind {
    INNER,
    LEFT,
    RIGHT,
    FULL
  }

  /**
   * @param on null when there is none
   * @param using null when there is none
   */
  record Join(JoinKind kind, From left, From right, Expr on, List<String> using, boolean natural)
      implements From {}

  sealed interface Expr {}

  /**
   * @param qualifier null when there is none
   */
  record Column(String qualifier, String name) implements Expr {}

  /**
   * {@code *} or {@code t.*}.
   *
   * @param qualifier null when there is none
   */
  record Star(String qualifier) implements Expr {
    /** In place of a qualifier: the fields of some value, as in {@code t.a.*}; no table is it. */
    static final String OF_A_ROW = "\0";
  }

  /**
   * A parameter or a literal.
   *
   * @param type what it is cast to; null when there is no cast
   * @param token which token of the statement it is
   */
  record Constant(KeySource.Kind kind, int number, String type, int token) implements Expr {}

  record And(List<Expr> conjuncts) implements Expr {}

  record Equal(Expr left, Expr right) implements Expr {}

  record Row(List<Expr> fields) implements Expr {}

  record In(Expr left, List<Expr> items) implements Expr {}

  /** left = ANY (array). */
  record Any(Expr left, Expr array) implements Expr {}

  record ArrayOf(List<Expr> elements) implements Expr {}

  record Call(String schema, String function, List<Expr> parts) implements Expr {}

  record SubQuery(Query query) implements Expr {}

  /** Anything else, and what it is made of. */
  record Other(List<Expr> parts) implements Expr {}
}
