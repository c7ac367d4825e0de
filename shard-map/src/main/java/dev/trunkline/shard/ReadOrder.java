package dev.trunkline.shard;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the order of rows means for the answer to a SELECT, by its tokens alone. */
final class ReadOrder {
  /** Their answers follow the order of their rows. */
  private static final Set<String> FOLLOWS_ROWS =
      Set.of(
          "any_value",
          "array_agg",
          "json_agg",
          "json_object_agg",
          "jsonb_agg",
          "jsonb_object_agg",
          "string_agg",
          "xmlagg");

  private static final Set<String> ADDS_UP =
      Set.of(
          "avg",
          "corr",
          "stddev",
          "stddev_pop",
          "stddev_samp",
          "sum",
          "var_pop",
          "var_samp",
          "variance");

  /** One depth of parentheses. */
  private static final class Level {
    private final boolean aggregate;
    private boolean orders;
    private boolean limits;

    private Level(boolean aggregate) {
      this.aggregate = aggregate;
    }
  }

  private final SqlTokens tokens;
  private final Deque<Level> open = new ArrayDeque<>();
  private final Level top = new Level(false);
  private boolean undetermined;
  private boolean sums;
  private int keysFrom;
  private int keysTo;

  ReadOrder(SqlTokens tokens) {
    this.tokens = tokens;
    keysTo = tokens.count();
    open.push(top);
    for (int i = 0; i < tokens.count(); i++) {
      take(i);
    }
    close(top);
  }

  boolean ordered() {
    return top.orders;
  }

  boolean limited() {
    return top.orders && top.limits;
  }

  boolean undetermined() {
    return undetermined;
  }

  boolean sums() {
    return sums;
  }

  private void take(int i) {
    switch (tokens.kind(i)) {
      case LEFT -> open.push(new Level(FOLLOWS_ROWS.contains(text(i - 1))));
      case RIGHT -> {
        if (open.size() > 1) {
          close(open.pop());
        }
      }
      case WORD -> word(i);
      default -> {}
    }
  }

  /** Which of equals come first is not determined: that of the result alone can be looked at. */
  private void close(Level level) {
    undetermined |= level.limits && (level != top || !level.orders);
    undetermined |= level.aggregate && !level.orders;
  }

  private void word(int i) {
    Level level = open.peek();
    switch (tokens.word(i)) {
      case ORDER -> {
        if (tokens.is(i + 1, Word.BY)) {
          level.orders = true;
          keysFrom = level == top ? i + 2 : keysFrom;
        }
      }
      case LIMIT, OFFSET, FETCH -> {
        keysTo = level == top && !level.limits ? i : keysTo;
        level.limits = true;
      }
      case OVER -> undetermined = true;
      case DISTINCT -> undetermined |= tokens.is(i + 1, Word.ON);
      default -> sums |= tokens.is(i + 1, Token.LEFT) && ADDS_UP.contains(text(i));
    }
  }

  private String text(int i) {
    return tokens.kind(i).isName() ? SqlText.value(tokens, i).toLowerCase(Locale.ROOT) : "";
  }

  /** Names or numbers of the columns that order the result; null for anything else. */
  List<String> keys() {
    if (!top.orders || keysFrom > keysTo) {
      return null;
    }
    List<String> keys = new ArrayList<>();
    int at = keysFrom;
    while (at < keysTo) {
      int end = key(at);
      if (end < 0) {
        return null;
      }
      keys.add(SqlText.value(tokens, end - 1));
      at = pastDirection(end);
      if (at < keysTo && !tokens.is(at++, Token.COMMA)) {
        return null;
      }
    }
    return List.copyOf(keys);
  }

  /** Behind the column that begins there; -1 when it is none. */
  private int key(int at) {
    if (tokens.is(at, Token.NUMBER)) {
      return at + 1;
    }
    return tokens.kind(at).isName() ? tokens.endOfName(at) : -1;
  }

  private int pastDirection(int from) {
    int at = from;
    at += Set.of("asc", "desc").contains(text(at)) ? 1 : 0;
    return text(at).equals("nulls") ? at + 2 : at;
  }
}
