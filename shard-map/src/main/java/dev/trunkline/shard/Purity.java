package dev.trunkline.shard;

import dev.trunkline.shard.PureRead.Impurity;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whether a SELECT reads rows and nothing else, by its tokens alone. What is not known is refused.
 * What the text cannot show, such as a view over the time of day, is left to whoever compares.
 */
final class Purity {
  private static final Set<String> CLOCK_WORDS =
      Set.of("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp");
  private static final Set<String> CLOCK_FUNCTIONS =
      Set.of(
          "age",
          "clock_timestamp",
          "now",
          "statement_timestamp",
          "timeofday",
          "transaction_timestamp");
  private static final Pattern CLOCK_TEXT =
      Pattern.compile("\\b(now|today|tomorrow|yesterday)\\b", Pattern.CASE_INSENSITIVE);
  private static final Set<String> SESSION_WORDS =
      Set.of(
          "current_catalog",
          "current_role",
          "current_schema",
          "current_user",
          "session_user",
          "system_user",
          "user");
  private static final Set<String> SYSTEM_COLUMNS =
      Set.of("cmax", "cmin", "ctid", "oid", "tableoid", "xmax", "xmin");

  /** Known to the scanner as touching nothing of the user's, but not the same everywhere. */
  private static final Set<String> DENIED =
      Set.of(
          "cursor_to_xml",
          "format_type",
          "gen_random_uuid",
          "getdatabaseencoding",
          "getpgusername",
          "icu_unicode_version",
          "mxid_age",
          "random",
          "random_normal",
          "row_security_active",
          "set_config",
          "setseed",
          "unicode_version",
          "uuidv4",
          "uuidv7",
          "version");

  private static final Pattern DENIED_FAMILY =
      Pattern.compile(
          "(pg_|txid_|has_|inet_client|inet_server|current_|to_reg|reg|lo_|session_).*"
              + "|.*_description");
  private static final Pattern OBJECT_NUMBER =
      Pattern.compile(
          "reg(class|collation|config|dictionary|namespace|oper|operator|proc|procedure|role|type)");

  private final SqlTokens tokens;

  private Purity(SqlTokens tokens) {
    this.tokens = tokens;
  }

  /** Why it is not pure, or null. */
  static Impurity of(SqlTokens tokens) {
    Purity purity = new Purity(tokens);
    for (int i = 0; i < tokens.count(); i++) {
      Impurity found = purity.token(i);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private Impurity token(int i) {
    return switch (tokens.kind(i)) {
      case WORD, QUOTED_NAME -> name(i);
      case UNICODE_NAME, SEMICOLON -> Impurity.UNREADABLE;
      case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING ->
          isClock(SqlText.value(tokens, i)) ? Impurity.CLOCK : null;
      default -> null;
    };
  }

  /** Whether a value means the time of day, should it be one of a date or a timestamp. */
  static boolean isClock(String value) {
    return value.length() <= 40 && CLOCK_TEXT.matcher(value).find();
  }

  private Impurity name(int i) {
    String text = SqlText.value(tokens, i).toLowerCase(Locale.ROOT);
    if (text.equals("pg_catalog") && tokens.is(i + 1, Token.DOT) && calls(i + 2)) {
      return null;
    }
    boolean field = tokens.is(i - 1, Token.DOT);
    Impurity word = tokens.is(i, Token.WORD) && !field ? word(i, text) : null;
    if (word != null) {
      return word;
    }
    if (SYSTEM_COLUMNS.contains(text)) {
      return Impurity.SYSTEM_COLUMN;
    }
    if (calls(i)) {
      return call(i, text);
    }
    boolean catalog = text.startsWith("pg_") || text.equals("information_schema");
    return catalog || OBJECT_NUMBER.matcher(text).matches() ? Impurity.CATALOG : null;
  }

  private Impurity word(int i, String text) {
    if (CLOCK_WORDS.contains(text)) {
      return Impurity.CLOCK;
    }
    if (SESSION_WORDS.contains(text)) {
      return Impurity.SESSION;
    }
    return switch (tokens.word(i)) {
      case INTO -> Impurity.WRITE;
      case FOR -> locks(i + 1) ? Impurity.LOCK : null;
      case OPERATOR -> Impurity.FUNCTION;
      default -> text.equals("tablesample") ? Impurity.FUNCTION : null;
    };
  }

  private boolean locks(int i) {
    return switch (tokens.word(i)) {
      case UPDATE, SHARE, NO, KEY -> true;
      default -> false;
    };
  }

  private boolean calls(int i) {
    return tokens.kind(i).isName() && tokens.is(i + 1, Token.LEFT);
  }

  private Impurity call(int i, String text) {
    boolean qualified = tokens.is(i - 1, Token.DOT);
    if (qualified && !tokens.names(i - 2, Word.PG_CATALOG)) {
      return Impurity.FUNCTION;
    }
    if (CLOCK_FUNCTIONS.contains(text)) {
      return Impurity.CLOCK;
    }
    if (DENIED.contains(text) || DENIED_FAMILY.matcher(text).matches()) {
      return Impurity.FUNCTION;
    }
    Name name = tokens.name(i);
    boolean known = name.function() || name.type() || (!qualified && grammar(i, name));
    return known ? null : Impurity.FUNCTION;
  }

  /** Words of the grammar that a parenthesis may follow. */
  private boolean grammar(int i, Name name) {
    return tokens.is(i, Token.WORD)
        && (name.neverFunction()
            || switch (tokens.word(i)) {
              case JOIN, LIKE, ILIKE, OVER, FILTER, BY -> true;
              default -> false;
            });
  }
}
