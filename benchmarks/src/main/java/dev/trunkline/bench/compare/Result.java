package dev.trunkline.bench.compare;

/**
 * One run of one workload through one peer.
 *
 * @param round counted from 1; results of the same round are a pair
 * @param p50 latency in microseconds, as are {@code p95}, {@code p99} and {@code p999}
 * @param userMicros of CPU per transaction, as are {@code systemMicros} and {@code switches}
 */
record Result(
    String workload,
    int clients,
    int beside,
    String peer,
    int round,
    long transactions,
    double perSecond,
    long p50,
    long p95,
    long p99,
    long p999,
    double userMicros,
    double systemMicros,
    double switches,
    long residentBytes) {

  static Result of(
      Workload workload, int clients, String peer, int round, Load load, ProcessSample used) {
    double each = Math.max(1, load.transactions());
    return new Result(
        workload.name(),
        clients,
        workload.beside().count(),
        peer,
        round,
        load.transactions(),
        load.perSecond(),
        load.quantile(0.5),
        load.quantile(0.95),
        load.quantile(0.99),
        load.quantile(0.999),
        used.userMicros() / each,
        used.systemMicros() / each,
        used.switches() / each,
        used.residentBytes());
  }

  double cpuMicros() {
    return userMicros + systemMicros;
  }

  /** Workload and clients: results of one case are compared with each other. */
  String scenario() {
    return workload + ", " + clients + (clients == 1 ? " client" : " clients");
  }
}
