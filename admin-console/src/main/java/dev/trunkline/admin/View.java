package dev.trunkline.admin;

import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * One declared view. SHOW, RowDescription and SHOW HELP derive from it; nothing else knows its
 * columns.
 *
 * @param <R> the row record
 * @param name what follows SHOW, in lower case
 * @param parameter how SHOW HELP writes its argument, "" if it takes none
 * @param columns in the order sent
 * @param source gets the rows
 */
record View<R>(String name, String parameter, List<Column<R>> columns, Source<R> source) {
  /** Where the rows of a view come from; the argument is "" for views without one. */
  @FunctionalInterface
  interface Source<R> {
    List<R> rows(Inspector inspector, String argument) throws CommandFailed;
  }

  View {
    columns = List.copyOf(columns);
  }

  static <R> View<R> of(String name, Function<Inspector, List<R>> rows, List<Column<R>> columns) {
    return new View<>(name, "", columns, (inspector, argument) -> rows.apply(inspector));
  }

  /** A view of something PgBouncer has and the proxy has none of: its readers find no row. */
  static View<Void> empty(String name, List<Column<Void>> columns) {
    return of(name, inspector -> List.of(), columns);
  }

  /** A view of one row with one text, which may be null. */
  static View<String> single(String name, Function<Inspector, String> value) {
    return of(
        name,
        inspector -> Collections.singletonList(value.apply(inspector)),
        List.of(Column.text(name, text -> text)));
  }

  boolean takesArgument() {
    return !parameter.isEmpty();
  }

  Answer.Table show(Inspector inspector, String argument, String tag) throws CommandFailed {
    List<Object[]> cells = source.rows(inspector, argument).stream().map(this::cells).toList();
    return new Answer.Table(columns, cells, tag);
  }

  private Object[] cells(R row) {
    return columns.stream().map(column -> column.value().apply(row)).toArray();
  }
}
