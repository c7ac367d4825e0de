package dev.trunkline.shard;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.antlr.v4.runtime.BailErrorStrategy;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.antlr.v4.runtime.misc.ParseCancellationException;
import org.pgcodekeeper.core.parsers.antlr.pg.generated.SQLLexer;
import org.pgcodekeeper.core.parsers.antlr.pg.generated.SQLParser;

/**
 * pgCodeKeeper's grammar of PostgreSQL. It only ever sees canonical text, so it never has to find
 * the end of a string or a comment; and its lexer must cut that text where ours did.
 */
final class PgCodeKeeperGrammar implements SqlGrammar {
  @Override
  public SqlTree.Statement parse(CanonicalText text) {
    try {
      String sql = decode(text);
      CommonTokenStream tokens = tokens(sql);
      int[] literals = literals(sql, tokens.getTokens());
      return new TreeReader(literals).statement(statement(tokens));
    } catch (ParseCancellationException e) {
      throw new Undecidable("the statement", "The statement is not understood.");
    } catch (StackOverflowError e) {
      throw new Undecidable("the statement", "The statement is nested too deep.");
    }
  }

  private static String decode(CanonicalText text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(text.bytes(), 0, text.length());
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new Undecidable("the statement", "The statement is not in UTF-8.");
    }
  }

  private static CommonTokenStream tokens(String sql) {
    SQLLexer lexer = new SQLLexer(CharStreams.fromString(sql));
    lexer.removeErrorListeners();
    lexer.addErrorListener(Refusal.INSTANCE);
    CommonTokenStream tokens = new CommonTokenStream(lexer);
    tokens.fill();
    return tokens;
  }

  /** The number of the literal that each token is, in order of appearance, or -1. */
  private static int[] literals(String sql, List<Token> tokens) {
    int[] numbers = new int[tokens.size()];
    int count = 0;
    int expected = 0;
    for (Token token : tokens) {
      boolean literal = isLiteral(token, sql);
      numbers[token.getTokenIndex()] = literal ? count++ : -1;
      if (token.getType() != Token.EOF && token.getChannel() == Token.DEFAULT_CHANNEL) {
        expected = requireWhole(sql, token, expected);
      }
    }
    return numbers;
  }

  private static boolean isLiteral(Token token, String sql) {
    if (token.getType() == Token.EOF || token.getChannel() != Token.DEFAULT_CHANNEL) {
      return false;
    }
    int first = sql.charAt(token.getStartIndex());
    return first == '0' || first == '\'' || sql.startsWith("B''", token.getStartIndex());
  }

  /** Tokens of the canonical text lie between single spaces; returns where the next one begins. */
  private static int requireWhole(String sql, Token token, int expected) {
    int end = token.getStopIndex() + 1;
    boolean whole = end == sql.length() || sql.charAt(end) == ' ';
    if (token.getStartIndex() != expected || !whole) {
      throw new Undecidable("the statement", "An operator or a name is not understood.");
    }
    return end + 1;
  }

  private static SQLParser.StatementContext statement(CommonTokenStream tokens) {
    SQLParser parser = new SQLParser(tokens);
    parser.removeErrorListeners();
    parser.setErrorHandler(new BailErrorStrategy());
    try {
      return parse(parser, PredictionMode.SLL);
    } catch (ParseCancellationException e) {
      tokens.seek(0);
      parser.reset();
      return parse(parser, PredictionMode.LL);
    }
  }

  private static SQLParser.StatementContext parse(SQLParser parser, PredictionMode mode) {
    parser.getInterpreter().setPredictionMode(mode);
    SQLParser.SqlContext sql = parser.sql();
    if (sql.statement().size() != 1) {
      throw new Undecidable("the statement", "The statement is not understood.");
    }
    return sql.statement(0);
  }
}
