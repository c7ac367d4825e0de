package dev.trunkline.proxy.client;

import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;

/** Which statements answer with the tag SET, RESET or ROLLBACK, and what they change. */
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

  private static SettingTracker.Change change(SettingCommand command) {
    return command == null
        ? SettingTracker.Change.NOTHING
        : new SettingTracker.Change(command.name(), command.value());
  }
}
