package dev.trunkline.bench.compare;

import java.io.IOException;

/** How one run of a workload through a peer goes, and what it finds. */
interface Trial {
  /**
   * Runs once.
   *
   * @param seconds how long, where that is for others to say
   * @throws IOException when the peer, or who measured it, did not do what it should
   */
  Outcome run(Running peer, int seconds) throws IOException, InterruptedException;

  /** Whether a run before those that count makes a difference. */
  default boolean warmsUp() {
    return true;
  }

  static Trial of(Workload workload, int clients, Bench bench) {
    return switch (workload.driver()) {
      case START -> new StartTrial(bench, workload.setup());
      case CHURN -> new ChurnTrial(bench, workload);
      case IDLE -> new IdleTrial(bench, workload);
      default -> new LoadTrial(bench, workload, clients);
    };
  }
}
