package dev.trunkline.bench.compare;

/**
 * One thing to measure, as data.
 *
 * @param name on the command line and in reports
 * @param script of pgbench; for a COPY workload its one statement
 * @param routedScript the same for a peer that routes by workspace; null when nothing is routed
 * @param idle further clients that are connected and do nothing
 * @param logins of further clients per second, which leave at once
 * @param schemas how many logical shards the clients are spread over; 0 when nothing is routed
 */
record Workload(
    String name,
    Driver driver,
    String script,
    String routedScript,
    Setup setup,
    int idle,
    int logins,
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
    return new Workload(name, Driver.SIMPLE, script, null, Setup.PLAIN, 0, 0, 0);
  }

  Workload driver(Driver other) {
    return new Workload(name, other, script, routedScript, setup, idle, logins, schemas);
  }

  Workload setup(Setup other) {
    return new Workload(name, driver, script, routedScript, other, idle, logins, schemas);
  }

  Workload idle(int clients) {
    return new Workload(name, driver, script, routedScript, setup, clients, logins, schemas);
  }

  Workload logins(int perSecond) {
    return new Workload(name, driver, script, routedScript, setup, idle, perSecond, schemas);
  }

  Workload routed(int over, String by) {
    return new Workload(name, driver, script, by, setup, idle, logins, over);
  }

  boolean routed() {
    return routedScript != null;
  }
}
