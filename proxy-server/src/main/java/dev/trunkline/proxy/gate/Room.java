package dev.trunkline.proxy.gate;

/** How many wait at the gate, over all of its barriers. Safe from any thread. */
final class Room {
  private int waiting;
  private long bytes;

  /** Takes a place, if there is one. */
  synchronized boolean enter(Turn turn, Gate.Limits limits) {
    if (waiting >= limits.clients() || bytes + turn.bytes() > limits.bytes()) {
      return false;
    }
    waiting++;
    bytes += turn.bytes();
    return true;
  }

  synchronized void leave(Turn turn) {
    waiting--;
    bytes -= turn.bytes();
  }

  synchronized int waiting() {
    return waiting;
  }
}
