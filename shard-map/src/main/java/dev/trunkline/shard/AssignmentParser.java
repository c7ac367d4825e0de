package dev.trunkline.shard;

import dev.trunkline.shard.SettingCommand.Op;
import java.util.Set;

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

  private AssignmentParser() {}

  /** The assignment of a SET or RESET that outlives the transaction, or null. */
  static SettingCommand parse(SqlTokens tokens, StatementKind kind) {
    return kind == StatementKind.SET ? set(tokens) : reset(tokens);
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
    if (!tokens.kind(name).isName()) {
      return null;
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

  /** SET TIME ZONE with a string or a name; LOCAL and DEFAULT mean the default. */
  private static SettingCommand timeZone(SqlTokens tokens, int at) {
    if (at + 1 != tokens.count()) {
      return null;
    }
    if (tokens.is(at, Word.DEFAULT) || tokens.is(at, Word.LOCAL)) {
      return assigned("timezone", null);
    }
    String value = item(tokens, at);
    return value == null ? null : assigned("timezone", value);
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
