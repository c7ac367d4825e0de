package dev.trunkline.proxy.darkread;

import dev.trunkline.shard.PureRead;
import java.time.Duration;

/**
 * Finds out about one read why two answers differ: asks the old home, waits until the new one has
 * caught up, asks the new one and the old one again. That tells a row that is late, or was changed
 * meanwhile, from one that is different. Once is not enough: a row that goes to and fro can have
 * come back each time the old home is asked. Blocks.
 */
final class Judge {
  /**
   * In which neither side may change. One that flips all the time passes each with a quarter's
   * chance.
   */
  private static final int ROUNDS = 12;

  private static final long LONGEST_PAUSE_MILLIS = 20;

  private final Sides sides;
  private final DarkReadSpec spec;
  private final Duration catchUp;
  private final Sample sample;
  private final PureRead read;
  private final Answer client;
  private final Comparison comparison;
  private Answer old;
  private Answer fresh;

  Judge(Sides sides, DarkReadSpec spec, Duration catchUp, Sample sample, PureRead read) {
    this.sides = sides;
    this.spec = spec;
    this.catchUp = catchUp;
    this.sample = sample;
    this.read = read;
    this.client = sample.answer(spec.maxRows());
    this.comparison = new Comparison(read);
  }

  Sample sample() {
    return sample;
  }

  PureRead read() {
    return read;
  }

  /** What the client was answered. */
  Answer client() {
    return client;
  }

  /** What the old home has answered last; null when it was not asked. */
  Answer old() {
    return old;
  }

  /** What the new home has answered last. */
  Answer fresh() {
    return fresh;
  }

  /** Takes the new home's answer, and goes on asking while that leaves it open. */
  Verdict run(Answer first, DarkCounts counts) throws ReadFailed, InterruptedException {
    first.demand();
    fresh = first;
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
    for (int round = 0; round < ROUNDS; round++) {
      boolean caughtUp = await(round);
      Answer oldBefore = old;
      Answer freshBefore = fresh;
      fresh = sides.fresh(sample);
      old = sides.old(sample);
      boolean oldStood = comparison.equal(oldBefore, old);
      if (comparison.equal(fresh, oldBefore) || comparison.equal(fresh, old)) {
        return oldStood ? innocent : Verdict.OVERWRITTEN;
      }
      if (!caughtUp) {
        return Verdict.LAG;
      }
      if (!oldStood || (round > 0 && !comparison.equal(freshBefore, fresh))) {
        return Verdict.OVERWRITTEN;
      }
    }
    return settled();
  }

  /** At growing distances, so that no rhythm of the writers is met each time. */
  private boolean await(int round) throws ReadFailed, InterruptedException {
    if (round == 0 && spec.delay() != null) {
      Thread.sleep(spec.delay());
    } else if (round > 0) {
      Thread.sleep(Math.min(1L << round, LONGEST_PAUSE_MILLIS));
    }
    return sides.caughtUp(sample, catchUp);
  }

  /** Both sides have answered the same each time. */
  private Verdict settled() {
    if (comparison.sameRows(old, fresh)) {
      return Verdict.ORDER_ONLY;
    }
    return comparison.undetermined(old, fresh) ? Verdict.NONDETERMINISTIC : Verdict.MISMATCH;
  }
}
