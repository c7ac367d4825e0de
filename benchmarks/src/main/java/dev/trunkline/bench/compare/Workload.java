package dev.trunkline.bench.compare;

import java.util.List;

/**
 * One thing to measure, as data.
 *
 * @param name on the command line and in reports
 * @param script of pgbench; for a COPY workload its one statement
 * @param routedScript the same for a peer that routes by workspace; null when nothing is routed
 * @param beside further clients
 * @param bytes of rows or COPY data that go through a peer with each transaction; 0 where they are
 *     not what matters
 * @param schemas how many logical shards the clients are spread over; 0 when nothing is routed
 */
record Workload(
    String name,
    Driver driver,
    String script,
    String routedScript,
    Setup setup,
    Beside beside,
    long bytes,
    int schemas) {

  /** Who sends the statements. */
  enum Driver {
    SIMPLE("simple"),
    EXTENDED("extended"),
    PREPARED("prepared"),
    /** A connection for each transaction. */
    RECONNECT("simple"),
    /** {@link CopyLoad}: pgbench knows no COPY. */
    COPY(""),
    /** {@link StartTrial}: a new process for each run. */
    START(""),
    /** {@link IdleTrial}: likewise. */
    IDLE(""),
    /** {@link ChurnTrial}: likewise. */
    CHURN("prepared");

    private final String protocol;

    Driver(String protocol) {
      this.protocol = protocol;
    }

    /** Whether each run is that of a process of its own. */
    boolean launches() {
      return this == START || this == IDLE || this == CHURN;
    }

    /** For {@code pgbench -M}. */
    String protocol() {
      return protocol;
    }
  }

  static Workload of(String name, String script) {
    return new Workload(name, Driver.SIMPLE, script, null, Setup.PLAIN, Beside.NOBODY, 0, 0);
  }

  Workload driver(Driver other) {
    return new Workload(name, other, script, routedScript, setup, beside, bytes, schemas);
  }

  Workload setup(Setup other) {
    return new Workload(name, driver, script, routedScript, other, beside, bytes, schemas);
  }

  Workload beside(Beside.Kind kind, int count) {
    Beside other = new Beside(kind, count);
    return new Workload(name, driver, script, routedScript, setup, other, bytes, schemas);
  }

  Workload routed(int over, String by) {
    return new Workload(name, driver, script, by, setup, beside, bytes, over);
  }

  Workload bytes(long each) {
    return new Workload(name, driver, script, routedScript, setup, beside, each, schemas);
  }

  /** How many there are in turn, of those numbers that were asked for. */
  List<Integer> clients(List<Integer> asked) {
    return driver.launches() ? List.of(1) : asked;
  }

  boolean routed() {
    return routedScript != null;
  }
}
