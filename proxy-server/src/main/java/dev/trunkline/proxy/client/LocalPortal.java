package dev.trunkline.proxy.client;

import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;

/**
 * A portal over a statement that the proxy carries out itself.
 *
 * @param kind what the statement is
 * @param text its text, for transaction statements
 * @param command what it does, for statements about settings
 * @param value the new value, bound or written; null for the default
 * @param local whether it ends with the transaction
 */
record LocalPortal(
    StatementKind kind, String text, SettingCommand command, String value, boolean local) {}
