package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that write unique rows, count, and read their writes while a host is swapped. Between two
 * transactions each thinks for a random time, so that they send a stated rate, not what the machine
 * can bear, and do not stay in step after having been held together.
 */
final class SwapLoad implements AutoCloseable {
  private final Replicas replicas;
  private final int rate;
  private final ExecutorService threads;
  private final List<Writer> writers = new ArrayList<>();
  private final List<Future<Integer>> ends = new ArrayList<>();
  private final Queue<long[]> spans = new ConcurrentLinkedQueue<>();
  private final LongAdder count = new LongAdder();
  private final long began = System.nanoTime();
  private long end;
  private volatile boolean stopped;

  /**
   * @param rate transactions a second that each client aims at; 0 for no time to think
   */
  SwapLoad(Replicas replicas, int clients, int rate) throws SQLException {
    this.replicas = replicas;
    this.rate = rate;
    this.threads = Executors.newFixedThreadPool(clients);
    for (int i = 1; i <= clients; i++) {
      Writer writer = new Writer(i);
      writers.add(writer);
      ends.add(threads.submit(writer::run));
    }
  }

  /** What a client wrote, and was told it had. */
  private final class Writer {
    private final int number;
    private final Connection connection = replicas.cluster.workspace("w1");
    private int acknowledged;

    Writer(int number) throws SQLException {
      this.number = number;
    }

    /** Every error ends it, and the test. */
    int run() throws SQLException {
      try (PreparedStatement insert =
              connection.prepareStatement("INSERT INTO entry VALUES (?, ?)");
          PreparedStatement count =
              connection.prepareStatement("UPDATE counter SET n = n + 1 WHERE client = ?");
          PreparedStatement read =
              connection.prepareStatement("SELECT max(seq) FROM entry WHERE client = ?")) {
        connection.setAutoCommit(false);
        while (!stopped) {
          long began = System.nanoTime();
          write(insert, count);
          connection.commit();
          acknowledged++;
          ended(began);
          began = System.nanoTime();
          readYourWrites(read);
          connection.commit();
          ended(began);
        }
      }
      return acknowledged;
    }

    private void write(PreparedStatement insert, PreparedStatement count) throws SQLException {
      insert.setInt(1, number);
      insert.setInt(2, acknowledged + 1);
      insert.executeUpdate();
      count.setInt(1, number);
      assertThat(count.executeUpdate()).isEqualTo(1);
    }

    private void readYourWrites(PreparedStatement read) throws SQLException {
      read.setInt(1, number);
      try (ResultSet rows = read.executeQuery()) {
        rows.next();
        assertThat(rows.getInt(1)).isEqualTo(acknowledged);
      }
    }
  }

  /** Notes a transaction, and thinks for what is left of its share of a second, twice or not. */
  private void ended(long began) {
    long now = System.nanoTime();
    spans.add(new long[] {began, now});
    count.increment();
    if (rate > 0) {
      long share = ThreadLocalRandom.current().nextLong(2 * TimeUnit.SECONDS.toNanos(1) / rate);
      LockSupport.parkNanos(Math.max(0, began + share - now));
    }
  }

  /** Forgets the transactions so far. */
  void forget() {
    spans.clear();
  }

  /** Nanoseconds of the longest transaction of a span of time; parts outside of it count. */
  long longest(long from, long to) {
    return spans.stream()
        .filter(each -> each[0] < to && each[1] > from)
        .mapToLong(each -> each[1] - each[0])
        .max()
        .orElse(0);
  }

  /** Ends all clients; what each was told that it had written. */
  List<Integer> stop() throws Exception {
    stopped = true;
    List<Integer> acknowledged = new ArrayList<>();
    for (Future<Integer> each : ends) {
      acknowledged.add(each.get(30, TimeUnit.SECONDS));
    }
    end = System.nanoTime();
    return acknowledged;
  }

  /** How many transactions there were. */
  long count() {
    return count.sum();
  }

  /** From the first transaction to the last, once they have ended. */
  Duration lasted() {
    return Duration.ofNanos(end - began);
  }

  @Override
  public void close() throws SQLException {
    stopped = true;
    threads.close();
    for (Writer writer : writers) {
      writer.connection.close();
    }
  }
}
