package dev.trunkline.proxy.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What is measured, as the metrics endpoint asks for it. Called from any thread; may block. */
public interface Figures {
  /**
   * One pool at one moment.
   *
   * @param host name of the physical host; the database's own name for a plain one
   * @param group of that host, "" for a plain database
   * @param total since the pool was made
   * @param maxWaitMicros how long the oldest of the waiting clients has waited
   */
  record PoolFigures(
      String database,
      String user,
      String host,
      String group,
      Counters total,
      int clWaiting,
      int svActive,
      int svIdle,
      int svLogin,
      long maxWaitMicros) {
    /** Both together, under the name of this one. */
    public PoolFigures plus(PoolFigures other) {
      total.add(other.total);
      return new PoolFigures(
          database,
          user,
          host,
          group,
          total,
          clWaiting + other.clWaiting,
          svActive + other.svActive,
          svIdle + other.svIdle,
          svLogin + other.svLogin,
          Math.max(maxWaitMicros, other.maxWaitMicros));
    }
  }

  List<PoolFigures> pools();

  /**
   * One dark read at one moment.
   *
   * @param scope whose reads are compared
   * @param skipped by reason
   * @param results by how they came out
   * @param old how long clients waited for what was compared
   * @param fresh how long the repetitions took
   */
  record DarkReadFigures(
      String scope,
      long eligible,
      long sampled,
      long dropped,
      Map<String, Long> skipped,
      Map<String, Long> results,
      Histogram old,
      Histogram fresh) {}

  /** Those in force. */
  List<DarkReadFigures> darkReads();

  /** Clients that are logged in. */
  int clients();

  /** Errors that clients were sent, by SQLSTATE. */
  Map<String, LongAdder> errors();

  /** Figures of the shard map; empty without one. */
  Map<String, Object> map();

  /** What carries the sockets: io_uring, epoll or nio. */
  String transport();

  /** Version of the program. */
  String version();

  /** Whether PAUSE without a database is in force. */
  boolean paused();
}
