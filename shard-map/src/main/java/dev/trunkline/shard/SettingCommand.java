package dev.trunkline.shard;

/**
 * A statement about a trunkline.* setting, which the proxy answers itself.
 *
 * @param op how it was written, which decides the shape of the answer
 * @param name the setting in lower case, as in SHOW: {@code trunkline.workspace_id}
 * @param value the new value, decoded; null for DEFAULT, NULL, RESET, SHOW or a bound value
 * @param valueParameter n where the value is bound to $n, otherwise 0
 * @param local whether it ends with the transaction
 * @param localParameter n where {@code local} is bound to $n, otherwise 0
 */
public record SettingCommand(
    Op op, String name, String value, int valueParameter, boolean local, int localParameter) {
  /** The form of the statement. */
  public enum Op {
    SET,
    RESET,
    SHOW,
    SET_CONFIG,
    CURRENT_SETTING
  }

  static SettingCommand asking(Op op, String name) {
    return new SettingCommand(op, name, null, 0, false, 0);
  }
}
