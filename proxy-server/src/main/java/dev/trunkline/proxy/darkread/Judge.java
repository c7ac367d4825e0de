package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import java.time.Duration;

/**
 * Finds out about one read why two answers differ: asks the old home, waits until the new one has
 * caught up, asks the new one and the old one again, until the answers of each stand still. That
 * tells a row that is late, or was changed meanwhile, from one that is different. Blocks.
 */
final class Judge {
  /** Of such sandwiches; a row that changes within each of them is hot. */
  private static final int ROUNDS = 4;

  private final Sides sides;
  private final Duration delay;
  private final Duration catchUp;
  private final Sample sample;
  private final Answer client;
  private final Comparison comparison;
  private Answer old;
  private Answer fresh;

  /**
   * @param client what the client was answered
   */
  Judge(Sides sides, Duration delay, Duration catchUp, Sample sample, Answer client, PureRead read) {
    this.sides = sides;
    this.delay = delay;
    this.catchUp = catchUp;
    this.sample = sample;
    this.client = client;
    this.comparison = new Comparison(read);
  }

  /** What the old home has answered last; null when it was not asked. */
  Answer old() {
    return old;
  }

  /** What the new home has answered last. */
  Answer fresh() {
    return fresh;
  }

  /** Asks the new home, and goes on while that leaves it open. */
  Verdict run(DarkCounts counts) throws ReadFailed, InterruptedException {
    fresh = sides.fresh(sample);
    counts.took(sample.micros(), fresh.micros());
    if (comparison.equal(client, fresh)) {
      return Verdict.EQUAL;
    }
    if (comparison.sameRows(client, fresh)) {
      return Verdict.ORDER_ONLY;
    }
    return comparison.undetermined(client, fresh) ? Verdict.NONDETERMINISTIC : again();
  }

  private Verdict again() throws ReadFailed, InterruptedException {
    old = sides.old(sample);
    Verdict innocent = comparison.equal(old, client) ? Verdict.LAG : Verdict.OVERWRITTEN;
    Answer stood = null;
    for (int round = 0; round < ROUNDS; round++) {
      boolean caughtUp = await();
      fresh = sides.fresh(sample);
      Answer before = old;
      old = sides.old(sample);
      if (!comparison.equal(before, old)) {
        innocent = Verdict.OVERWRITTEN;
        stood = null;
      }
      if (comparison.equal(fresh, before) || comparison.equal(fresh, old)) {
        return innocent;
      }
      if (!caughtUp) {
        return Verdict.LAG;
      }
      if (stood != null && comparison.equal(stood, fresh)) {
        return settled();
      }
      stood = comparison.equal(before, old) ? fresh : null;
    }
    return Verdict.OVERWRITTEN;
  }

  private boolean await() throws ReadFailed, InterruptedException {
    if (delay != null) {
      Thread.sleep(delay);
    }
    return sides.caughtUp(sample, catchUp);
  }

  /** Both sides have answered twice alike. */
  private Verdict settled() {
    if (comparison.sameRows(old, fresh)) {
      return Verdict.ORDER_ONLY;
    }
    return comparison.undetermined(old, fresh) ? Verdict.NONDETERMINISTIC : Verdict.MISMATCH;
  }
}
