package dev.trunkline.admin;

import static dev.trunkline.admin.Column.int8;
import static dev.trunkline.admin.Column.text;
import static dev.trunkline.admin.Column.time;

import dev.trunkline.admin.Comparer.DarkReadRow;
import dev.trunkline.admin.Comparer.MismatchRow;
import java.util.List;

/** Columns of what the console says of dark reads. */
final class DarkViews {
  static final List<Column<DarkReadRow>> READS =
      List.of(
          text("scope", DarkReadRow::scope),
          text("against", DarkReadRow::against),
          text("by", DarkReadRow::by),
          time("since", DarkReadRow::since),
          text("state", DarkReadRow::state),
          text("sample", DarkReadRow::sample),
          int8("max_rows", DarkReadRow::maxRows),
          text("mode", DarkReadRow::mode),
          int8("eligible", DarkReadRow::eligible),
          int8("sampled", DarkReadRow::sampled),
          int8("skipped", DarkReadRow::skipped),
          text("skipped_by", DarkReadRow::skippedBy),
          int8("queued", DarkReadRow::queued),
          int8("dropped", DarkReadRow::dropped),
          int8("equal", row -> row.counts().equal()),
          int8("lag", row -> row.counts().lag()),
          int8("overwritten", row -> row.counts().overwritten()),
          int8("order_only", row -> row.counts().orderOnly()),
          int8("nondeterministic", row -> row.counts().nondeterministic()),
          int8("mismatch", row -> row.counts().mismatch()),
          int8("error", row -> row.counts().error()),
          int8("timeout", row -> row.counts().timeout()),
          int8("old_p50_us", row -> row.old().p50Micros()),
          int8("old_p99_us", row -> row.old().p99Micros()),
          int8("new_p50_us", row -> row.fresh().p50Micros()),
          int8("new_p99_us", row -> row.fresh().p99Micros()),
          text("last_error", DarkReadRow::lastError));

  static final List<Column<MismatchRow>> MISMATCHES =
      List.of(
          time("at", MismatchRow::at),
          text("scope", MismatchRow::scope),
          text("against", MismatchRow::against),
          text("workspace", MismatchRow::workspace),
          text("fingerprint", MismatchRow::fingerprint),
          text("statement", MismatchRow::statement),
          text("keys", MismatchRow::keys),
          text("columns", MismatchRow::columns),
          int8("old_rows", MismatchRow::oldRows),
          int8("new_rows", MismatchRow::newRows),
          text("old_digest", MismatchRow::oldDigest),
          text("new_digest", MismatchRow::newDigest),
          text("old_values", MismatchRow::oldValues),
          text("new_values", MismatchRow::newValues));

  private DarkViews() {}
}
