package dev.trunkline.shard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Statements that differ from real ones by a few tokens. */
final class MutatedSql {
  private static final int MAX_BYTES = 4_000;

  private static final String[] PIECES = {
    "AND",
    "OR",
    "NOT",
    "=",
    "<>",
    "IS NOT DISTINCT FROM",
    "IS TRUE",
    "IS NULL",
    "(",
    ")",
    ",",
    ".",
    "::",
    "::uuid",
    "::text",
    "::uuid[]",
    "->>",
    "||",
    "@>",
    "=~",
    "OPERATOR(pg_catalog.=)",
    "$1",
    "$2",
    "1",
    "'x'",
    "E'\\''",
    "U&'\\0041'",
    "$$x$$",
    "B'1'",
    "N'x'",
    "1.5",
    "NULL",
    "DEFAULT",
    "true",
    "workspace_id",
    "\"workspace_id\"",
    "WORKSPACE_ID",
    "id",
    "t.",
    "task",
    "project",
    "comment",
    "country",
    "other",
    "\"Task\"",
    "only",
    "*",
    "SELECT",
    "FROM",
    "WHERE",
    "HAVING",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "NATURAL",
    "ON",
    "USING",
    "USING (workspace_id)",
    "AS",
    "LATERAL",
    "ANY",
    "ALL",
    "SOME",
    "IN",
    "EXISTS",
    "BETWEEN",
    "SYMMETRIC",
    "LIKE",
    "ESCAPE",
    "COLLATE",
    "AT TIME ZONE",
    "CASE WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST(",
    "ARRAY[",
    "]",
    "[",
    "ROW(",
    "coalesce(",
    "nextval('s')",
    "FILTER (WHERE",
    "OVER (",
    "WITHIN GROUP (",
    "WITH",
    "RECURSIVE",
    "UNION",
    "UNION ALL",
    "INTERSECT",
    "EXCEPT",
    "VALUES",
    "TABLE",
    "INSERT INTO",
    "UPDATE",
    "DELETE FROM",
    "SET",
    "RETURNING",
    "ON CONFLICT DO NOTHING",
    "FOR UPDATE",
    "INTO",
    "OVERRIDING SYSTEM VALUE",
    "TABLESAMPLE system (1)",
    "WITH ORDINALITY",
    "EXPLAIN",
    "EXPLAIN (ANALYZE)",
    "PREPARE p AS",
    "EXECUTE p (",
    "DECLARE c CURSOR FOR",
    "COPY",
    "TO STDOUT",
    "FROM STDIN",
    "MERGE INTO",
    ";",
    "-- c\n",
    "/* c */",
    "+",
    "-",
    "@",
    "!",
    "~",
    "#",
    "=>",
    ":=",
    ":",
    "é",
    "\\",
    "'",
    "\"",
  };

  private final Random random;
  private final RandomSql generated;
  private final List<String> corpus;
  private final SqlLexer lexer = new SqlLexer();

  MutatedSql(Random random, List<String> corpus) {
    this.random = random;
    this.generated = new RandomSql(random, 97);
    this.corpus = corpus;
  }

  String text() {
    String text = any();
    for (int edits = random.nextInt(3); edits > 0; edits--) {
      text = edited(text);
    }
    return text.length() > MAX_BYTES ? text.substring(0, MAX_BYTES) : text;
  }

  private String any() {
    return random.nextInt(3) == 0
        ? generated.statement()
        : corpus.get(random.nextInt(corpus.size()));
  }

  private String edited(String text) {
    List<String> tokens = tokens(text);
    int from = random.nextInt(tokens.size() + 1);
    int to = Math.min(tokens.size(), from + 1 + random.nextInt(4));
    List<String> part = tokens.subList(from, to);
    switch (random.nextInt(9)) {
      case 0 -> part.clear();
      case 1 -> tokens.add(from, piece());
      case 2 -> replace(part, piece());
      case 3 -> replace(part, "(" + String.join(" ", part) + ")");
      case 4 -> replace(part, piece() + " " + String.join(" ", part));
      case 5 -> tokens.addAll(from, some(tokens(any())));
      case 6 -> tokens.addAll(from, List.copyOf(some(tokens)));
      case 7 -> replace(part, String.join(" ", some(tokens(any()))));
      default -> swapped(tokens, from);
    }
    return String.join(random.nextInt(20) == 0 ? "" : " ", tokens);
  }

  private static void replace(List<String> part, String by) {
    part.clear();
    part.add(by);
  }

  private void swapped(List<String> tokens, int at) {
    if (at < tokens.size()) {
      int other = random.nextInt(tokens.size());
      String token = tokens.get(at);
      tokens.set(at, tokens.get(other));
      tokens.set(other, token);
    }
  }

  private String piece() {
    return PIECES[random.nextInt(PIECES.length)];
  }

  private List<String> some(List<String> tokens) {
    int from = random.nextInt(tokens.size() + 1);
    return tokens.subList(from, Math.min(tokens.size(), from + 1 + random.nextInt(8)));
  }

  private List<String> tokens(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    List<String> tokens = new ArrayList<>();
    lexer.reset(bytes, 0, bytes.length, true);
    for (Token token = lexer.next(); token != Token.END; token = lexer.next()) {
      int end = token == Token.BROKEN ? bytes.length : lexer.end();
      tokens.add(new String(bytes, lexer.start(), end - lexer.start(), StandardCharsets.UTF_8));
      if (token == Token.BROKEN) {
        break;
      }
    }
    return tokens;
  }
}
