package dev.trunkline.admin;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * One declared column of a view: its name, its type and how to read it from a row.
 *
 * @param <R> the row record
 * @param value gives null, or what {@link ColumnType#encode} takes for the type
 */
record Column<R>(String name, ColumnType type, Function<R, Object> value) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  static <R> Column<R> text(String name, Function<R, String> value) {
    return new Column<>(name, ColumnType.TEXT, value::apply);
  }

  /** PgBouncer's booleans are 0 and 1. */
  static <R> Column<R> flag(String name, Predicate<R> value) {
    return int4(name, row -> value.test(row) ? 1 : 0);
  }

  static <R> Column<R> yesNo(String name, Predicate<R> value) {
    return text(name, row -> value.test(row) ? "yes" : "no");
  }

  /** Saturates: PgBouncer's int4 columns can be too narrow, and a wrapped number helps nobody. */
  static <R> Column<R> int4(String name, ToLongFunction<R> value) {
    return new Column<>(name, ColumnType.INT4, row -> saturated(value.applyAsLong(row)));
  }

  static <R> Column<R> nullableInt4(String name, Function<R, Long> value) {
    return new Column<>(
        name,
        ColumnType.INT4,
        row -> {
          Long number = value.apply(row);
          return number == null ? null : saturated(number);
        });
  }

  static <R> Column<R> int8(String name, ToLongFunction<R> value) {
    return new Column<>(name, ColumnType.INT8, value::applyAsLong);
  }

  static <R> Column<R> numeric(String name, ToLongFunction<R> value) {
    return new Column<>(name, ColumnType.NUMERIC, value::applyAsLong);
  }

  /** PgBouncer sends times as text. */
  static <R> Column<R> time(String name, Function<R, Instant> value) {
    return text(
        name,
        row -> {
          Instant time = value.apply(row);
          return time == null ? null : TIME.format(time);
        });
  }

  /** The same column for a record that contains the row. */
  <S> Column<S> in(Function<S, R> part) {
    return new Column<>(name, type, row -> value.apply(part.apply(row)));
  }

  private static Long saturated(long number) {
    return Math.clamp(number, Integer.MIN_VALUE, (long) Integer.MAX_VALUE);
  }
}
