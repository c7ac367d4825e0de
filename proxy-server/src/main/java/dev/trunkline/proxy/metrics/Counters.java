package dev.trunkline.proxy.metrics;

/**
 * What one event loop has done for one pool. Plain fields with a single writer, that loop; readers
 * add up the counters of all loops and may lag by a moment.
 */
public final class Counters {
  public long assignments;
  public long transactions;
  public long queries;
  public long bytesReceived;
  public long bytesSent;
  public long transactionMicros;
  public long queryMicros;
  public long waitMicros;
  public long clientParses;
  public long serverParses;
  public long binds;

  /** Of a whole database; clients log in to no pool. */
  public long logins;

  public final Histogram wait = new Histogram();
  public final Histogram transaction = new Histogram();
  public final Histogram query = new Histogram();

  /** Adds another's figures to this one, for a snapshot. */
  public void add(Counters other) {
    assignments += other.assignments;
    transactions += other.transactions;
    queries += other.queries;
    bytesReceived += other.bytesReceived;
    bytesSent += other.bytesSent;
    transactionMicros += other.transactionMicros;
    queryMicros += other.queryMicros;
    waitMicros += other.waitMicros;
    clientParses += other.clientParses;
    serverParses += other.serverParses;
    binds += other.binds;
    logins += other.logins;
    wait.add(other.wait);
    transaction.add(other.transaction);
    query.add(other.query);
  }
}
