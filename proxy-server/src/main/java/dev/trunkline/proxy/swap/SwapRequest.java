package dev.trunkline.proxy.swap;

import dev.trunkline.shard.CatchUp;
import dev.trunkline.shard.MapChange;
import java.time.Duration;

/**
 * What an operator wants.
 *
 * @param within how long clients may be held
 * @param verify a query that must answer true on the new home between drain and repoint, or null
 * @param fence run on the old home within the pause, or null
 * @param catchUp awaited within the pause, or null
 * @param darkReads how many dark reads must have come out equal, and none otherwise; 0 for none
 */
public record SwapRequest(
    MapChange change,
    Depth depth,
    Duration within,
    String verify,
    Fence fence,
    CatchUp catchUp,
    long darkReads,
    String who,
    String why) {
  /** How far it goes. */
  public enum Depth {
    PLAN,
    REHEARSE,
    SWAP
  }

  /** Statements for the old home, and what takes them back. */
  public record Fence(String sql, String undo) {}
}
