package dev.trunkline.shard;

import java.util.Locale;

/** Finds the {@link Effects} of one statement. */
final class EffectFinder {
  private EffectFinder() {}

  static long find(SqlTokens tokens, StatementKind kind) {
    return kind == StatementKind.SETTING ? 0 : ofKind(tokens, kind) | anywhere(tokens);
  }

  /**
   * What to fear of a token that lies beyond {@link SqlTokens#LIMIT}, where nothing can be looked
   * at closely.
   */
  static long afar(Token kind, Name name) {
    if (kind == Token.UNICODE_NAME) {
      return Effects.OPAQUE;
    }
    return switch (name.word()) {
      case SET_CONFIG ->
          Effects.SET_SESSION | Effects.SEARCH_PATH | Effects.HIDDEN_SETTING | Effects.READING;
      case PG_SETTINGS -> Effects.SET_SESSION | Effects.SEARCH_PATH | Effects.READING;
      case TEMP, TEMPORARY, PG_TEMP -> Effects.TEMP_TABLE;
      default -> ofLock(name.word());
    };
  }

  private static long ofKind(SqlTokens tokens, StatementKind kind) {
    return switch (kind) {
      case SET, SET_LOCAL, SET_TRANSACTION -> set(tokens);
      case RESET -> reset(tokens);
      case LOAD -> Effects.SET_SESSION;
      case LISTEN -> Effects.LISTEN;
      case UNLISTEN -> tokens.isOperator(1, '*') ? Effects.UNLISTEN_ALL : 0;
      case PREPARE -> Effects.PREPARE;
      case DEALLOCATE -> deallocate(tokens);
      case DECLARE -> declare(tokens);
      case FETCH -> tokens.is(0, Word.CLOSE) && tokens.is(1, Word.ALL) ? Effects.CLOSE_ALL : 0;
      case DISCARD -> tokens.is(1, Word.ALL) ? Effects.DISCARD_ALL : 0;
      case DO, CALL -> Effects.OPAQUE;
      case TWO_PHASE -> Effects.TWO_PHASE;
      case SELECT -> isUnlockAll(tokens) ? Effects.ADVISORY_UNLOCK_ALL : 0;
      case SHOW -> SettingParser.isOurs(tokens, 1) ? Effects.HIDDEN_SETTING : 0;
      default -> 0;
    };
  }

  private static long set(SqlTokens tokens) {
    int at = StatementKinds.setting(tokens);
    if (SettingParser.isOurs(tokens, at)) {
      return Effects.HIDDEN_SETTING;
    }
    boolean path = tokens.is(at, Word.SCHEMA) || isSearchPath(tokens, at);
    boolean bounded =
        tokens.is(1, Word.LOCAL)
            || tokens.is(1, Word.CONSTRAINTS)
            || tokens.is(at, Word.TRANSACTION);
    return (path ? Effects.SEARCH_PATH : 0)
        | (bounded ? 0 : Effects.SET_SESSION)
        | (isReading(tokens, at) ? Effects.READING : 0);
  }

  private static long reset(SqlTokens tokens) {
    if (SettingParser.isOurs(tokens, 1)) {
      return Effects.HIDDEN_SETTING;
    }
    boolean path = tokens.is(1, Word.ALL) || isSearchPath(tokens, 1);
    return Effects.SET_SESSION | (path ? Effects.SEARCH_PATH : 0);
  }

  private static long deallocate(SqlTokens tokens) {
    return tokens.is(tokens.is(1, Word.PREPARE) ? 2 : 1, Word.ALL) ? Effects.DEALLOCATE_ALL : 0;
  }

  private static long declare(SqlTokens tokens) {
    for (int i = 2; i < tokens.count() && !tokens.is(i, Word.FOR); i++) {
      if (tokens.is(i, Word.HOLD) && tokens.is(i - 1, Word.WITH)) {
        return Effects.HOLD_CURSOR;
      }
    }
    return 0;
  }

  private static boolean isUnlockAll(SqlTokens tokens) {
    int function = tokens.names(1, Word.PG_CATALOG) && tokens.is(2, Token.DOT) ? 3 : 1;
    return tokens.names(function, Word.PG_ADVISORY_UNLOCK_ALL)
        && tokens.is(function + 1, Token.LEFT)
        && tokens.is(function + 2, Token.RIGHT)
        && tokens.count() == function + 3;
  }

  private static long anywhere(SqlTokens tokens) {
    long effects = 0;
    boolean setConfig = false;
    boolean settingsView = false;
    for (int i = 0; i < tokens.count(); i++) {
      Word word = tokens.name(i).word();
      if (tokens.is(i, Token.UNICODE_NAME)) {
        effects |= Effects.OPAQUE;
      } else if (word == Word.SET_CONFIG && tokens.is(i + 1, Token.LEFT)) {
        setConfig = true;
        effects |= setConfig(tokens, i + 2);
      } else if (word != Word.NONE) {
        settingsView |= word == Word.PG_SETTINGS;
        effects |= ofLock(word) | ofTemporary(tokens, i, word);
      } else if (isTemporarySchema(tokens, i)) {
        effects |= Effects.TEMP_TABLE;
      }
    }
    if (settingsView) {
      effects |= ofSettingsView(tokens);
    }
    boolean ours = (setConfig || settingsView) && namesOurSetting(tokens);
    return ours ? effects | Effects.HIDDEN_SETTING : effects;
  }

  private static long ofLock(Word word) {
    return switch (word) {
      case PG_ADVISORY_LOCK,
          PG_ADVISORY_LOCK_SHARED,
          PG_TRY_ADVISORY_LOCK,
          PG_TRY_ADVISORY_LOCK_SHARED ->
          Effects.ADVISORY_LOCK;
      default -> 0;
    };
  }

  private static long ofTemporary(SqlTokens tokens, int i, Word word) {
    if (word == Word.PG_TEMP) {
      return Effects.TEMP_TABLE;
    }
    if (!tokens.is(i, Word.TEMP) && !tokens.is(i, Word.TEMPORARY)) {
      return 0;
    }
    int at = tokens.is(i - 1, Word.LOCAL) || tokens.is(i - 1, Word.GLOBAL) ? i - 2 : i - 1;
    boolean creates =
        tokens.is(at, Word.CREATE) || tokens.is(at, Word.INTO) || tokens.is(at, Word.REPLACE);
    return creates && !dropsOnCommit(tokens) ? Effects.TEMP_TABLE : 0;
  }

  /** CREATE TEMP … ON COMMIT DROP leaves nothing behind. */
  private static boolean dropsOnCommit(SqlTokens tokens) {
    for (int i = 0; i < tokens.count(); i++) {
      if (tokens.is(i, Word.ON) && tokens.is(i + 1, Word.COMMIT) && tokens.is(i + 2, Word.DROP)) {
        return tokens.is(0, Word.CREATE);
      }
    }
    return false;
  }

  /** pg_temp_7 and so on, the schemas behind pg_temp. */
  private static boolean isTemporarySchema(SqlTokens tokens, int i) {
    return tokens.kind(i).isName()
        && tokens.is(i + 1, Token.DOT)
        && textStartsWith(tokens, i, "pg_temp_");
  }

  /** An UPDATE of pg_settings is a set_config for each row. */
  private static long ofSettingsView(SqlTokens tokens) {
    for (int i = 0; i < tokens.count(); i++) {
      if (tokens.is(i, Word.UPDATE) || tokens.is(i, Word.MERGE)) {
        return Effects.SET_SESSION | Effects.SEARCH_PATH | Effects.READING;
      }
    }
    return 0;
  }

  /** The arguments of a set_config that start at i. */
  private static long setConfig(SqlTokens tokens, int i) {
    boolean literal = tokens.kind(i).isString() && tokens.is(i + 1, Token.COMMA);
    String name = literal ? SqlText.value(tokens, i) : "";
    boolean path = !literal || name.equalsIgnoreCase(Word.SEARCH_PATH.text());
    boolean reading = !literal || ReadingSettings.NAMES.contains(name.toLowerCase(Locale.ROOT));
    boolean session = !endsInTrue(tokens, i);
    return (path ? Effects.SEARCH_PATH : 0)
        | (reading ? Effects.READING : 0)
        | (session ? Effects.SET_SESSION : 0);
  }

  /**
   * Whether the call whose arguments start at i has a literal TRUE as its third and last, by
   * position.
   */
  private static boolean endsInTrue(SqlTokens tokens, int i) {
    int depth = 0;
    int commas = 0;
    for (int at = i; at < tokens.count(); at++) {
      switch (tokens.kind(at)) {
        case LEFT -> depth++;
        case COMMA -> commas += depth == 0 ? 1 : 0;
        case RIGHT -> {
          if (depth-- == 0) {
            return commas == 2 && tokens.is(at - 1, Word.TRUE) && tokens.is(at - 2, Token.COMMA);
          }
        }
        default -> {}
      }
    }
    return false;
  }

  private static boolean namesOurSetting(SqlTokens tokens) {
    for (int i = 0; i < tokens.count(); i++) {
      if (SettingParser.isOurString(tokens, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSearchPath(SqlTokens tokens, int i) {
    return isNamed(tokens, i, Word.SEARCH_PATH.text());
  }

  /** TIME ZONE and NAMES are settings in words. */
  private static boolean isReading(SqlTokens tokens, int i) {
    if (isNamed(tokens, i, "time") || isNamed(tokens, i, "names")) {
      return true;
    }
    for (String name : ReadingSettings.NAMES) {
      if (isNamed(tokens, i, name)) {
        return true;
      }
    }
    return false;
  }

  /** Names of settings know no case, not even between quotes. */
  private static boolean isNamed(SqlTokens tokens, int i, String name) {
    return tokens.kind(i).isName()
        && tokens.nameEnd(i) - tokens.nameStart(i) == name.length()
        && textStartsWith(tokens, i, name);
  }

  private static boolean textStartsWith(SqlTokens tokens, int i, String prefix) {
    int from = tokens.nameStart(i);
    if (tokens.nameEnd(i) - from < prefix.length()) {
      return false;
    }
    for (int k = 0; k < prefix.length(); k++) {
      if (ByteClass.lower(tokens.text()[from + k]) != prefix.charAt(k)) {
        return false;
      }
    }
    return true;
  }
}
