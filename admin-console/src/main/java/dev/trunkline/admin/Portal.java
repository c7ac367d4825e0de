package dev.trunkline.admin;

import dev.trunkline.wire.Backend;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * A command bound to result formats, and its answer as far as it was fetched. The simple protocol
 * is one portal with all columns as text.
 */
final class Portal {
  static final short[] ALL_TEXT = {};

  private final Command command;
  private final short[] formats;
  private Answer answer;
  private boolean completed;
  private int sent;

  /**
   * Binds a command.
   *
   * @param formats none for all text, one for all columns, or one each
   * @throws CommandFailed a format that does not exist, or a wrong number of them
   */
  Portal(Command command, short[] formats) throws CommandFailed {
    this.command = command;
    this.formats = formats;
    checkFormats();
  }

  /** RowDescription, or NoData. */
  void describe(ByteBuf out) {
    describe(command.columns(), formats, out);
  }

  /** RowDescription as before any Bind: everything as text. */
  static void describe(Command command, ByteBuf out) {
    describe(command.columns(), ALL_TEXT, out);
  }

  /**
   * Runs the command, unless that was done before.
   *
   * @return false if no answer will follow, not even to other messages
   */
  boolean run(CommandRunner runner) throws CommandFailed {
    if (answer == null) {
      answer = runner.run(command);
    }
    return !(answer instanceof Answer.Silence);
  }

  /** RowDescription if there are rows; else nothing, as the simple protocol wants it. */
  void describeRows(ByteBuf out) {
    if (answer instanceof Answer.Table table) {
      describe(table.columns(), formats, out);
    }
  }

  /**
   * Sends the answer, or goes on with its rows.
   *
   * @param maxRows at most so many rows; 0 or less for all
   */
  void fetch(int maxRows, ByteBuf out) throws CommandFailed {
    switch (answer) {
      case Answer.Empty() -> Backend.emptyQueryResponse(out);
      case Answer.Silence() -> {}
      case Answer.Done done -> complete(done, out);
      case Answer.Table table -> rows(table, maxRows, out);
    }
  }

  private void complete(Answer.Done done, ByteBuf out) throws CommandFailed {
    if (completed) {
      throw CommandFailed.of("55000", "portal cannot be run");
    }
    completed = true;
    if (done.notice() != null) {
      Backend.notice(out, done.notice());
    }
    Backend.commandComplete(out, done.tag());
  }

  private void rows(Answer.Table table, int maxRows, ByteBuf out) {
    int left = table.rows().size() - sent;
    int count = maxRows <= 0 ? left : Math.min(maxRows, left);
    for (Object[] row : table.rows().subList(sent, sent + count)) {
      Backend.dataRow(out, encoded(table.columns(), row));
    }
    sent += count;
    if (sent < table.rows().size()) {
      Backend.portalSuspended(out);
    } else {
      Backend.commandComplete(out, table.tag());
    }
  }

  private List<byte[]> encoded(List<? extends Column<?>> columns, Object[] row) {
    List<byte[]> values = new ArrayList<>(row.length);
    for (int i = 0; i < row.length; i++) {
      values.add(columns.get(i).type().encode(row[i], format(formats, i) == Backend.BINARY));
    }
    return values;
  }

  private void checkFormats() throws CommandFailed {
    List<? extends Column<?>> columns = command.columns();
    int width = columns == null ? 0 : columns.size();
    if (formats.length > 1 && formats.length != width) {
      throw CommandFailed.of(
          "08P01",
          "bind message has "
              + formats.length
              + " result formats but query has "
              + width
              + " columns");
    }
    for (short format : formats) {
      if (format != Backend.TEXT && format != Backend.BINARY) {
        throw CommandFailed.of("22023", "unsupported format code: " + format);
      }
    }
  }

  private static void describe(List<? extends Column<?>> columns, short[] formats, ByteBuf out) {
    if (columns == null) {
      Backend.noData(out);
      return;
    }
    List<Backend.Column> described = new ArrayList<>(columns.size());
    for (Column<?> column : columns) {
      ColumnType type = column.type();
      short format = format(formats, described.size());
      described.add(new Backend.Column(column.name(), type.oid, type.size, format));
    }
    Backend.rowDescription(out, described);
  }

  private static short format(short[] formats, int column) {
    return switch (formats.length) {
      case 0 -> Backend.TEXT;
      case 1 -> formats[0];
      default -> formats[column];
    };
  }
}
