package dev.trunkline.proxy.client;

import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;

/**
 * A portal over a statement that the proxy carries out itself, or lets begin without a server.
 *
 * @param kind what the statement is
 * @param text its text, for transaction statements
 * @param command what it does, for statements about settings
 * @param value the new value, bound or written; null for the default
 * @param local whether it ends with the transaction
 * @param copy of a COPY whose rows are to be read; null for all others
 */
record LocalPortal(
    StatementKind kind,
    String text,
    SettingCommand command,
    String value,
    boolean local,
    CopyStart copy) {
  static LocalPortal of(CopyStart copy) {
    return new LocalPortal(StatementKind.COPY, "", null, null, false, copy);
  }

  /** Characters and bytes kept for it, about. */
  int length() {
    int kept = copy == null ? 0 : copy.length();
    return kept + text.length() + (value == null ? 0 : value.length());
  }
}
