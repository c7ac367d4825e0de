package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever is read in a statement, PostgreSQL's own grammar reads as well: as many statements, of
 * the same kinds, on the same tables, with the same keys. More cases: {@code
 * -Dtrunkline.grammar.cases=5000000}.
 */
class GrammarFuzzTest {
  private static final int CASES = Integer.getInteger("trunkline.grammar.cases", 100_000);
  private static final int BATCH = 1_000;
  private static final String[] PARAMETERS = new String[9];

  static {
    Arrays.fill(PARAMETERS, Shapes.W1);
  }

  private final SqlScanner scanner = new SqlScanner();
  private final CanonicalText text = new CanonicalText();
  private final Map<SqlShape.Kind, Integer> read = new EnumMap<>(SqlShape.Kind.class);
  private final List<String> unsafe = new ArrayList<>();
  private int rejected;

  private static List<String> corpus() {
    List<String> corpus = new ArrayList<>();
    Scans.resource("orm-statements.txt")
        .lines()
        .filter(line -> line.contains(" | ") && !line.startsWith("#"))
        .forEach(line -> corpus.add(line.substring(line.indexOf(" | ") + 3)));
    Scans.resource("grammar-finds.txt").lines().forEach(corpus::add);
    return corpus;
  }

  @Test
  void readsNothingThatPostgreSqlReadsDifferently() throws Exception {
    long seed = Long.getLong("trunkline.grammar.seed", System.nanoTime());
    System.out.println("GrammarFuzzTest seed " + seed);
    MutatedSql texts = new MutatedSql(new Random(seed), corpus());
    try (RealGrammar grammar = RealGrammar.start("keys.js")) {
      for (int i = 0; i < CASES; i += BATCH) {
        compare(grammar, Stream.generate(texts::text).limit(BATCH).toList());
      }
    }
    System.out.println(CASES + " cases, " + rejected + " rejected, the others read as " + read);
    assertThat(unsafe).isEmpty();
    assertThat(read.get(SqlShape.Kind.KEYED)).isGreaterThan(CASES / 5);
  }

  static List<String> finds() {
    return Scans.resource("grammar-finds.txt").lines().toList();
  }

  @ParameterizedTest
  @MethodSource("finds")
  void readsWhatWasFoundAsPostgreSqlDoes(String sql) throws Exception {
    try (RealGrammar grammar = RealGrammar.start("keys.js")) {
      compare(grammar, List.of(sql));
    }
    assertThat(unsafe).isEmpty();
  }

  private void compare(RealGrammar grammar, List<String> batch) throws Exception {
    List<String> answers = grammar.read(batch);
    for (int i = 0; i < batch.size(); i++) {
      compare(batch.get(i), answers.get(i));
    }
  }

  private void compare(String sql, String answer) {
    byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
    scanner.scan(bytes, 0, bytes.length);
    if (scanner.malformed()) {
      return;
    }
    if (answer.equals("REJECT")) {
      // No server runs any of it, wherever it is sent.
      rejected++;
      return;
    }
    String[] statements = answer.isEmpty() ? new String[0] : answer.split("\t", -1);
    if (statements.length != scanner.count()) {
      differs(sql, "has " + statements.length + " statements, not " + scanner.count());
      return;
    }
    for (int i = 0; i < scanner.count(); i++) {
      compare(sql, bytes, i, statements[i].split(" ", -1));
    }
  }

  private void compare(String sql, byte[] bytes, int i, String[] theirs) {
    if (scanner.workspaceFree(i)) {
      boolean touches = Stream.of(theirs).skip(2).anyMatch(each -> each.startsWith("T"));
      expect(!touches, sql, theirs, "free of tables");
      return;
    }
    text.read(bytes, scanner.start(i), scanner.end(i));
    SqlShape shape = ShapeFinder.find(text, Shapes.TABLES);
    read.merge(shape.kind(), 1, Integer::sum);
    boolean says = shape.kind() != SqlShape.Kind.MISS || shape.unkeyed();
    if (!says) {
      return;
    }
    Set<String> sources = ours(shape);
    boolean agrees =
        kindAgrees(scanner.kind(i), theirs[0])
            && answerAgrees(shape, theirs[1].replace("+", ""))
            && (!shape.readOnly() || !theirs[1].endsWith("+"))
            && sourcesAgree(shape, sources, theirs);
    expect(agrees, sql, theirs, scanner.kind(i) + " " + shape + sources);
  }

  private void expect(boolean agrees, String sql, String[] theirs, String ours) {
    if (!agrees) {
      differs(sql, "is " + String.join(" ", theirs) + ", not " + ours);
    }
  }

  private void differs(String sql, String how) {
    if (unsafe.size() < 100) {
      unsafe.add(sql + "\n  " + how);
    }
  }

  private static boolean kindAgrees(StatementKind ours, String theirs) {
    return switch (ours) {
      case SELECT -> theirs.equals("SelectStmt");
      case DML -> theirs.matches("(Select|Insert|Update|Delete)Stmt");
      case COPY -> theirs.equals("CopyStmt");
      case EXPLAIN -> theirs.equals("ExplainStmt");
      case DECLARE -> theirs.equals("DeclareCursorStmt");
      case PREPARE -> theirs.equals("PrepareStmt");
      case EXECUTE -> theirs.equals("ExecuteStmt");
      default -> true;
    };
  }

  private static boolean answerAgrees(SqlShape shape, String theirs) {
    return switch (shape.kind()) {
      // More that is held to a key, or compared with one, is stricter.
      case KEYED -> theirs.matches("KEYED|REFERENCE");
      case MISS -> theirs.matches("KEYED|REFERENCE|UNKEYED");
      case REFERENCE, COPY, EXECUTE -> theirs.equals(shape.kind().name());
    };
  }

  /** Where the keys are, as the other side writes it. */
  private Set<String> ours(SqlShape shape) {
    Set<String> sources = new HashSet<>();
    if (shape.kind() == SqlShape.Kind.COPY) {
      return Set.of("C" + shape.copyColumn());
    }
    for (KeySource source : shape.sources()) {
      String letter = source.kind().array() ? "A" : "L";
      sources.add(
          source.kind().parameter()
              ? (source.kind().array() ? "Q" : "P") + source.number()
              : letter + text.literalStart(source.number()));
    }
    return sources;
  }

  private boolean sourcesAgree(SqlShape shape, Set<String> ours, String[] theirs) {
    KeyAnswer answer = KeyReader.read(shape, text, Shapes.texts(PARAMETERS));
    String workspace = answer instanceof KeyAnswer.Found found ? found.workspace() : null;
    return Stream.of(theirs)
        .skip(2)
        .allMatch(
            each ->
                switch (each.charAt(0)) {
                  case 'T' -> true;
                  case 'F' -> isSafe(value(each.substring(1)));
                  // Without a key it runs where its transaction runs, or not at all: a comparison
                  // that
                  // is not seen leads nowhere else.
                  case 'L', 'A' ->
                      shape.kind() == SqlShape.Kind.MISS || isLiteral(each, ours, workspace);
                  default -> shape.kind() == SqlShape.Kind.MISS || ours.contains(each);
                });
  }

  private static boolean isLiteral(String theirs, Set<String> ours, String workspace) {
    int equal = theirs.indexOf('=');
    String value = value(theirs.substring(equal + 1)).replaceAll("[{}\"-]", "");
    boolean same = workspace == null || workspace.replace("-", "").equalsIgnoreCase(value);
    return ours.contains(theirs.substring(0, equal)) && same;
  }

  private static boolean isSafe(String function) {
    byte[] name = function.getBytes(StandardCharsets.UTF_8);
    return Names.ofQuoted(name, 0, name.length).function()
        || List.of("nextval", "currval", "lastval", "setval").contains(function);
  }

  private static String value(String encoded) {
    return URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
