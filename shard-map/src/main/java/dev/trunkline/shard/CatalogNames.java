package dev.trunkline.shard;

/**
 * Which names a {@link CatalogQuery} may call, cast to, or put before a parenthesis or a string.
 */
final class CatalogNames {
  private CatalogNames() {}

  /**
   * Whether the dotted name from i to end is a function of PostgreSQL that touches nothing of the
   * user's.
   */
  static boolean isHarmlessCall(SqlTokens tokens, int i, int end) {
    if (end == i + 1) {
      return tokens.name(i).function();
    }
    boolean catalog = tokens.names(i, Word.PG_CATALOG) && tokens.name(i + 2).function();
    return end == i + 3 && (catalog || tokens.names(i, Word.INFORMATION_SCHEMA));
  }

  /** Whether the dotted name from i to end is a relation of PostgreSQL. */
  static boolean isCatalogTable(SqlTokens tokens, int i, int end) {
    if (end == i + 1) {
      return tokens.name(i).relation();
    }
    boolean catalog = tokens.names(i, Word.PG_CATALOG) && tokens.name(i + 2).relation();
    return end == i + 3 && (catalog || tokens.names(i, Word.INFORMATION_SCHEMA));
  }

  /** Behind the type of PostgreSQL that is named at i; -1 for any other type. */
  static int pastType(SqlTokens tokens, int i) {
    int end = tokens.kind(i).isName() ? tokens.endOfName(i) : i;
    boolean known =
        switch (end - i) {
          case 1 -> tokens.name(i).type() || isDoublePrecision(tokens, i);
          case 3 -> isCatalogType(tokens, i) || tokens.names(i, Word.INFORMATION_SCHEMA);
          default -> false;
        };
    return known ? end : CatalogQuery.REFUSED;
  }

  private static boolean isDoublePrecision(SqlTokens tokens, int i) {
    return tokens.is(i, Word.DOUBLE) && tokens.is(i + 1, Word.PRECISION);
  }

  private static boolean isCatalogType(SqlTokens tokens, int i) {
    return tokens.names(i, Word.PG_CATALOG) && tokens.name(i + 2).type();
  }

  /**
   * Whether the name at i, followed by a parenthesis, is a harmless function or no function at all.
   *
   * @param distinctOn whether a parenthesis may close DISTINCT ON, behind which a call can stand
   */
  static boolean mayPrecedeParenthesis(SqlTokens tokens, int i, boolean distinctOn) {
    Name name = tokens.name(i);
    if (name.function() || (tokens.is(i, Token.WORD) && name.neverFunction())) {
      return true;
    }
    return switch (tokens.word(i)) {
      // None of these is reserved, so each could be a function of the user elsewhere.
      case BY -> isOrderOrGroup(tokens.word(i - 1));
      case FILTER -> tokens.is(i + 2, Word.WHERE);
      case OVER -> tokens.is(i - 1, Token.RIGHT) && !distinctOn;
      case VARYING -> isCharacterType(tokens.word(i - 1));
      default -> false;
    };
  }

  private static boolean isOrderOrGroup(Word word) {
    return word == Word.ORDER || word == Word.GROUP || word == Word.PARTITION;
  }

  private static boolean isCharacterType(Word word) {
    return switch (word) {
      case CHARACTER, CHAR, NCHAR, BIT -> true;
      default -> false;
    };
  }

  /** A name before a string is a type, and the input function of a type may be the user's. */
  static boolean mayPrecedeString(SqlTokens tokens, int i, boolean distinctOn) {
    if (tokens.name(i).type() || (tokens.is(i, Token.WORD) && tokens.name(i).reserved())) {
      return true;
    }
    return switch (tokens.word(i)) {
      case LIKE, ILIKE, ESCAPE -> !distinctOn && isOperand(tokens, i - 1);
      case BETWEEN -> true;
      case ZONE -> tokens.is(i - 1, Word.TIME);
      case PRECISION -> tokens.is(i - 1, Word.DOUBLE);
      case VARYING -> isCharacterType(tokens.word(i - 1));
      default -> false;
    };
  }

  /** Whether a token can end the left side of an operator; NOT belongs to NOT LIKE. */
  private static boolean isOperand(SqlTokens tokens, int i) {
    return switch (tokens.kind(i)) {
      case RIGHT, NUMBER, PARAMETER, SIGN, QUOTED_NAME -> true;
      case WORD -> !tokens.name(i).reserved() || tokens.is(i, Word.NOT);
      default -> tokens.kind(i).isString();
    };
  }

  /** Behind the parenthesis at i if it holds nothing but names between commas, otherwise -1. */
  static int pastNameList(SqlTokens tokens, int i) {
    int at = i + 1;
    while (tokens.kind(at).isName() && tokens.is(at + 1, Token.COMMA)) {
      at += 2;
    }
    boolean closed = tokens.kind(at).isName() && tokens.is(at + 1, Token.RIGHT);
    return closed ? at + 2 : CatalogQuery.REFUSED;
  }
}
