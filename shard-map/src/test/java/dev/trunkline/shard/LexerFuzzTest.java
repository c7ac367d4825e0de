package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Texts are cut into tokens where PostgreSQL's own scanner cuts them. More cases: {@code
 * -Dtrunkline.lexer.cases=5000000}.
 */
class LexerFuzzTest {
  private static final int CASES = Integer.getInteger("trunkline.lexer.cases", 100_000);
  private static final int BATCH = 1_000;

  /**
   * libpg-query's scanner returns comments, and so, unlike PostgreSQL, does not continue a string
   * behind one.
   */
  private static final Pattern BEHIND_COMMENT = Pattern.compile("'\\s*--");

  private final SqlLexer lexer = new SqlLexer();
  private final List<String> different = new ArrayList<>();
  private int rejected;

  @Test
  void cutsTextsWherePostgreSqlDoes() throws Exception {
    long seed = Long.getLong("trunkline.lexer.seed", System.nanoTime());
    System.out.println("LexerFuzzTest seed " + seed);
    MutatedBytes texts = new MutatedBytes(new Random(seed));
    try (RealGrammar scanner = RealGrammar.start("tokens.js")) {
      for (int i = 0; i < CASES; i += BATCH) {
        List<String> batch = Stream.generate(() -> readable(texts.text())).limit(BATCH).toList();
        List<String> answers = scanner.read(batch);
        for (int at = 0; at < BATCH; at++) {
          compare(batch.get(at), answers.get(at));
        }
      }
    }
    System.out.println(CASES + " cases, " + rejected + " rejected");
    assertThat(different).isEmpty();
    assertThat(rejected).isLessThan(CASES / 2);
  }

  /** A NUL would end the text; what is not UTF-8 would be lost on the way. */
  private static String readable(byte[] text) {
    return new String(text, StandardCharsets.ISO_8859_1).replace('\0', ' ');
  }

  private void compare(String sql, String theirs) {
    String ours = tokens(sql.getBytes(StandardCharsets.UTF_8));
    if (theirs.equals("REJECT")) {
      rejected++;
    } else if (!ours.equals(theirs) && !ours.equals("BROKEN") && !continued(sql)) {
      different.add(sql + "\n  " + theirs + "\n  " + ours);
    }
  }

  private static boolean continued(String sql) {
    return BEHIND_COMMENT.matcher(sql).find();
  }

  private String tokens(byte[] text) {
    StringJoiner tokens = new StringJoiner(" ");
    lexer.reset(text, 0, text.length, true);
    for (Token token = lexer.next(); token != Token.END; token = lexer.next()) {
      if (token == Token.BROKEN) {
        return "BROKEN";
      }
      tokens.add(lexer.start() + "-" + lexer.end() + letter(token));
    }
    return tokens.toString();
  }

  private static char letter(Token token) {
    return switch (token) {
      case STRING, ESCAPE_STRING, DOLLAR_STRING -> 's';
      case PARAMETER -> 'p';
      case NUMBER -> 'n';
      case COMMENT -> 'c';
      default -> 'w';
    };
  }
}
