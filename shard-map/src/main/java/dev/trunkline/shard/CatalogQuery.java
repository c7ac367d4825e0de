package dev.trunkline.shard;

/**
 * Decides whether a query certainly reads nothing but PostgreSQL's own catalogs and functions. It
 * walks the tokens once and refuses whatever it does not know; being in a FROM list by mistake only
 * adds refusals, so the walk leaves one only at reserved words.
 *
 * <p>What the text cannot show is taken for granted: that the user has not overloaded a function,
 * operator or cast of pg_catalog, nor put pg_catalog behind another schema in the search_path.
 */
final class CatalogQuery {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_TABLES = 32;
  static final int REFUSED = -1;

  private SqlTokens tokens;
  private final Level[] levels = new Level[MAX_DEPTH];
  private int depth;
  private boolean distinctOn;

  // The WITH queries in scope: the token that names each, and the depth whose end ends their scope.
  private final int[] withNames = new int[MAX_TABLES];
  private final int[] withDepths = new int[MAX_TABLES];
  private int withCount;

  /** What is known of one depth of parentheses. */
  private static final class Level {
    boolean fromList;
    boolean wantsRelation;
    boolean recursive;

    /** The word before the parenthesis: CAST, EXTRACT and the like have a grammar of their own. */
    Word opener = Word.NONE;

    /** Token that names the WITH query whose body this is, or -1. */
    int body = -1;

    void enter(Word opener, boolean fromList) {
      this.opener = opener;
      this.fromList = fromList;
      this.wantsRelation = fromList;
      this.recursive = false;
      this.body = -1;
    }

    void leaveFrom() {
      fromList = false;
      wantsRelation = false;
    }
  }

  CatalogQuery() {
    for (int i = 0; i < MAX_DEPTH; i++) {
      levels[i] = new Level();
    }
  }

  boolean holds(SqlTokens tokens) {
    Word first = tokens.word(StatementKinds.pastParentheses(tokens));
    boolean query = first == Word.SELECT || first == Word.WITH || first == Word.VALUES;
    if (!query || tokens.overflow()) {
      return false;
    }
    this.tokens = tokens;
    depth = 0;
    distinctOn = false;
    withCount = 0;
    levels[0].enter(Word.NONE, false);
    int at = 0;
    while (at != REFUSED && at < tokens.count()) {
      at = step(at);
    }
    return at != REFUSED && !levels[depth].wantsRelation;
  }

  private int step(int i) {
    Level level = levels[depth];
    Token kind = tokens.kind(i);
    if (level.wantsRelation && kind != Token.LEFT && !kind.isName()) {
      return REFUSED;
    }
    return switch (kind) {
      case WORD, QUOTED_NAME -> level.wantsRelation ? relation(i, level) : name(i, level);
      case LEFT -> enter(i, level);
      case RIGHT -> leave(i);
      case CAST -> CatalogNames.pastType(tokens, i + 1);
      case DOT -> member(i);
      case COMMA -> {
        level.wantsRelation = level.fromList;
        yield i + 1;
      }
      case STRING, ESCAPE_STRING, DOLLAR_STRING, BIT_STRING, NUMBER, PARAMETER, OPERATOR, SIGN ->
          i + 1;
      case UNICODE_NAME, UNICODE_STRING, SEMICOLON, COMMENT, END, BROKEN -> REFUSED;
    };
  }

  private int enter(int i, Level outer) {
    if (depth + 1 == MAX_DEPTH) {
      return REFUSED;
    }
    boolean inFrom = outer.wantsRelation;
    outer.wantsRelation = false;
    levels[++depth].enter(tokens.word(i - 1), inFrom);
    return i + 1;
  }

  private int leave(int i) {
    if (depth == 0) {
      return REFUSED;
    }
    while (withCount > 0 && withDepths[withCount - 1] == depth) {
      withCount--;
    }
    int body = levels[depth--].body;
    if (body < 0) {
      return i + 1;
    }
    Level level = levels[depth];
    if (!level.recursive && !define(body)) {
      return REFUSED;
    }
    return tokens.is(i + 1, Token.COMMA) ? withQuery(i + 2, level) : i + 1;
  }

  /** A dot behind a parenthesis or a bracket: a field, or all of them. */
  private int member(int i) {
    if (!tokens.kind(i + 1).isName()) {
      return i + 1;
    }
    return tokens.is(i + 2, Token.LEFT) ? REFUSED : i + 2;
  }

  // ---- what FROM names

  private int relation(int i, Level level) {
    return switch (tokens.word(i)) {
      case ONLY, LATERAL -> i + 1;
      case SELECT, WITH, VALUES -> {
        // Only at the start of a parenthesis; elsewhere the grammar takes none of them.
        level.leaveFrom();
        yield tokens.is(i - 1, Token.LEFT) ? name(i, level) : REFUSED;
      }
      default -> {
        level.wantsRelation = false;
        yield table(i, tokens.endOfName(i));
      }
    };
  }

  private int table(int i, int end) {
    boolean harmless =
        tokens.is(end, Token.LEFT)
            ? CatalogNames.isHarmlessCall(tokens, i, end)
            : CatalogNames.isCatalogTable(tokens, i, end) || (end == i + 1 && isWithQuery(i));
    return harmless ? end : REFUSED;
  }

  private boolean isWithQuery(int i) {
    for (int with = 0; with < withCount; with++) {
      if (tokens.sameName(withNames[with], i)) {
        return true;
      }
    }
    return false;
  }

  // ---- WITH

  /**
   * Reads the head of a WITH query up to its body; what has another form is left to the other
   * rules.
   */
  private int withQuery(int i, Level level) {
    int at = tokens.is(i + 1, Token.LEFT) ? CatalogNames.pastNameList(tokens, i + 1) : i + 1;
    if (!tokens.kind(i).isName() || at == REFUSED || !tokens.is(at, Word.AS)) {
      return i;
    }
    at += tokens.is(at + 1, Word.NOT) ? 2 : 1;
    at += tokens.is(at, Word.MATERIALIZED) ? 1 : 0;
    if (!tokens.is(at, Token.LEFT)) {
      return i;
    }
    if (level.recursive && !define(i)) {
      return REFUSED;
    }
    int next = enter(at, level);
    levels[depth].body = i;
    return next;
  }

  private boolean define(int name) {
    if (withCount == MAX_TABLES) {
      return false;
    }
    withNames[withCount] = name;
    withDepths[withCount++] = depth;
    return true;
  }

  // ---- names and keywords elsewhere

  private int name(int i, Level level) {
    int end = tokens.endOfName(i);
    if (end > i + 1) {
      return qualified(i, end);
    }
    return switch (tokens.word(i)) {
      case INTO, TABLE, INSERT, UPDATE, DELETE, MERGE -> REFUSED;
      case SELECT, WHERE, HAVING, WINDOW, UNION, INTERSECT, EXCEPT, ORDER, LIMIT, OFFSET, FETCH -> {
        level.leaveFrom();
        yield i + 1;
      }
      case GROUP -> group(i, level);
      case FROM -> from(i, level);
      case JOIN -> join(i, level);
      case FOR -> locks(i) ? REFUSED : i + 1;
      case WITH -> with(i, level);
      case AS -> as(i, level);
      case DISTINCT -> {
        distinctOn |= tokens.is(i + 1, Word.ON);
        yield i + 1;
      }
      case OPERATOR -> operator(i);
      default -> plain(i, level);
    };
  }

  private int qualified(int i, int end) {
    if (tokens.is(end, Token.LEFT)) {
      return CatalogNames.isHarmlessCall(tokens, i, end) ? end : REFUSED;
    }
    return tokens.kind(end).isString() || tokens.is(end, Token.UNICODE_NAME) ? REFUSED : end;
  }

  /** WITHIN GROUP belongs to an aggregate, not to the query. */
  private int group(int i, Level level) {
    if (!tokens.is(i - 1, Word.WITHIN)) {
      level.leaveFrom();
    }
    return i + 1;
  }

  private int from(int i, Level level) {
    boolean comparison = tokens.is(i - 1, Word.DISTINCT) && isAfterIs(i - 2);
    if (comparison) {
      return i + 1;
    }
    switch (level.opener) {
      // The first FROM in these is a part of the call; a sub-select has parentheses of its own.
      case EXTRACT, SUBSTRING, OVERLAY, TRIM -> level.opener = Word.NONE;
      default -> {
        level.fromList = true;
        level.wantsRelation = true;
      }
    }
    return i + 1;
  }

  private boolean isAfterIs(int i) {
    return tokens.is(tokens.is(i, Word.NOT) ? i - 1 : i, Word.IS);
  }

  /** JOIN may also name a function, but no call has a bare query as its argument. */
  private int join(int i, Level level) {
    boolean certain =
        !tokens.is(i + 1, Token.LEFT)
            || switch (tokens.word(i + 2)) {
              case SELECT, VALUES, WITH -> true;
              default -> false;
            };
    if (!level.fromList || !certain) {
      return REFUSED;
    }
    level.wantsRelation = true;
    return i + 1;
  }

  private boolean locks(int i) {
    return switch (tokens.word(i + 1)) {
      case UPDATE, SHARE, NO, KEY -> true;
      default -> false;
    };
  }

  private int with(int i, Level level) {
    // In a FROM list, as before TIME ZONE, it is no clause of its own.
    if (level.fromList || tokens.is(i + 1, Word.ORDINALITY) || tokens.is(i + 1, Word.TIME)) {
      return i + 1;
    }
    level.recursive = tokens.is(i + 1, Word.RECURSIVE);
    return withQuery(level.recursive ? i + 2 : i + 1, level);
  }

  private int as(int i, Level level) {
    if (level.opener == Word.CAST) {
      return CatalogNames.pastType(tokens, i + 1);
    }
    if (tokens.is(i + 1, Token.LEFT)) {
      return level.fromList ? REFUSED : i + 1;
    }
    if (!tokens.kind(i + 1).isName()) {
      return REFUSED;
    }
    if (!tokens.is(i + 2, Token.LEFT)) {
      return tokens.kind(i + 2).isString() ? REFUSED : i + 2;
    }
    return level.fromList ? CatalogNames.pastNameList(tokens, i + 2) : REFUSED;
  }

  /** OPERATOR(pg_catalog.=) */
  private int operator(int i) {
    if (!tokens.is(i + 1, Token.LEFT)) {
      return i + 1;
    }
    boolean catalog =
        tokens.names(i + 2, Word.PG_CATALOG)
            && tokens.is(i + 3, Token.DOT)
            && tokens.is(i + 4, Token.OPERATOR)
            && tokens.is(i + 5, Token.RIGHT);
    return catalog ? i + 6 : REFUSED;
  }

  private int plain(int i, Level level) {
    if (tokens.is(i + 1, Token.LEFT)) {
      return beforeParenthesis(i, level);
    }
    boolean cast = tokens.kind(i + 1).isString();
    return cast && !CatalogNames.mayPrecedeString(tokens, i, distinctOn) ? REFUSED : i + 1;
  }

  /** Behind FROM f(...) [WITH ORDINALITY] stands an alias, with names for its columns. */
  private int beforeParenthesis(int i, Level level) {
    if (CatalogNames.mayPrecedeParenthesis(tokens, i, distinctOn)) {
      return i + 1;
    }
    boolean behindCall = tokens.is(i - 1, Token.RIGHT) || tokens.is(i - 1, Word.ORDINALITY);
    return level.fromList && behindCall ? CatalogNames.pastNameList(tokens, i + 1) : REFUSED;
  }
}
