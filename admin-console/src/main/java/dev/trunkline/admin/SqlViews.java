package dev.trunkline.admin;

import static dev.trunkline.admin.Column.int8;
import static dev.trunkline.admin.Column.text;

import dev.trunkline.admin.SqlRow.ExplainRow;
import dev.trunkline.admin.SqlRow.FirewallRow;
import dev.trunkline.admin.SqlRow.MissRow;
import dev.trunkline.admin.SqlRow.ShapeRow;
import dev.trunkline.admin.SqlRow.TableRow;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The views of routing by SQL, and EXPLAIN ROUTE, whose argument is a statement as it stands. */
final class SqlViews {
  private static final Pattern EXPLAIN =
      Pattern.compile("\\s*explain\\s+route\\s+(\\S.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final View<ExplainRow> ROUTE =
      new View<>(
          "explain_route",
          "<statement>",
          List.of(
              text("workspace", ExplainRow::workspace),
              text("shard", ExplainRow::shard),
              text("host", ExplainRow::host),
              text("found", ExplainRow::found),
              text("hint", ExplainRow::hint)),
          (inspector, statement) -> List.of(inspector.sql().explain(statement)));

  private SqlViews() {}

  static List<View<?>> all() {
    return List.of(tables(), shapes(), misses(), firewall());
  }

  /** EXPLAIN ROUTE, or null when the text is something else. */
  static Command explain(String text) {
    Matcher explain = EXPLAIN.matcher(text);
    return explain.matches() ? new Command.Show<>(ROUTE, explain.group(1), "EXPLAIN") : null;
  }

  /** A view whose name is two words: SHOW SHARDED TABLES. */
  static View<?> find(Token first, Token second) {
    return second.kind() == Token.Kind.WORD ? Views.find(first.text() + "_" + second.text()) : null;
  }

  private static View<TableRow> tables() {
    return View.of(
        "sharded_tables",
        inspector -> inspector.sql().tables(),
        List.of(
            text("name", TableRow::name),
            text("kind", TableRow::kind),
            text("key_column", TableRow::column),
            text("key_type", TableRow::type)));
  }

  private static View<ShapeRow> shapes() {
    return View.of(
        "shapes",
        inspector -> inspector.sql().shapes(),
        List.of(
            text("shape", ShapeRow::shape),
            text("answer", ShapeRow::answer),
            int8("uses", ShapeRow::uses)));
  }

  private static View<MissRow> misses() {
    return View.of(
        "route_misses",
        inspector -> inspector.sql().misses(),
        List.of(
            text("shape", MissRow::shape),
            int8("refused", MissRow::refused),
            text("table", MissRow::table),
            text("clause", MissRow::clause),
            text("reason", MissRow::reason),
            text("hint", MissRow::hint)));
  }

  private static View<FirewallRow> firewall() {
    return View.of(
        "firewall",
        inspector -> inspector.sql().firewall(),
        List.of(
            text("shape", FirewallRow::shape),
            int8("refused", FirewallRow::refused),
            int8("reported", FirewallRow::reported)));
  }
}
