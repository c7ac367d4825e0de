package dev.trunkline.shard;

import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.CharStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.misc.Interval;
import org.pgcodekeeper.core.parsers.antlr.pg.generated.SQLParser.*;

/** Reads names out of the grammar's tree as PostgreSQL stores them. */
final class Identifiers {
  private Identifiers() {}

  /** A name, whose text is taken from the input: the grammar's own has lost its quotes. */
  static String of(ParserRuleContext name) {
    String text = text(name);
    return text.startsWith("\"")
        ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
        : folded(text);
  }

  /** The name of a type, without spaces; one with quotes is nobody's but the user's. */
  static String type(ParserRuleContext type) {
    return folded(text(type)).replace(" ", "");
  }

  private static String text(ParserRuleContext name) {
    CharStream input = name.getStart().getInputStream();
    return input.getText(
        Interval.of(name.getStart().getStartIndex(), name.getStop().getStopIndex()));
  }

  private static String folded(String text) {
    StringBuilder folded = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      folded.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
    }
    return folded.toString();
  }

  /**
   * @param alias null when there is none
   */
  static SqlTree.Table table(
      Schema_qualified_nameContext name, ParserRuleContext alias, boolean renamed) {
    List<ParserRuleContext> parts = parts(name);
    String table = of(parts.getLast());
    String schema = parts.size() == 1 ? null : of(parts.get(parts.size() - 2));
    return new SqlTree.Table(schema, table, alias == null ? table : of(alias), renamed);
  }

  private static List<ParserRuleContext> parts(Schema_qualified_nameContext name) {
    List<ParserRuleContext> parts = new ArrayList<>();
    parts.add(name.identifier());
    parts.addAll(name.identifier_reserved());
    return parts;
  }

  /** Plain names of columns; an element of one is none. */
  static List<String> plain(List<Indirection_identifierContext> columns) {
    List<String> names = new ArrayList<>(columns.size());
    for (Indirection_identifierContext column : columns) {
      // A part of a column is not the key, and the key has no parts.
      names.add(of(column.identifier()));
    }
    return names;
  }

  static List<String> list(Names_in_parensContext list) {
    List<String> names = new ArrayList<>();
    for (Schema_qualified_nameContext name : list.names_references().schema_qualified_name()) {
      names.add(of(parts(name).getLast()));
    }
    return names;
  }

  static List<String> list(ColumnsContext list) {
    List<String> names = new ArrayList<>();
    list.identifier().forEach(name -> names.add(of(name)));
    return names;
  }
}
