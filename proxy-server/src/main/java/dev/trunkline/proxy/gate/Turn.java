package dev.trunkline.proxy.gate;

import dev.trunkline.wire.ErrorFields;

/** One client's place in the waiting room of a {@link Barrier}. */
public abstract class Turn {
  private final Barrier barrier;
  private final int bytes;
  private final long sinceNanos = System.nanoTime();

  /** Written by who takes it out of the room. */
  private volatile boolean admitted;

  /**
   * @param bytes what the client has sent ahead
   */
  protected Turn(Barrier barrier, int bytes) {
    this.barrier = barrier;
    this.bytes = bytes;
  }

  /** It may go on. Any thread. */
  protected abstract void goOn();

  /** It is told that and does not go on. Any thread. */
  protected abstract void refuse(ErrorFields error);

  void admit() {
    admitted = true;
    goOn();
  }

  /** Whether that barrier has let it through: it is not held there twice. */
  public boolean passes(Barrier which) {
    return admitted && barrier == which;
  }

  /**
   * The client does not wait any more.
   *
   * @return false when it has been let through, or refused, already
   */
  public boolean leave() {
    return barrier.forget(this);
  }

  /** When it came, {@link System#nanoTime}. */
  public long sinceNanos() {
    return sinceNanos;
  }

  int bytes() {
    return bytes;
  }
}
