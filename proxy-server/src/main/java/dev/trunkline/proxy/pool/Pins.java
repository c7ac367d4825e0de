package dev.trunkline.proxy.pool;

import dev.trunkline.shard.Effects;

/** The words for what keeps a lease beyond its transaction. */
public final class Pins {
  private Pins() {}

  /**
   * Why a lease with these effects outlives its transaction, for SHOW SERVERS; "" for no reason.
   */
  public static String text(long residue) {
    StringBuilder text = new StringBuilder();
    pin(text, residue, Effects.LISTEN, "listen");
    pin(text, residue, Effects.TEMP_TABLE, "temp_table");
    pin(text, residue, Effects.PREPARE, "prepare");
    pin(text, residue, Effects.HOLD_CURSOR, "hold_cursor");
    pin(text, residue, Effects.ADVISORY_LOCK, "advisory_lock");
    pin(text, residue, Effects.SET_SESSION, "set");
    return text.toString();
  }

  private static void pin(StringBuilder text, long residue, long bit, String name) {
    if ((residue & bit) != 0) {
      text.append(text.isEmpty() ? "" : ",").append(name);
    }
  }
}
