package dev.trunkline.admin;

import dev.trunkline.admin.Row.Counters;
import dev.trunkline.admin.Row.StatsRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** PgBouncer's four statistics views: the same twelve counters under four sets of names. */
final class StatsViews {
  /**
   * One counter and its names.
   *
   * @param total in SHOW STATS after {@code total_}
   * @param average in SHOW STATS after {@code avg_}
   * @param inTotals in SHOW STATS_TOTALS
   * @param inAverages in SHOW STATS_AVERAGES
   * @param inSum in SHOW TOTALS after {@code total_} and {@code avg_}
   */
  private record Counter(
      String total,
      String average,
      String inTotals,
      String inAverages,
      String inSum,
      ToLongFunction<Counters> value) {

    /** Most counters have one name everywhere. */
    static Counter of(String name, ToLongFunction<Counters> value) {
      return new Counter(name, name, name, name, name, value);
    }

    static Counter bytes(
        String total, String average, String rest, String sum, ToLongFunction<Counters> value) {
      return new Counter(total, average, rest, rest, sum, value);
    }

    static Counter message(String name, String inSum, ToLongFunction<Counters> value) {
      return new Counter(name, name, name, "avg_" + name, inSum, value);
    }

    Column<StatsRow> column(String name, Function<StatsRow, Counters> of) {
      return Column.numeric(name, row -> value.applyAsLong(of.apply(row)));
    }
  }

  private static final List<Counter> COUNTERS =
      List.of(
          Counter.of("server_assignment_count", Counters::serverAssignmentCount),
          Counter.of("xact_count", Counters::xactCount),
          Counter.of("query_count", Counters::queryCount),
          Counter.bytes(
              "received", "recv", "bytes_received", "client_bytes", Counters::bytesReceived),
          Counter.bytes("sent", "sent", "bytes_sent", "server_bytes", Counters::bytesSent),
          Counter.of("xact_time", Counters::xactTime),
          Counter.of("query_time", Counters::queryTime),
          Counter.of("wait_time", Counters::waitTime),
          Counter.message(
              "client_parse_count", "ps_client_parse_count", Counters::clientParseCount),
          Counter.message(
              "server_parse_count", "ps_server_parse_count", Counters::serverParseCount),
          Counter.message("bind_count", "ps_bind_count", Counters::bindCount),
          Counter.message("client_login_count", "client_login_count", Counters::clientLoginCount));

  private StatsViews() {}

  static List<View<?>> all() {
    return List.of(stats(), totals(), averages(), sums());
  }

  private static View<StatsRow> stats() {
    List<Column<StatsRow>> columns = new ArrayList<>();
    for (Counter counter : COUNTERS) {
      columns.add(counter.column("total_" + counter.total(), StatsRow::total));
    }
    for (Counter counter : COUNTERS) {
      columns.add(counter.column("avg_" + counter.average(), StatsRow::average));
    }
    return byDatabase("stats", columns);
  }

  private static View<StatsRow> totals() {
    List<Column<StatsRow>> columns = new ArrayList<>();
    for (Counter counter : COUNTERS) {
      columns.add(counter.column(counter.inTotals(), StatsRow::total));
    }
    return byDatabase("stats_totals", columns);
  }

  private static View<StatsRow> averages() {
    List<Column<StatsRow>> columns = new ArrayList<>();
    for (Counter counter : COUNTERS) {
      columns.add(counter.column(counter.inAverages(), StatsRow::average));
    }
    return byDatabase("stats_averages", columns);
  }

  private static View<StatsRow> byDatabase(String name, List<Column<StatsRow>> columns) {
    columns.addFirst(Column.text("database", StatsRow::database));
    return View.of(
        name,
        inspector ->
            inspector.stats().stream().sorted(Comparator.comparing(StatsRow::database)).toList(),
        columns);
  }

  /** One line of SHOW TOTALS. */
  private record Sum(String name, long value) {}

  private static View<Sum> sums() {
    return View.of(
        "totals",
        inspector -> sumLines(inspector.totals()),
        List.of(Column.text("name", Sum::name), Column.numeric("value", Sum::value)));
  }

  private static List<Sum> sumLines(StatsRow row) {
    List<Sum> lines = new ArrayList<>();
    for (Counter counter : COUNTERS) {
      lines.add(new Sum("total_" + counter.inSum(), counter.value().applyAsLong(row.total())));
    }
    for (Counter counter : COUNTERS) {
      lines.add(new Sum("avg_" + counter.inSum(), counter.value().applyAsLong(row.average())));
    }
    return lines;
  }
}
