package dev.trunkline.proxy.darkread;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Draws the reads of one event loop that are repeated. Counts down to the next one rather than
 * throwing dice for each. Of one thread, but for what it counts.
 */
public final class Sampler {
  private final DarkRead read;
  private final double share;
  private long untilNext;
  private long eligible;

  Sampler(DarkRead read) {
    this.read = read;
    this.share = read.spec().sample();
    this.untilNext = gap();
  }

  /** Whether this read, which is eligible, is to be repeated. */
  public boolean draws() {
    eligible++;
    return --untilNext == 0 && drawn();
  }

  private boolean drawn() {
    untilNext = gap();
    read.counts().sampled();
    if (read.unreachable()) {
      read.counts().skipped("unreachable");
      return false;
    }
    return true;
  }

  /** Geometric: as if each read were drawn by itself. */
  private long gap() {
    if (share >= 1) {
      return 1;
    }
    double dice = 1 - ThreadLocalRandom.current().nextDouble();
    return 1 + (long) (Math.log(dice) / Math.log1p(-share));
  }

  public DarkRead read() {
    return read;
  }

  /** Reads among which it has drawn; from any thread, perhaps a moment old. */
  long eligible() {
    return eligible;
  }
}
