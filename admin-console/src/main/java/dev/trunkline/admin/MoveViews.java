package dev.trunkline.admin;

import static dev.trunkline.admin.Column.int8;
import static dev.trunkline.admin.Column.text;
import static dev.trunkline.admin.Column.time;

import dev.trunkline.admin.Mover.HistoryRow;
import dev.trunkline.admin.Mover.MapEntryRow;
import dev.trunkline.admin.Mover.PauseRow;
import dev.trunkline.admin.Mover.StepRow;
import dev.trunkline.admin.Mover.SwapRow;
import java.util.List;

/** Columns of what the console says of pauses, swaps and the map's past. */
final class MoveViews {
  static final List<Column<StepRow>> STEPS =
      List.of(
          text("step", StepRow::step),
          text("result", StepRow::result),
          int8("us", StepRow::micros),
          text("detail", StepRow::detail));

  static final List<Column<PauseRow>> PAUSES =
      List.of(
          text("scope", PauseRow::scope),
          int8("cl_waiting", PauseRow::waiting),
          int8("held_us", PauseRow::heldMicros),
          int8("cl_running", PauseRow::running));

  static final List<Column<SwapRow>> SWAPS =
      List.of(
          int8("id", SwapRow::id),
          time("at", SwapRow::at),
          text("who", SwapRow::who),
          text("change", SwapRow::change),
          text("outcome", SwapRow::outcome),
          int8("waited", SwapRow::waited),
          int8("longest_us", SwapRow::longestMicros),
          int8("p50_us", SwapRow::p50Micros),
          int8("p99_us", SwapRow::p99Micros),
          int8("errors", SwapRow::errors),
          int8("cancelled", SwapRow::cancelled),
          text("steps", SwapRow::steps),
          text("detail", SwapRow::detail));

  static final List<Column<HistoryRow>> HISTORY =
      List.of(
          int8("version", HistoryRow::version),
          time("at", HistoryRow::at),
          text("who", HistoryRow::who),
          text("kind", HistoryRow::kind),
          text("subject", HistoryRow::subject),
          text("before", HistoryRow::before),
          text("after", HistoryRow::after),
          text("why", HistoryRow::why));

  static final List<Column<MapEntryRow>> AS_OF =
      List.of(
          text("kind", MapEntryRow::kind),
          text("subject", MapEntryRow::subject),
          text("value", MapEntryRow::value));

  private MoveViews() {}

  static <R> Answer.Table table(List<Column<R>> columns, List<R> rows, String tag) {
    List<Object[]> cells = rows.stream().map(row -> cells(columns, row)).toList();
    return new Answer.Table(columns, cells, tag);
  }

  private static <R> Object[] cells(List<Column<R>> columns, R row) {
    return columns.stream().map(column -> column.value().apply(row)).toArray();
  }
}
