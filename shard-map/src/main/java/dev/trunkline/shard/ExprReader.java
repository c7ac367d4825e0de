package dev.trunkline.shard;

import dev.trunkline.shard.SqlTree.Expr;
import dev.trunkline.shard.SqlTree.Item;
import dev.trunkline.shard.SqlTree.Other;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.tree.ParseTree;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.pgcodekeeper.core.parsers.antlr.pg.generated.SQLParser;
import org.pgcodekeeper.core.parsers.antlr.pg.generated.SQLParser.*;

/**
 * Turns the grammar's expressions into those of {@link SqlTree}. What is not one of the few forms
 * that say something about a key becomes {@link Other}, which never does.
 */
final class ExprReader {
  private static final Expr NOTHING = new Other(List.of());

  private final TreeReader queries;
  private final int[] literals;

  ExprReader(TreeReader queries, int[] literals) {
    this.queries = queries;
    this.literals = literals;
  }

  List<Expr> all(List<? extends ParserRuleContext> expressions) {
    List<Expr> exprs = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> exprs.add(read(expression)));
    return exprs;
  }

  Expr expr(VexContext vex) {
    return switch (vex.getChildCount()) {
      case 1 -> read(vex.getChild(0));
      case 3 -> three(vex);
      default -> longer(vex);
    };
  }

  /** {@code (a)}, {@code a::type} and the binary operators. */
  private Expr three(VexContext vex) {
    ParseTree right = vex.getChild(2);
    return switch (terminal(vex.getChild(1))) {
      case SQLParser.AND -> conjunction(vex);
      case SQLParser.EQUAL -> equal(vex);
      case SQLParser.CAST_EXPRESSION -> cast(read(vex.getChild(0)), (Data_typeContext) right);
      default -> {
        boolean bracketed = terminal(vex.getChild(0)) == SQLParser.LEFT_PAREN;
        yield bracketed ? read(vex.getChild(1)) : inside(vex);
      }
    };
  }

  /** A chain of ANDs leans to the left; it may be thousands long. */
  private Expr conjunction(VexContext vex) {
    List<Expr> conjuncts = new ArrayList<>();
    ParseTree at = vex;
    while (at instanceof VexContext and
        && and.getChildCount() == 3
        && terminal(and.getChild(1)) == SQLParser.AND) {
      conjuncts.add(read(and.getChild(2)));
      at = and.getChild(0);
    }
    conjuncts.add(read(at));
    return new SqlTree.And(conjuncts.reversed());
  }

  private Expr equal(VexContext vex) {
    Expr left = read(vex.getChild(0));
    Comparison_modContext any = comparison(vex.vex(1));
    if (any == null) {
      return new SqlTree.Equal(left, read(vex.getChild(2)));
    }
    return any.ALL() == null && any.vex() != null
        ? new SqlTree.Any(left, read(any.vex()))
        : new Other(List.of(left, inside(any)));
  }

  private static Comparison_modContext comparison(VexContext vex) {
    boolean primary = vex.getChildCount() == 1 && vex.value_expression_primary() != null;
    return primary ? vex.value_expression_primary().comparison_mod() : null;
  }

  /** Rows and IN. */
  private Expr longer(VexContext vex) {
    if (terminal(vex.getChild(1)) == SQLParser.IN && vex.select_stmt_no_parens() == null) {
      List<Expr> items = all(vex.vex().subList(1, vex.vex().size()));
      return new SqlTree.In(read(vex.getChild(0)), items);
    }
    boolean row =
        terminal(vex.getChild(0)) == SQLParser.LEFT_PAREN
            && terminal(vex.getChild(2)) == SQLParser.COMMA
            && vex.getChild(vex.getChildCount() - 1) == vex.RIGHT_PAREN();
    return row ? new SqlTree.Row(all(vex.vex())) : inside(vex);
  }

  private static int terminal(ParseTree node) {
    return node instanceof TerminalNode terminal ? terminal.getSymbol().getType() : -1;
  }

  /** What stands in brackets behind a type's name are expressions, too. */
  private Expr cast(Expr value, Data_typeContext type) {
    Expr modifiers = inside(type);
    boolean plain =
        value instanceof SqlTree.Constant constant
            && constant.type() == null
            && modifiers == NOTHING;
    return plain
        ? typed((SqlTree.Constant) value, Identifiers.type(type))
        : new Other(List.of(value, modifiers));
  }

  private static Expr typed(SqlTree.Constant constant, String type) {
    return new SqlTree.Constant(constant.kind(), constant.number(), type, constant.token());
  }

  private Expr read(ParseTree node) {
    return switch (node) {
      case VexContext vex -> expr(vex);
      case Value_expression_primaryContext primary -> primary(primary);
      case Select_stmtContext select -> new SqlTree.SubQuery(queries.query(select));
      case Select_stmt_no_parensContext select -> new SqlTree.SubQuery(queries.query(select));
      case Function_callContext call -> call(call);
      case ParserRuleContext other -> inside(other);
      default -> NOTHING;
    };
  }

  /** All expressions somewhere inside. */
  Expr inside(ParserRuleContext node) {
    List<Expr> parts = new ArrayList<>();
    for (int i = 0; i < node.getChildCount(); i++) {
      Expr part = read(node.getChild(i));
      if (part != NOTHING) {
        parts.add(part);
      }
    }
    return parts.isEmpty() ? NOTHING : new Other(parts);
  }

  private Expr primary(Value_expression_primaryContext primary) {
    if (primary.getChildCount() != 1) {
      return inside(primary);
    }
    return switch (primary.getChild(0)) {
      case Expr_constContext constant -> constant(constant);
      case Indirection_varContext name -> name(name);
      case Type_coercionContext typed when typed.data_type() != null -> coercion(typed);
      case Comparison_modContext any -> quantified(primary, any);
      case Array_expressionContext array when array.array_elements() != null ->
          array(array.array_elements());
      case TerminalNode star when star.getSymbol().getType() == SQLParser.MULTIPLY ->
          new SqlTree.Star(null);
      case ParseTree other -> read(other);
    };
  }

  /**
   * ANY or ALL. PostgreSQL takes the comparison together before anything behind the bracket, this
   * grammar after it.
   */
  private Expr quantified(ParserRuleContext primary, Comparison_modContext any) {
    ParserRuleContext operand = primary.getParent();
    ParserRuleContext comparison = operand.getParent();
    if (comparison == null || comparison.getChild(comparison.getChildCount() - 1) != operand) {
      throw TreeReader.unsupported("what follows ANY or ALL");
    }
    return inside(any);
  }

  private Expr constant(Expr_constContext constant) {
    boolean readable = constant.iconst() != null || constant.sconst() != null;
    return readable ? literal(constant, null) : NOTHING;
  }

  private Expr coercion(Type_coercionContext typed) {
    return literal(typed.sconst(), Identifiers.type(typed.data_type()));
  }

  private Expr literal(ParserRuleContext constant, String type) {
    int token = constant.getStart().getTokenIndex();
    int number = literals[token];
    boolean bits = constant.getStart().getText().startsWith("B");
    return number < 0 || bits
        ? NOTHING
        : new SqlTree.Constant(KeySource.Kind.LITERAL, number, type, token);
  }

  private Expr array(Array_elementsContext array) {
    return array.array_elements().isEmpty() ? new SqlTree.ArrayOf(all(array.vex())) : inside(array);
  }

  private Expr name(Indirection_varContext name) {
    Indirection_listContext rest = name.indirection_list();
    if (name.dollar_number() != null && rest == null) {
      return parameter(name.dollar_number());
    }
    if (rest != null && rest.MULTIPLY() != null) {
      boolean table = name.dollar_number() == null && rest.indirection().isEmpty();
      return new SqlTree.Star(table ? Identifiers.of(name.identifier()) : SqlTree.Star.OF_A_ROW);
    }
    if (name.dollar_number() != null) {
      return inside(name);
    }
    String first = Identifiers.of(name.identifier());
    if (rest == null) {
      return new SqlTree.Column(null, first);
    }
    return rest.indirection().size() == 1 && rest.indirection(0).col_label() != null
        ? new SqlTree.Column(first, Identifiers.of(rest.indirection(0).col_label()))
        : inside(name);
  }

  /** The protocol has 65535 parameters. */
  private static Expr parameter(ParserRuleContext dollar) {
    String text = dollar.getText();
    if (text.length() > 6) {
      return NOTHING;
    }
    int number = Integer.parseInt(text, 1, text.length(), 10);
    return number == 0 || number > 0xffff
        ? NOTHING
        : new SqlTree.Constant(
            KeySource.Kind.PARAMETER, number, null, dollar.getStart().getTokenIndex());
  }

  private Expr call(Function_callContext call) {
    Schema_qualified_name_nontypeContext name = call.schema_qualified_name_nontype();
    if (name == null) {
      Cast_specificationContext cast =
          call.system_function() == null ? null : call.system_function().cast_specification();
      return cast == null || cast.TREAT() != null
          ? inside(call)
          : cast(expr(cast.vex()), cast.data_type());
    }
    List<Expr> parts = List.of(inside(call));
    if (name.schema == null) {
      return new SqlTree.Call(null, Identifiers.of(name.identifier_nontype()), parts);
    }
    String function = Identifiers.of(name.identifier_reserved_nontype());
    return new SqlTree.Call(Identifiers.of(name.schema), function, parts);
  }

  List<Item> items(Select_listContext list) {
    List<Item> items = new ArrayList<>();
    if (list != null) {
      for (Select_sublistContext item : list.select_sublist()) {
        Expr value = expr(item.vex());
        items.add(new Item(value, itemName(item, value)));
      }
    }
    return items;
  }

  private static String itemName(Select_sublistContext item, Expr value) {
    if (item.col_label() != null) {
      return Identifiers.of(item.col_label());
    }
    if (item.bare_col_label() != null) {
      return Identifiers.of(item.bare_col_label());
    }
    return value instanceof SqlTree.Column column ? column.name() : null;
  }

  List<Expr> returning(Returning_select_list_with_aliasContext returning) {
    return returning == null ? List.of() : List.of(inside(returning));
  }

  /** One row of VALUES; DEFAULT is no constant. */
  List<Expr> row(Values_valuesContext row) {
    List<Expr> fields = new ArrayList<>();
    for (int i = 0; i < row.getChildCount(); i++) {
      ParseTree child = row.getChild(i);
      if (child instanceof VexContext || terminal(child) == SQLParser.DEFAULT) {
        fields.add(read(child));
      }
    }
    return fields;
  }
}
