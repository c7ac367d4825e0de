package dev.trunkline.proxy.client;

import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;

/** Which statements change settings, or answer as if they did, and what they change. */
final class SettingNotes {
  private SettingNotes() {}

  static void sent(ClientSession session, StatementKind kind, SettingCommand command) {
    switch (kind) {
      case SET, RESET, SETTING -> session.settings.sent(change(command));
      case ROLLBACK_TO -> session.settings.sent(SettingTracker.Change.ROLLBACK_TO);
      case SET_LOCAL, SET_TRANSACTION -> session.settings.sent(SettingTracker.Change.NOTHING);
      default -> {}
    }
  }

  /**
   * Likewise for a statement that is alone in its message, or in a portal.
   *
   * @param value of the parameter that is the setting's, or null
   */
  static void sentAlone(
      ClientSession session, StatementKind kind, SettingCommand command, String value) {
    if (kind == StatementKind.SELECT && command != null) {
      String set = command.valueParameter() > 0 ? value : command.value();
      session.settings.calls(set == null ? null : new SettingTracker.Change(command.name(), set));
    } else {
      sent(session, kind, command);
    }
  }

  private static SettingTracker.Change change(SettingCommand command) {
    return command == null
        ? SettingTracker.Change.NOTHING
        : new SettingTracker.Change(command.name(), command.value());
  }
}
