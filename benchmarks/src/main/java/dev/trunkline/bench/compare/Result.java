package dev.trunkline.bench.compare;

/**
 * One run of one workload through one peer.
 *
 * @param round counted from 1; results of the same round are a pair
 * @param micros latency quantiles: p50, p95, p99, p99.9
 * @param userMicros of CPU per transaction, as are {@code systemMicros} and {@code switches}
 */
record Result(
    String workload,
    int clients,
    int idle,
    String peer,
    int round,
    long transactions,
    double perSecond,
    long[] micros,
    double userMicros,
    double systemMicros,
    double switches,
    long residentBytes) {

  static final double[] QUANTILES = {0.5, 0.95, 0.99, 0.999};

  static Result of(
      Workload workload, int clients, String peer, int round, Load load, ProcessSample used) {
    double each = Math.max(1, load.transactions());
    long[] micros = new long[QUANTILES.length];
    for (int i = 0; i < micros.length; i++) {
      micros[i] = load.quantile(QUANTILES[i]);
    }
    return new Result(
        workload.name(),
        clients,
        workload.idle(),
        peer,
        round,
        load.transactions(),
        load.perSecond(),
        micros,
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
