package dev.trunkline.shard;

import dev.trunkline.shard.SettingCommand.Op;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Reads the statements about trunkline.* settings that the proxy answers. */
final class SettingParser {
  private static final byte[] PREFIX = "trunkline".getBytes(StandardCharsets.US_ASCII);

  private SettingParser() {}

  /** The command, or null where the statement is not exactly one of the forms. */
  static SettingCommand parse(SqlTokens tokens) {
    return switch (tokens.word(0)) {
      case SET -> set(tokens);
      case RESET -> isOurs(tokens, 1) ? named(tokens, Op.RESET) : null;
      case SHOW -> isOurs(tokens, 1) ? named(tokens, Op.SHOW) : null;
      case SELECT -> call(tokens);
      default -> null;
    };
  }

  /** Whether a dotted name, quoted as it may be, starts with {@code trunkline.} */
  static boolean isOurs(SqlTokens tokens, int i) {
    if (!tokens.kind(i).isName()) {
      return false;
    }
    int from = tokens.nameStart(i);
    int to = tokens.nameEnd(i);
    if (!startsWithPrefix(tokens.text(), from, to)) {
      return false;
    }
    int behind = from + PREFIX.length;
    return behind == to ? tokens.is(i + 1, Token.DOT) : tokens.text()[behind] == '.';
  }

  /** Whether a string literal starts with {@code trunkline.} */
  static boolean isOurString(SqlTokens tokens, int i) {
    return switch (tokens.kind(i)) {
      case STRING -> isOurPlainString(tokens, i);
      case ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING -> ours(SqlText.value(tokens, i));
      default -> false;
    };
  }

  private static boolean isOurPlainString(SqlTokens tokens, int i) {
    int dot = tokens.start(i) + 1 + PREFIX.length;
    return startsWithPrefix(tokens.text(), tokens.start(i) + 1, tokens.end(i))
        && dot < tokens.end(i)
        && tokens.text()[dot] == '.';
  }

  private static boolean ours(String name) {
    return name.toLowerCase(Locale.ROOT).startsWith("trunkline.");
  }

  private static boolean startsWithPrefix(byte[] text, int from, int to) {
    if (to - from < PREFIX.length) {
      return false;
    }
    for (int i = 0; i < PREFIX.length; i++) {
      if (ByteClass.lower(text[from + i]) != PREFIX[i]) {
        return false;
      }
    }
    return true;
  }

  private static SettingCommand set(SqlTokens tokens) {
    int name = StatementKinds.setting(tokens);
    if (!isOurs(tokens, name)) {
      return null;
    }
    int at = tokens.endOfName(name);
    if (!tokens.isOperator(at, '=') && !tokens.is(at, Word.TO)) {
      return null;
    }
    String value = value(tokens, at + 1);
    boolean reset = tokens.is(at + 1, Word.DEFAULT) && at + 2 == tokens.count();
    return value == null && !reset
        ? null
        : new SettingCommand(Op.SET, name(tokens, name), value, 0, tokens.is(1, Word.LOCAL), 0);
  }

  /** The value that ends the statement, or null. */
  private static String value(SqlTokens tokens, int i) {
    if (i + 2 == tokens.count() && tokens.is(i + 1, Token.NUMBER)) {
      return tokens.isOperator(i, '-') || tokens.isOperator(i, '+')
          ? SqlText.value(tokens, i).replace("+", "") + SqlText.value(tokens, i + 1)
          : null;
    }
    if (i + 1 != tokens.count()) {
      return null;
    }
    return switch (tokens.kind(i)) {
      case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING, NUMBER, QUOTED_NAME ->
          SqlText.value(tokens, i);
      case WORD -> isValueWord(tokens, i) ? SqlText.value(tokens, i) : null;
      default -> null;
    };
  }

  private static boolean isValueWord(SqlTokens tokens, int i) {
    return switch (tokens.word(i)) {
      case TRUE, FALSE, ON -> true;
      default -> !tokens.name(i).reserved();
    };
  }

  private static SettingCommand named(SqlTokens tokens, Op op) {
    return tokens.endOfName(1) == tokens.count()
        ? SettingCommand.asking(op, name(tokens, 1))
        : null;
  }

  /** A dotted name in lower case. */
  static String name(SqlTokens tokens, int i) {
    StringBuilder name = new StringBuilder(SqlText.value(tokens, i));
    for (int at = i + 2; at < tokens.endOfName(i); at += 2) {
      name.append('.').append(SqlText.value(tokens, at));
    }
    return name.toString().toLowerCase(Locale.ROOT);
  }

  private static SettingCommand call(SqlTokens tokens) {
    int function = tokens.names(1, Word.PG_CATALOG) && tokens.is(2, Token.DOT) ? 3 : 1;
    boolean sets = tokens.names(function, Word.SET_CONFIG);
    boolean asks = tokens.names(function, Word.CURRENT_SETTING);
    int name = function + 2;
    if (!(sets || asks) || !tokens.is(function + 1, Token.LEFT) || !isOurString(tokens, name)) {
      return null;
    }
    return sets ? setConfig(tokens, name) : currentSetting(tokens, name);
  }

  private static SettingCommand currentSetting(SqlTokens tokens, int name) {
    int at = name + 1;
    if (tokens.is(at, Token.COMMA)
        && (tokens.is(at + 1, Word.TRUE) || tokens.is(at + 1, Word.FALSE))) {
      at += 2;
    }
    return closes(tokens, at)
        ? SettingCommand.asking(Op.CURRENT_SETTING, setting(tokens, name))
        : null;
  }

  private static SettingCommand setConfig(SqlTokens tokens, int name) {
    // Drivers that put values into the text wrap them in parentheses.
    boolean wrapped = tokens.is(name + 2, Token.LEFT);
    int value = wrapped ? name + 3 : name + 2;
    int behind = pastCast(tokens, value + 1);
    if (wrapped && !tokens.is(behind++, Token.RIGHT)) {
      return null;
    }
    int local = behind + 1;
    boolean separated = tokens.is(name + 1, Token.COMMA) && tokens.is(local - 1, Token.COMMA);
    if (!separated || !isValue(tokens, value) || !isFlag(tokens, local)) {
      return null;
    }
    if (!closes(tokens, pastCast(tokens, local + 1))) {
      return null;
    }
    String literal = tokens.kind(value).isString() ? SqlText.value(tokens, value) : null;
    return new SettingCommand(
        Op.SET_CONFIG,
        setting(tokens, name),
        literal,
        parameter(tokens, value),
        tokens.is(local, Word.TRUE),
        parameter(tokens, local));
  }

  private static boolean isValue(SqlTokens tokens, int i) {
    return tokens.kind(i).isString() || parameter(tokens, i) > 0 || tokens.is(i, Word.NULL);
  }

  private static boolean isFlag(SqlTokens tokens, int i) {
    return tokens.is(i, Word.TRUE) || tokens.is(i, Word.FALSE) || parameter(tokens, i) > 0;
  }

  /** Behind a cast to a type of PostgreSQL, if there is one. */
  private static int pastCast(SqlTokens tokens, int i) {
    return tokens.is(i, Token.CAST) && tokens.name(i + 1).type() ? i + 2 : i;
  }

  /** Whether the call and the statement end here, but for a column alias. */
  private static boolean closes(SqlTokens tokens, int i) {
    boolean alias = tokens.is(i + 1, Word.AS) && tokens.kind(i + 2).isName();
    return tokens.is(i, Token.RIGHT) && tokens.count() == (alias ? i + 3 : i + 1);
  }

  private static String setting(SqlTokens tokens, int i) {
    return SqlText.value(tokens, i).toLowerCase(Locale.ROOT);
  }

  /** n of $n; 0 for anything else, and for a number no protocol message can carry. */
  static int parameter(SqlTokens tokens, int i) {
    if (!tokens.is(i, Token.PARAMETER) || tokens.end(i) - tokens.start(i) > 6) {
      return 0;
    }
    int number = 0;
    for (int at = tokens.start(i) + 1; at < tokens.end(i); at++) {
      number = 10 * number + tokens.text()[at] - '0';
    }
    return number;
  }
}
