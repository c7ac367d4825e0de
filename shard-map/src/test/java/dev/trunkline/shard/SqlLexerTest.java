package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlLexerTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '§',
      value = {
        "SELECT a § WORD:SELECT WORD:a",
        "'it''s' § STRING:'it''s'",
        "'a\\' 'b' § STRING:'a\\' STRING:'b'",
        "E'a\\'b' § ESCAPE_STRING:E'a\\'b'",
        "'a'⏎  'b' § STRING:'a'⏎  'b'",
        "'a' -- c⏎ 'b' § STRING:'a' -- c⏎ 'b'",
        "'a' /* c */ ⏎ 'b' § STRING:'a' COMMENT:/* c */ STRING:'b'",
        "E'a'⏎'\\'' § ESCAPE_STRING:E'a'⏎'\\''",
        "b'01' x'ff' § BIT_STRING:b'01' BIT_STRING:x'ff'",
        "B'0''1' § BIT_STRING:B'0' STRING:'1'",
        "N'a' § WORD:N STRING:'a'",
        "U&'\\0041' u&\"b\" § UNICODE_STRING:U&'\\0041' UNICODE_NAME:u&\"b\"",
        "u & 'a' § WORD:u OPERATOR:& STRING:'a'",
        "\"a\"\"b\" § QUOTED_NAME:\"a\"\"b\"",
        "$$a;'b$$ § DOLLAR_STRING:$$a;'b$$",
        "$t$ $$ $u$ $t$ § DOLLAR_STRING:$t$ $$ $u$ $t$",
        "$b$c$a$b$ § DOLLAR_STRING:$b$c$a$b$",
        "a$b$c § WORD:a$b$c",
        "$1$$x$$ § PARAMETER:$1 DOLLAR_STRING:$$x$$",
        "$a § SIGN:$ WORD:a",
        "a--b § WORD:a",
        "a+--b⏎1 § WORD:a OPERATOR:+ NUMBER:1",
        "a*/*b*/c § WORD:a OPERATOR:* COMMENT:/*b*/ WORD:c",
        "/*a/*b*/c*/d § COMMENT:/*a/*b*/c*/ WORD:d",
        "/*/**/*/ § COMMENT:/*/**/*/",
        "a<-1 § WORD:a OPERATOR:< OPERATOR:- NUMBER:1",
        "a@-1 § WORD:a OPERATOR:@- NUMBER:1",
        "a=-+-1 § WORD:a OPERATOR:= OPERATOR:- OPERATOR:+ OPERATOR:- NUMBER:1",
        "a->>'b' § WORD:a OPERATOR:->> STRING:'b'",
        "a::int[1:2] § WORD:a CAST::: WORD:int SIGN:[ NUMBER:1 SIGN:: NUMBER:2 SIGN:]",
        "f(a:=1,b=>2) § WORD:f LEFT:( WORD:a SIGN::= NUMBER:1 COMMA:, WORD:b OPERATOR:=> NUMBER:2"
            + " RIGHT:)",
        "1..2 1.5e-3 .5 1. 1e § NUMBER:1 SIGN:.. NUMBER:2 NUMBER:1.5e-3 NUMBER:.5 NUMBER:1."
            + " NUMBER:1 WORD:e",
        "0xFF 0o17 0b1 1_000 0x § NUMBER:0xFF NUMBER:0o17 NUMBER:0b1 NUMBER:1_000 NUMBER:0 WORD:x",
        "1e'\\''  § NUMBER:1 ESCAPE_STRING:e'\\''",
        "größe.ä § WORD:größe DOT:. WORD:ä",
        "'a § BROKEN",
        "\"a § BROKEN",
        "/* /* */ § BROKEN",
        "$$a$ § BROKEN",
        "E'a\\' § BROKEN",
        "b'0 § BROKEN",
        "U&\"a § BROKEN",
      })
  void cutsTokensWherePostgreSqlDoes(String sql, String expected) {
    assertThat(tokens(Scans.lines(sql), true)).isEqualTo(Scans.lines(expected));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '§',
      value = {
        "'a\\'b' § ESCAPE_STRING:'a\\'b'",
        "n'\\'' § WORD:n ESCAPE_STRING:'\\''",
        "x'\\'  § BIT_STRING:x'\\'",
        "$$\\$$  § DOLLAR_STRING:$$\\$$",
      })
  void letsBackslashesEscapeWhereStringsAreNotStandard(String sql, String expected) {
    assertThat(tokens(sql, false)).isEqualTo(expected);
  }

  private static String tokens(String sql, boolean standard) {
    byte[] text = ("  " + sql + "'").getBytes(StandardCharsets.UTF_8);
    SqlLexer lexer = new SqlLexer();
    lexer.reset(text, 2, text.length - 1, standard);
    StringJoiner tokens = new StringJoiner(" ");
    for (Token token = lexer.next(); token != Token.END; token = lexer.next()) {
      if (token == Token.BROKEN) {
        return "BROKEN";
      }
      int length = lexer.end() - lexer.start();
      tokens.add(token + ":" + new String(text, lexer.start(), length, StandardCharsets.UTF_8));
    }
    return tokens.toString();
  }
}
