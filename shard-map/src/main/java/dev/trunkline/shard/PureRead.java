package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.List;

/**
 * What is known of a SELECT that is to be repeated elsewhere: whether it reads rows and nothing
 * else, and how far its answer is determined by them.
 *
 * @param impurity why another server may rightly answer otherwise; null for a read of rows alone
 * @param ordered whether the rows have an order of their own
 * @param limited whether the order says which rows there are, too: LIMIT and the like behind it
 * @param undetermined whether the rows do not determine the answer: LIMIT without ORDER BY, window
 *     functions, DISTINCT ON, aggregates that follow the order of their rows
 * @param sums whether it has aggregates that add up, whose floating point follows that order
 * @param orderKeys names or numbers of the result's columns that order it; null when it is ordered
 *     by anything else
 * @param literals the values in the text, in their order
 */
public record PureRead(
    Impurity impurity,
    boolean ordered,
    boolean limited,
    boolean undetermined,
    boolean sums,
    List<String> orderKeys,
    List<String> literals) {
  /** Why a statement is no pure read. */
  public enum Impurity {
    /** FOR UPDATE and the like. */
    LOCK,
    /** It may write: INTO. */
    WRITE,
    /** A function that is volatile, or not PostgreSQL's own. */
    FUNCTION,
    /** The time of day. */
    CLOCK,
    /** Who asks, or where. */
    SESSION,
    /** A row's place or version on its server. */
    SYSTEM_COLUMN,
    /** The server's own catalogs, or numbers of objects in them. */
    CATALOG,
    /** No single SELECT, or one that is too long or not understood. */
    UNREADABLE
  }

  static PureRead impure(Impurity why) {
    return new PureRead(why, false, false, false, false, null, List.of());
  }

  /**
   * Reads one statement, in which a backslash is an ordinary character in plain quotes. Allocates:
   * for the few that are sampled.
   */
  public static PureRead of(byte[] text) {
    SqlTokens tokens = new SqlTokens();
    tokens.reset(text);
    SqlLexer lexer = new SqlLexer();
    lexer.reset(text, 0, text.length, true);
    Token token = lexer.next();
    while (token != Token.END && token != Token.BROKEN) {
      if (token != Token.COMMENT) {
        tokens.add(token, lexer);
      }
      token = lexer.next();
    }
    boolean select = tokens.is(StatementKinds.pastParentheses(tokens), Word.SELECT);
    if (token == Token.BROKEN || tokens.overflow() || !select) {
      return impure(Impurity.UNREADABLE);
    }
    Impurity why = Purity.of(tokens);
    return why == null ? of(tokens) : impure(why);
  }

  /** Whether a value means the time of day, should it be one of a date or a timestamp. */
  public static boolean isClock(String value) {
    return Purity.isClock(value);
  }

  private static PureRead of(SqlTokens tokens) {
    ReadOrder order = new ReadOrder(tokens);
    return new PureRead(
        null,
        order.ordered(),
        order.limited(),
        order.undetermined(),
        order.sums(),
        order.keys(),
        literals(tokens));
  }

  private static List<String> literals(SqlTokens tokens) {
    List<String> literals = new ArrayList<>();
    for (int i = 0; i < tokens.count(); i++) {
      if (tokens.kind(i).isString() || tokens.is(i, Token.NUMBER)) {
        literals.add(SqlText.value(tokens, i));
      }
    }
    return List.copyOf(literals);
  }
}
