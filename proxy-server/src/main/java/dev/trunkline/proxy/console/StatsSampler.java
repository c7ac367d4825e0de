package dev.trunkline.proxy.console;

import dev.trunkline.admin.Row;
import dev.trunkline.admin.Row.StatsRow;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.metrics.Counters;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.pool.Pool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sums the counters of the pools by database, and works out averages as PgBouncer does: over one to
 * two {@code stats_period}s up to now. Safe from any thread.
 */
public final class StatsSampler {
  /** Of a database that nobody has used. */
  private static final Counters NOTHING = new Counters();

  /** The sums at one moment. */
  private record Sample(long nanos, Map<String, Counters> databases) {
    Counters of(String database) {
      return databases.getOrDefault(database, NOTHING);
    }
  }

  private final ProxyControl control;
  private Sample older;
  private Sample newer;

  public StatsSampler(ProxyControl control) {
    this.control = control;
    this.older = new Sample(System.nanoTime(), Map.of());
    this.newer = older;
  }

  /** To be called often, from one thread: takes a sample when a period is over. */
  public void tick() {
    long period = control.config().settings().get(Keys.STATS_PERIOD).toNanos();
    if (System.nanoTime() - began() >= period) {
      Sample now = sample();
      Sample before = shift(now);
      if (control.config().settings().get(Keys.LOG_STATS)) {
        Log.log(line(before, now));
      }
    }
  }

  private synchronized long began() {
    return newer.nanos();
  }

  private synchronized Sample shift(Sample now) {
    older = newer;
    newer = now;
    return older;
  }

  private synchronized Sample older() {
    return older;
  }

  private Sample sample() {
    Map<String, Counters> sums = new HashMap<>();
    control.directory().pools().gone().forEach((name, counters) -> add(sums, name, counters));
    for (Pool pool : control.directory().pools().all()) {
      add(sums, pool.key().database(), pool.total());
    }
    control
        .admission()
        .logins()
        .forEach((name, count) -> sums.computeIfAbsent(name, n -> new Counters()).logins += count);
    return new Sample(System.nanoTime(), sums);
  }

  private static void add(Map<String, Counters> sums, String database, Counters more) {
    sums.computeIfAbsent(database, name -> new Counters()).add(more);
  }

  private static Counters sum(Sample sample) {
    Counters sum = new Counters();
    sample.databases().values().forEach(sum::add);
    return sum;
  }

  /** SHOW STATS: the given databases, and those that have figures. */
  List<StatsRow> rows(Set<String> databases) {
    Sample now = sample();
    Sample before = older();
    databases.addAll(now.databases().keySet());
    List<StatsRow> rows = new ArrayList<>();
    for (String name : databases) {
      rows.add(row(name, now.of(name), before.of(name), now.nanos() - before.nanos()));
    }
    return rows;
  }

  /** SHOW TOTALS. */
  StatsRow totals() {
    Sample now = sample();
    Sample before = older();
    return row("", sum(now), sum(before), now.nanos() - before.nanos());
  }

  private static StatsRow row(String name, Counters now, Counters before, long nanos) {
    return new StatsRow(name, totals(now), averages(now, before, nanos));
  }

  private static Row.Counters totals(Counters of) {
    return new Row.Counters(
        of.assignments,
        of.transactions,
        of.queries,
        of.bytesReceived,
        of.bytesSent,
        of.transactionMicros,
        of.queryMicros,
        of.waitMicros,
        of.clientParses,
        of.serverParses,
        of.binds,
        of.logins);
  }

  private static Row.Counters averages(Counters now, Counters before, long nanos) {
    double seconds = Math.max(nanos, 1) / 1e9;
    long assignments = now.assignments - before.assignments;
    long transactions = now.transactions - before.transactions;
    long queries = now.queries - before.queries;
    return new Row.Counters(
        rate(assignments, seconds),
        rate(transactions, seconds),
        rate(queries, seconds),
        rate(now.bytesReceived - before.bytesReceived, seconds),
        rate(now.bytesSent - before.bytesSent, seconds),
        each(now.transactionMicros - before.transactionMicros, transactions),
        each(now.queryMicros - before.queryMicros, queries),
        each(now.waitMicros - before.waitMicros, assignments),
        rate(now.clientParses - before.clientParses, seconds),
        rate(now.serverParses - before.serverParses, seconds),
        rate(now.binds - before.binds, seconds),
        rate(now.logins - before.logins, seconds));
  }

  private static long rate(long count, double seconds) {
    return (long) (Math.max(count, 0) / seconds);
  }

  private static long each(long micros, long count) {
    return count <= 0 ? 0 : Math.max(micros, 0) / count;
  }

  /** PgBouncer's line, word for word. */
  private static String line(Sample before, Sample now) {
    Row.Counters all = averages(sum(now), sum(before), now.nanos() - before.nanos());
    return "stats: %d xacts/s, %d queries/s, %d client parses/s, %d server parses/s, %d binds/s,"
        .concat(" %d client logins/s, in %d B/s, out %d B/s, xact %d us, query %d us,")
        .concat(" wait %d us")
        .formatted(
            all.xactCount(),
            all.queryCount(),
            all.clientParseCount(),
            all.serverParseCount(),
            all.bindCount(),
            all.clientLoginCount(),
            all.bytesReceived(),
            all.bytesSent(),
            all.xactTime(),
            all.queryTime(),
            all.waitTime());
  }
}
