package dev.trunkline.bench.compare;

/** What clients have seen of one run. */
final class Load {
  private final long transactions;
  private final double perSecond;
  private final long[] micros;

  /**
   * A run that has ended.
   *
   * @param transactions how many the clients have completed
   * @param perSecond without the time for connecting, unless that is what is measured
   * @param micros latencies of (a sample of) the transactions, sorted
   */
  Load(long transactions, double perSecond, long... micros) {
    this.transactions = transactions;
    this.perSecond = perSecond;
    this.micros = micros;
  }

  long transactions() {
    return transactions;
  }

  double perSecond() {
    return perSecond;
  }

  /**
   * A quantile of the latencies in microseconds; 0 without any.
   *
   * @param share 0.99 for p99
   */
  long quantile(double share) {
    int at = (int) Math.ceil(share * micros.length) - 1;
    return micros.length == 0 ? 0 : micros[Math.max(0, at)];
  }
}
