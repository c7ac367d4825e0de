package dev.trunkline.shard;

import dev.trunkline.shard.SettingCommand.Op;
import java.util.Locale;
import java.util.Set;

/**
 * Reads a SELECT of nothing but set_config for the session, and current_setting beside it: Django
 * and asyncpg set things this way.
 */
final class SettingCalls {
  /** Who one is, which is not replayed. */
  private static final Set<String> IDENTITY = Set.of("role", "session_authorization");

  private final SqlTokens tokens;
  private SettingCommand found;

  private SettingCalls(SqlTokens tokens) {
    this.tokens = tokens;
  }

  /** What it sets, or null where it is not exactly one of the forms. */
  static SettingCommand parse(SqlTokens tokens) {
    return new SettingCalls(tokens).items();
  }

  private SettingCommand items() {
    int at = item(1);
    while (tokens.is(at, Token.COMMA)) {
      at = item(at + 1);
    }
    return at > 0 && at == tokens.count() ? found : null;
  }

  /** Behind the item that starts at i; negative where it is another. */
  private int item(int i) {
    int function = tokens.names(i, Word.PG_CATALOG) && tokens.is(i + 1, Token.DOT) ? i + 2 : i;
    int name = function + 2;
    if (!tokens.is(function + 1, Token.LEFT) || !tokens.kind(name).isString()) {
      return -1;
    }
    int end = -1;
    if (tokens.names(function, Word.CURRENT_SETTING)) {
      end = name + 1;
    } else if (tokens.names(function, Word.SET_CONFIG) && found == null) {
      end = setConfig(name);
    }
    return end > 0 && tokens.is(end, Token.RIGHT) ? pastAlias(end + 1) : -1;
  }

  private int pastAlias(int i) {
    return tokens.is(i, Word.AS) && tokens.kind(i + 1).isName() ? i + 2 : i;
  }

  /** Behind the arguments, the last of which has to be FALSE. */
  private int setConfig(int name) {
    int value = name + 2;
    int local = value + 2;
    boolean separated = tokens.is(name + 1, Token.COMMA) && tokens.is(value + 1, Token.COMMA);
    String setting = SqlText.value(tokens, name).toLowerCase(Locale.ROOT);
    int parameter = SettingParser.parameter(tokens, value);
    boolean readable = tokens.kind(value).isString() || parameter > 0;
    if (!separated || !readable || !tokens.is(local, Word.FALSE) || IDENTITY.contains(setting)) {
      return -1;
    }
    String written = parameter > 0 ? null : SqlText.value(tokens, value);
    found = new SettingCommand(Op.SET_CONFIG, setting, written, parameter, false, 0);
    return local + 1;
  }
}
