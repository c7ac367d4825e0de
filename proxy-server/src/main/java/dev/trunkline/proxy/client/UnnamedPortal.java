package dev.trunkline.proxy.client;

import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;

/** What executing the unnamed portal at the server will do. */
final class UnnamedPortal {
  private StatementKind kind = StatementKind.OTHER;
  private long effects;
  private SettingCommand setting;
  private String value;

  /**
   * A Bind makes it anew.
   *
   * @param newValue what a parameter makes of the setting, or null
   */
  void bound(StatementKind newKind, long newEffects, SettingCommand newSetting, String newValue) {
    kind = newKind;
    effects = newEffects;
    setting = newSetting;
    value = newValue;
  }

  /** As of {@code Effects}. */
  long effects() {
    return effects;
  }

  /** An Execute is on its way. */
  void executed(ClientSession session) {
    SettingNotes.sentAlone(session, kind, setting, value);
  }
}
