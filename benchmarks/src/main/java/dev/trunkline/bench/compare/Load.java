package dev.trunkline.bench.compare;

/**
 * What clients have seen of one run.
 *
 * @param transactions how many they have completed
 * @param perSecond without the time for connecting, unless that is what is measured
 * @param micros latencies of (a sample of) the transactions, sorted
 */
record Load(long transactions, double perSecond, long[] micros) {
  /**
   * A quantile of the latencies in microseconds.
   *
   * @param share 0.99 for p99
   */
  long quantile(double share) {
    int at = (int) Math.ceil(share * micros.length) - 1;
    return micros.length == 0 ? 0 : micros[Math.max(0, at)];
  }
}
