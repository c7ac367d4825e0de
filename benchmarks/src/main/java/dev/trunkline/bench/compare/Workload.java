package dev.trunkline.bench.compare;

/**
 * One thing to measure, as data.
 *
 * @param name on the command line and in reports
 * @param script of pgbench; for a COPY workload its one statement
 * @param routedScript the same for a peer that routes by workspace; null when nothing is routed
 * @param beside further clients
 * @param schemas how many logical shards the clients are spread over; 0 when nothing is routed
 */
record Workload(
    String name,
    Driver driver,
    String script,
    String routedScript,
    Setup setup,
    Beside beside,
    int schemas) {

  /** Who sends the statements. */
  enum Driver {
    SIMPLE("simple"),
    EXTENDED("extended"),
    PREPARED("prepared"),
    /** A connection for each transaction. */
    RECONNECT("simple"),
    /** {@link CopyLoad}: pgbench knows no COPY. */
    COPY("");

    private final String protocol;

    Driver(String protocol) {
      this.protocol = protocol;
    }

    /** For {@code pgbench -M}. */
    String protocol() {
      return protocol;
    }
  }

  static Workload of(String name, String script) {
    return new Workload(name, Driver.SIMPLE, script, null, Setup.PLAIN, Beside.NOBODY, 0);
  }

  Workload driver(Driver other) {
    return new Workload(name, other, script, routedScript, setup, beside, schemas);
  }

  Workload setup(Setup other) {
    return new Workload(name, driver, script, routedScript, other, beside, schemas);
  }

  Workload beside(Beside.Kind kind, int count) {
    Beside other = new Beside(kind, count);
    return new Workload(name, driver, script, routedScript, setup, other, schemas);
  }

  Workload routed(int over, String by) {
    return new Workload(name, driver, script, by, setup, beside, over);
  }

  boolean routed() {
    return routedScript != null;
  }
}
