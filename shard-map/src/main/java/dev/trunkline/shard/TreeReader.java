package dev.trunkline.shard;

import dev.trunkline.shard.SqlTree.Assignment;
import dev.trunkline.shard.SqlTree.Body;
import dev.trunkline.shard.SqlTree.Cte;
import dev.trunkline.shard.SqlTree.Expr;
import dev.trunkline.shard.SqlTree.From;
import dev.trunkline.shard.SqlTree.Item;
import dev.trunkline.shard.SqlTree.JoinKind;
import dev.trunkline.shard.SqlTree.Query;
import dev.trunkline.shard.SqlTree.Statement;
import dev.trunkline.shard.SqlTree.Table;
import dev.trunkline.shard.SqlTree.Verb;
import dev.trunkline.shard.SqlTree.With;
import dev.trunkline.shard.SqlTree.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.tree.ParseTree;
import org.pgcodekeeper.core.parsers.antlr.pg.generated.SQLParser.*;

/** Turns the grammar's statements and queries into a {@link SqlTree}. */
final class TreeReader {
  private final ExprReader exprs;

  TreeReader(int[] literals) {
    this.exprs = new ExprReader(this, literals);
  }

  Statement statement(StatementContext statement) {
    if (statement.data_statement() != null) {
      return data(statement.data_statement());
    }
    Script_statementContext script = statement.script_statement();
    if (script == null || script.script_additional() == null) {
      throw unsupported("the statement");
    }
    return additional(script.script_additional());
  }

  private Statement additional(Script_additionalContext script) {
    if (script.explain_statement() != null) {
      return explain(script.explain_statement().explain_query());
    }
    if (script.declare_statement() != null) {
      return new SqlTree.Wrapped(query(script.declare_statement().select_stmt()));
    }
    if (script.execute_statement() != null) {
      return execute(script.execute_statement());
    }
    Additional_statementContext other = script.additional_statement();
    if (other != null && other.copy_statement() != null) {
      return copy(other.copy_statement());
    }
    if (other != null && other.PREPARE() != null && other.data_statement() != null) {
      return new SqlTree.Prepare(Identifiers.of(other.identifier(0)), data(other.data_statement()));
    }
    throw unsupported("the statement");
  }

  private Statement explain(Explain_queryContext explained) {
    if (explained.data_statement() != null) {
      return new SqlTree.Wrapped(data(explained.data_statement()));
    }
    if (explained.declare_statement() != null) {
      return new SqlTree.Wrapped(query(explained.declare_statement().select_stmt()));
    }
    if (explained.execute_statement() != null) {
      return execute(explained.execute_statement());
    }
    throw unsupported("EXPLAIN");
  }

  private Statement execute(Execute_statementContext execute) {
    return new SqlTree.Execute(Identifiers.of(execute.identifier()), exprs.all(execute.vex()));
  }

  private Statement copy(Copy_statementContext copy) {
    if (copy.copy_from_statement() != null) {
      Copy_from_statementContext from = copy.copy_from_statement();
      if (from.STDIN() == null) {
        throw unsupported("COPY from a file of the server");
      }
      Expr where = from.WHERE() == null ? null : exprs.expr(from.vex());
      return new SqlTree.CopyFrom(
          copied(from.table_cols()),
          columns(from.table_cols()),
          format(from.copy_option_list()),
          where);
    }
    Copy_to_statementContext to = copy.copy_to_statement();
    if (to.STDOUT() == null) {
      throw unsupported("COPY to a file of the server");
    }
    return to.data_statement() == null
        ? new SqlTree.CopyTable(copied(to.table_cols()))
        : new SqlTree.Wrapped(data(to.data_statement()));
  }

  /** The formats with PostgreSQL's usual delimiters; any other option may change how rows end. */
  private static CopyFormat format(Copy_option_listContext options) {
    if (options == null) {
      return CopyFormat.TEXT;
    }
    StringJoiner words = new StringJoiner(" ");
    for (Copy_optionContext option : options.copy_option()) {
      for (int i = 0; i < option.getChildCount(); i++) {
        words.add(option.getChild(i).getText().toLowerCase(Locale.ROOT));
      }
    }
    return switch (words.toString()) {
      case "format text" -> CopyFormat.TEXT;
      case "format csv", "csv" -> CopyFormat.CSV;
      case "format csv header", "header format csv", "format csv header true", "csv header" ->
          CopyFormat.CSV_WITH_HEADER;
      case "format binary", "binary" -> CopyFormat.BINARY;
      default -> throw unsupported("COPY with the options " + words);
    };
  }

  private static Table copied(Table_colsContext table) {
    return Identifiers.table(table.schema_qualified_name(), null, false);
  }

  private static List<String> columns(Table_colsContext table) {
    return table.columns() == null ? null : Identifiers.list(table.columns());
  }

  private Statement data(Data_statementContext data) {
    if (data.select_stmt() != null) {
      return query(data.select_stmt());
    }
    if (data.insert_stmt_for_psql() != null) {
      return insert(data.insert_stmt_for_psql());
    }
    if (data.update_stmt_for_psql() != null) {
      return update(data.update_stmt_for_psql());
    }
    if (data.delete_stmt_for_psql() != null) {
      return delete(data.delete_stmt_for_psql());
    }
    throw unsupported("MERGE");
  }

  private Write insert(Insert_stmt_for_psqlContext insert) {
    Insert_columnsContext list = insert.insert_columns();
    List<String> columns = list == null ? null : Identifiers.plain(list.indirection_identifier());
    Query source = insert.select_stmt() == null ? null : query(insert.select_stmt());
    List<Expr> rest = new ArrayList<>(exprs.returning(insert.returning_select_list_with_alias()));
    List<Assignment> set = List.of();
    if (insert.conflict_object() != null) {
      rest.add(exprs.inside(insert.conflict_object()));
    }
    if (insert.conflict_action() != null) {
      set = assignments(insert.conflict_action().update_set(), rest);
      if (insert.conflict_action().vex() != null) {
        rest.add(exprs.expr(insert.conflict_action().vex()));
      }
    }
    Table target = Identifiers.table(insert.insert_table_name, insert.alias, false);
    With with = with(insert.with_clause());
    return new Write(Verb.INSERT, with, target, columns, source, set, List.of(), null, rest);
  }

  private Write update(Update_stmt_for_psqlContext update) {
    if (update.CURRENT() != null) {
      throw unsupported("WHERE CURRENT OF");
    }
    List<Expr> rest = new ArrayList<>(exprs.returning(update.returning_select_list_with_alias()));
    List<Assignment> set = assignments(update.update_set(), rest);
    Expr where = update.WHERE() == null ? null : exprs.expr(update.vex());
    Table target = Identifiers.table(update.update_table_name, update.alias, false);
    With with = with(update.with_clause());
    return new Write(
        Verb.UPDATE, with, target, null, null, set, froms(update.from_item()), where, rest);
  }

  private Write delete(Delete_stmt_for_psqlContext delete) {
    if (delete.CURRENT() != null) {
      throw unsupported("WHERE CURRENT OF");
    }
    List<Expr> rest = exprs.returning(delete.returning_select_list_with_alias());
    Expr where = delete.WHERE() == null ? null : exprs.expr(delete.vex());
    Table target = Identifiers.table(delete.delete_table_name, delete.alias, false);
    With with = with(delete.with_clause());
    return new Write(
        Verb.DELETE, with, target, null, null, List.of(), froms(delete.from_item()), where, rest);
  }

  /** Assignments in the grammar's two forms; what sub-selects assign goes to the rest. */
  private List<Assignment> assignments(List<Update_setContext> sets, List<Expr> rest) {
    List<Assignment> assignments = new ArrayList<>();
    for (Update_setContext set : sets) {
      List<String> columns = Identifiers.plain(set.column);
      // Where a DEFAULT stands among the values, they do not line up with the columns.
      boolean aligned = set.table_subquery() == null && set.value.size() == columns.size();
      for (int i = 0; i < columns.size(); i++) {
        assignments.add(
            new Assignment(columns.get(i), aligned ? exprs.expr(set.value.get(i)) : null));
      }
      if (!aligned) {
        rest.add(exprs.inside(set));
      }
    }
    return assignments;
  }

  Query query(Select_stmtContext select) {
    return query(select.with_clause(), body(select.select_ops()), select.after_ops());
  }

  Query query(Select_stmt_no_parensContext select) {
    Select_ops_no_parensContext ops = select.select_ops_no_parens();
    return query(select.with_clause(), body(ops), select.after_ops());
  }

  private Query query(With_clauseContext with, Body body, List<After_opsContext> after) {
    List<Expr> tail = new ArrayList<>();
    boolean locks = false;
    for (After_opsContext clause : after) {
      locks |= clause.FOR() != null;
      tail.add(exprs.inside(clause));
    }
    return new Query(with(with), body, tail, locks);
  }

  private With with(With_clauseContext clause) {
    if (clause == null) {
      return With.NONE;
    }
    List<Cte> queries = new ArrayList<>();
    for (With_queryContext query : clause.with_query()) {
      if (query.SEARCH() != null || query.CYCLE() != null) {
        throw unsupported("SEARCH or CYCLE of WITH");
      }
      boolean renamed = !query.column_name.isEmpty();
      queries.add(new Cte(Identifiers.of(query.query_name), renamed, data(query.data_statement())));
    }
    return new With(clause.RECURSIVE() != null, queries);
  }

  private Body body(Select_ops_no_parensContext ops) {
    if (ops.select_ops() == null) {
      return primary(ops.select_primary());
    }
    Body right =
        ops.select_stmt() == null
            ? primary(ops.select_primary())
            : new SqlTree.Nested(query(ops.select_stmt()));
    return new SqlTree.SetOperation(List.of(bare(body(ops.select_ops())), bare(right)));
  }

  private Body body(Select_opsContext ops) {
    if (ops.select_stmt() != null) {
      return new SqlTree.Nested(query(ops.select_stmt()));
    }
    if (ops.select_primary() != null) {
      return primary(ops.select_primary());
    }
    List<Query> branches = new ArrayList<>();
    for (Select_opsContext branch : ops.select_ops()) {
      branches.add(bare(body(branch)));
    }
    return new SqlTree.SetOperation(branches);
  }

  private static Query bare(Body body) {
    return new Query(With.NONE, body, List.of(), false);
  }

  private Body primary(Select_primaryContext select) {
    if (select.values_stmt() != null) {
      List<List<Expr>> rows = new ArrayList<>();
      for (Values_valuesContext row : select.values_stmt().values_values()) {
        rows.add(exprs.row(row));
      }
      return new SqlTree.Values(rows);
    }
    if (select.into_table() != null) {
      throw unsupported("SELECT INTO");
    }
    if (select.TABLE() != null) {
      Table table = Identifiers.table(select.schema_qualified_name(), null, false);
      Item all = new Item(new SqlTree.Star(null), null);
      return new SqlTree.Select(List.of(all), List.of(table), null, List.of());
    }
    return select(select);
  }

  private Body select(Select_primaryContext select) {
    Expr where = null;
    List<Expr> rest = new ArrayList<>();
    for (int i = 0; i < select.getChildCount(); i++) {
      ParseTree child = select.getChild(i);
      if (child instanceof VexContext vex) {
        boolean isWhere = select.WHERE() != null && select.getChild(i - 1) == select.WHERE();
        if (isWhere) {
          where = exprs.expr(vex);
        } else {
          rest.add(exprs.expr(vex));
        }
      } else if (child instanceof Groupby_clauseContext
          || child instanceof Window_definitionContext) {
        rest.add(exprs.inside((ParserRuleContext) child));
      }
    }
    return new SqlTree.Select(
        exprs.items(select.select_list()), froms(select.from_item()), where, rest);
  }

  private List<From> froms(List<From_itemContext> items) {
    List<From> froms = new ArrayList<>(items.size());
    items.forEach(item -> froms.add(from(item)));
    return froms;
  }

  private From from(From_itemContext item) {
    if (item.from_primary() != null) {
      return from(item.from_primary());
    }
    if (item.alias_clause() != null) {
      throw unsupported("an alias of a join");
    }
    if (item.from_item().size() == 1) {
      return from(item.from_item(0));
    }
    List<String> using = item.USING() == null ? null : Identifiers.list(item.names_in_parens());
    Expr on = item.ON() == null ? null : exprs.expr(item.vex());
    From left = from(item.from_item(0));
    From right = from(item.from_item(1));
    return new SqlTree.Join(kind(item), left, right, on, using, item.NATURAL() != null);
  }

  private static JoinKind kind(From_itemContext join) {
    if (join.LEFT() != null) {
      return JoinKind.LEFT;
    }
    if (join.RIGHT() != null) {
      return JoinKind.RIGHT;
    }
    return join.FULL() != null ? JoinKind.FULL : JoinKind.INNER;
  }

  private From from(From_primaryContext from) {
    Alias_clauseContext alias = from.alias_clause();
    boolean renamed = alias != null && !alias.column_alias.isEmpty();
    if (from.schema_qualified_name() != null) {
      if (from.TABLESAMPLE() != null) {
        throw unsupported("TABLESAMPLE");
      }
      return Identifiers.table(
          from.schema_qualified_name(), alias == null ? null : alias.alias, renamed);
    }
    if (from.table_subquery() != null) {
      Query query = query(from.table_subquery().select_stmt());
      return new SqlTree.Derived(
          query, Identifiers.of(alias.alias), from.LATERAL() != null, renamed);
    }
    return new SqlTree.TableFunction(List.of(exprs.inside(from)), functionAlias(from));
  }

  /** A function without an alias goes by its own name. */
  private static String functionAlias(From_primaryContext from) {
    if (from.alias != null) {
      return Identifiers.of(from.alias);
    }
    Function_callContext call = from.function_call();
    if (call == null || call.schema_qualified_name_nontype() == null) {
      throw unsupported("a function in FROM without an alias");
    }
    Schema_qualified_name_nontypeContext name = call.schema_qualified_name_nontype();
    return Identifiers.of(
        name.schema == null ? name.identifier_nontype() : name.identifier_reserved_nontype());
  }

  static Undecidable unsupported(String clause) {
    return new Undecidable(clause, "The key is not looked for in " + clause + ".");
  }
}
