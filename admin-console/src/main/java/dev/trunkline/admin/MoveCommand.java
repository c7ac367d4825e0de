package dev.trunkline.admin;

import dev.trunkline.wire.ErrorFields;
import java.time.Duration;
import java.util.List;

/** The commands that hold, move and compare what the shard map places; each knows how it is run. */
sealed interface MoveCommand {
  /** Asks the port; may wait until it is done or interrupted. */
  Answer run(Mover mover) throws CommandFailed, InterruptedException;

  /** Columns of the answer, null if it has none. */
  default List<? extends Column<?>> columns() {
    return null;
  }

  /** Whether it changes nothing. */
  default boolean onlyLooks() {
    return false;
  }

  private static Answer.Done done(String tag, String notice) {
    return new Answer.Done(tag, notice.isEmpty() ? null : ErrorFields.notice("00000", notice));
  }

  /** PAUSE of a scope; null for no deadline. */
  record Pause(Mover.Scope scope, Duration drain) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed, InterruptedException {
      return done("PAUSE", mover.pause(scope, drain));
    }
  }

  /** RESUME of a scope. */
  record Resume(Mover.Scope scope) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed {
      mover.resume(scope);
      return Answer.Done.of("RESUME");
    }
  }

  /** REPOINT. */
  record Repoint(Mover.Repoint change, String why) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed, InterruptedException {
      return done("REPOINT", mover.repoint(change, why));
    }
  }

  /** SWAP, REHEARSE SWAP and PLAN SWAP. */
  record Swap(Mover.Swap swap) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed, InterruptedException {
      return MoveViews.table(MoveViews.STEPS, mover.swap(swap), swap.depth().name());
    }

    @Override
    public List<? extends Column<?>> columns() {
      return MoveViews.STEPS;
    }
  }

  /** SHOW PAUSES. */
  record ShowPauses() implements MoveCommand {
    @Override
    public Answer run(Mover mover) {
      return MoveViews.table(MoveViews.PAUSES, mover.pauses(), "SHOW");
    }

    @Override
    public List<? extends Column<?>> columns() {
      return MoveViews.PAUSES;
    }

    @Override
    public boolean onlyLooks() {
      return true;
    }
  }

  /** SHOW SWAPS. */
  record ShowSwaps() implements MoveCommand {
    @Override
    public Answer run(Mover mover) {
      return MoveViews.table(MoveViews.SWAPS, mover.swaps(), "SHOW");
    }

    @Override
    public List<? extends Column<?>> columns() {
      return MoveViews.SWAPS;
    }

    @Override
    public boolean onlyLooks() {
      return true;
    }
  }

  /** SHOW MAP HISTORY. */
  record ShowHistory() implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed {
      return MoveViews.table(MoveViews.HISTORY, mover.history(), "SHOW");
    }

    @Override
    public List<? extends Column<?>> columns() {
      return MoveViews.HISTORY;
    }

    @Override
    public boolean onlyLooks() {
      return true;
    }
  }

  /** SHOW MAP AS OF. */
  record ShowAsOf(long version) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed {
      return MoveViews.table(MoveViews.AS_OF, mover.mapAsOf(version), "SHOW");
    }

    @Override
    public List<? extends Column<?>> columns() {
      return MoveViews.AS_OF;
    }

    @Override
    public boolean onlyLooks() {
      return true;
    }
  }

  /** DARK READ. */
  record StartDarkRead(Comparer.DarkRead read) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed {
      mover.comparer().start(read);
      return Answer.Done.of("DARK READ");
    }
  }

  /** STOP DARK READ. */
  record StopDarkRead(Mover.Scope scope) implements MoveCommand {
    @Override
    public Answer run(Mover mover) throws CommandFailed {
      mover.comparer().stop(scope);
      return Answer.Done.of("STOP DARK READ");
    }
  }

  /** SHOW DARK READS. */
  record ShowDarkReads() implements MoveCommand {
    @Override
    public Answer run(Mover mover) {
      return MoveViews.table(DarkViews.READS, mover.comparer().reads(), "SHOW");
    }

    @Override
    public List<? extends Column<?>> columns() {
      return DarkViews.READS;
    }

    @Override
    public boolean onlyLooks() {
      return true;
    }
  }

  /** SHOW DARK READ MISMATCHES. */
  record ShowMismatches() implements MoveCommand {
    @Override
    public Answer run(Mover mover) {
      return MoveViews.table(DarkViews.MISMATCHES, mover.comparer().mismatches(), "SHOW");
    }

    @Override
    public List<? extends Column<?>> columns() {
      return DarkViews.MISMATCHES;
    }
  }
}
