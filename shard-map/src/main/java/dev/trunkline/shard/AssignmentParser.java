package dev.trunkline.shard;

import dev.trunkline.shard.SettingCommand.Op;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/**
 * Reads SET and RESET of one ordinary setting, so that its value can be given to another session
 * with set_config. What cannot be told that way (SET SESSION AUTHORIZATION, SET NAMES with two
 * names, …) is not read.
 */
final class AssignmentParser {
  /** Name in the command for RESET ALL. */
  static final String ALL = "all";

  /** Lists whose items are identifiers: written to set_config in quotes. */
  private static final Set<String> IDENTIFIER_LISTS = Set.of("search_path", "temp_tablespaces");

  private static final Set<String> ISOLATION_LEVELS =
      Set.of("read uncommitted", "read committed", "repeatable read", "serializable");

  /** Hours and minutes east of Greenwich, which mean the same with and without HOUR TO MINUTE. */
  private static final Pattern OFFSET = Pattern.compile("[+-]?\\d{1,2}:\\d{2}");

  private AssignmentParser() {}

  /** The assignment of a SET, RESET or set_config that outlives the transaction, or null. */
  static SettingCommand parse(SqlTokens tokens, StatementKind kind) {
    return switch (kind) {
      case SET -> set(tokens);
      case RESET -> reset(tokens);
      default -> SettingCalls.parse(tokens);
    };
  }

  private static SettingCommand reset(SqlTokens tokens) {
    if (tokens.is(1, Word.TIME) && tokens.is(2, Word.ZONE) && tokens.count() == 3) {
      return SettingCommand.asking(Op.RESET, "timezone");
    }
    boolean one = tokens.endOfName(1) == tokens.count() && tokens.kind(1).isName();
    return one ? SettingCommand.asking(Op.RESET, SettingParser.name(tokens, 1)) : null;
  }

  private static SettingCommand set(SqlTokens tokens) {
    int name = StatementKinds.setting(tokens);
    if (tokens.is(name, Word.TIME) && tokens.is(name + 1, Word.ZONE)) {
      return timeZone(tokens, name + 2);
    }
    if (StatementKinds.isCharacteristics(tokens, name)) {
      return characteristic(words(tokens, name + 2));
    }
    if (!tokens.kind(name).isName()) {
      return null;
    }
    if (isWord(tokens, name, "names")) {
      return names(tokens, name + 1);
    }
    int at = tokens.endOfName(name);
    if (!tokens.isOperator(at, '=') && !tokens.is(at, Word.TO)) {
      return null;
    }
    String setting = SettingParser.name(tokens, name);
    if (tokens.is(at + 1, Word.DEFAULT) && at + 2 == tokens.count()) {
      return assigned(setting, null);
    }
    String value = list(tokens, at + 1, IDENTIFIER_LISTS.contains(setting));
    return value == null ? null : assigned(setting, value);
  }

  /** SET SESSION CHARACTERISTICS with one mode of transactions, as drivers do. */
  private static SettingCommand characteristic(String mode) {
    String isolation = "as transaction isolation level ";
    if (mode.startsWith(isolation)) {
      String level = mode.substring(isolation.length());
      return ISOLATION_LEVELS.contains(level)
          ? assigned("default_transaction_isolation", level)
          : null;
    }
    return switch (mode) {
      case "as transaction read only" -> assigned("default_transaction_read_only", "on");
      case "as transaction read write" -> assigned("default_transaction_read_only", "off");
      case "as transaction deferrable" -> assigned("default_transaction_deferrable", "on");
      case "as transaction not deferrable" -> assigned("default_transaction_deferrable", "off");
      default -> null;
    };
  }

  /** All words to the end of the statement, in lower case; empty when there is anything else. */
  private static String words(SqlTokens tokens, int from) {
    StringJoiner words = new StringJoiner(" ");
    for (int i = from; i < tokens.count(); i++) {
      if (!tokens.is(i, Token.WORD)) {
        return "";
      }
      words.add(SqlText.value(tokens, i));
    }
    return words.toString();
  }

  private static boolean isWord(SqlTokens tokens, int i, String word) {
    return tokens.is(i, Token.WORD) && SqlText.value(tokens, i).equals(word);
  }

  /** SET NAMES is another word for client_encoding. */
  private static SettingCommand names(SqlTokens tokens, int at) {
    if (at == tokens.count() || (tokens.is(at, Word.DEFAULT) && at + 1 == tokens.count())) {
      return assigned("client_encoding", null);
    }
    boolean string = tokens.kind(at).isString() && at + 1 == tokens.count();
    return string ? assigned("client_encoding", SqlText.value(tokens, at)) : null;
  }

  /** SET TIME ZONE with a string or a name; LOCAL and DEFAULT mean the default. */
  private static SettingCommand timeZone(SqlTokens tokens, int at) {
    if (isWord(tokens, at, "interval")) {
      return offset(tokens, at + 1);
    }
    if (at + 1 != tokens.count()) {
      return null;
    }
    if (tokens.is(at, Word.DEFAULT) || tokens.is(at, Word.LOCAL)) {
      return assigned("timezone", null);
    }
    String value = item(tokens, at);
    return value == null ? null : assigned("timezone", value);
  }

  /**
   * SET TIME ZONE INTERVAL '+01:00' HOUR TO MINUTE, which the setting takes as a text, too. Where
   * it changes anything, the server tells the name of the zone that it makes of it.
   */
  private static SettingCommand offset(SqlTokens tokens, int at) {
    String offset = tokens.kind(at).isString() ? SqlText.value(tokens, at) : "";
    boolean ends = at + 1 == tokens.count() || words(tokens, at + 1).equals("hour to minute");
    return ends && OFFSET.matcher(offset).matches()
        ? assigned("timezone", "INTERVAL '" + offset + "'")
        : null;
  }

  private static SettingCommand assigned(String name, String value) {
    return new SettingCommand(Op.SET, name, value, 0, false, 0);
  }

  /** Values separated by commas up to the end of the statement, or null. */
  private static String list(SqlTokens tokens, int from, boolean identifiers) {
    StringBuilder list = new StringBuilder();
    int at = from;
    while (at < tokens.count()) {
      boolean signed = tokens.isOperator(at, '-') && tokens.is(at + 1, Token.NUMBER);
      at += signed ? 1 : 0;
      String value = item(tokens, at);
      boolean last = at + 1 == tokens.count();
      boolean more = tokens.is(at + 1, Token.COMMA) && at + 2 < tokens.count();
      if (value == null || !(last || more)) {
        return null;
      }
      list.append(list.isEmpty() ? "" : ", ").append(signed ? "-" : "");
      list.append(identifiers ? quoted(value) : value);
      at += 2;
    }
    return list.isEmpty() ? null : list.toString();
  }

  private static String item(SqlTokens tokens, int i) {
    return switch (tokens.kind(i)) {
      case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING, NUMBER, QUOTED_NAME, WORD ->
          SqlText.value(tokens, i);
      default -> null;
    };
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
