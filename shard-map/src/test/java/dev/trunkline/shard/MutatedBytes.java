package dev.trunkline.shard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Texts that differ from real ones by a few bytes. */
final class MutatedBytes {
  private final Random random;
  private final List<byte[]> corpus = corpus();

  MutatedBytes(Random random) {
    this.random = random;
  }

  byte[] text() {
    byte[] text = corpus.get(random.nextInt(corpus.size()));
    for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
      text = mutate(text);
    }
    return text;
  }

  private byte[] mutate(byte[] text) {
    int at = random.nextInt(text.length + 1);
    int to = Math.min(text.length, at + random.nextInt(8));
    return switch (random.nextInt(5)) {
      case 0 -> splice(text, at, to, new byte[0]);
      case 1 -> splice(text, at, at, new byte[] {(byte) random.nextInt(256)});
      case 2 -> splice(text, at, at, sign());
      case 3 -> splice(text, at, to, sign());
      default -> splice(text, at, to, part(corpus.get(random.nextInt(corpus.size()))));
    };
  }

  private byte[] sign() {
    String[] signs = {
      "'",
      "\"",
      "$$",
      "$a$",
      "E'",
      "U&'",
      "U&\"",
      "B'",
      "\\",
      ";",
      "--",
      "/*",
      "*/",
      "\n",
      "(",
      ")",
      ",",
      ".",
      "::",
      "+",
      "-",
      "1",
      "0x",
      "_",
      "e",
      "$1",
      " BEGIN ATOMIC ",
      " END ",
      " FROM ",
      " AS ",
      " WITH ",
      "trunkline.",
      " = ",
    };
    return signs[random.nextInt(signs.length)].getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] part(byte[] text) {
    int from = random.nextInt(text.length + 1);
    return Arrays.copyOfRange(text, from, Math.min(text.length, from + random.nextInt(40)));
  }

  private static byte[] splice(byte[] text, int from, int to, byte[] inserted) {
    byte[] result = new byte[text.length - (to - from) + inserted.length];
    System.arraycopy(text, 0, result, 0, from);
    System.arraycopy(inserted, 0, result, from, inserted.length);
    System.arraycopy(text, to, result, from + inserted.length, text.length - to);
    return result;
  }

  private static List<byte[]> corpus() {
    List<String> statements = new ArrayList<>(Scans.introspection());
    statements.removeIf(sql -> sql.length() > 500);
    statements.addAll(
        List.of(
            "SET trunkline.workspace_id = 'a'; SELECT 1 /*workspace_id='a'*/",
            "SELECT set_config('trunkline.workspace_id', $1::text, false); SHOW trunkline.a",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT"
                + " 2; END; SELECT 3",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); DISCARD ALL",
            "SELECT E'\\'', U&'\\0041' UESCAPE '!', B'01', X'1F', $$;$$, $a$ $$ ; $a$, \"a\"\"b\""
                + " -- ;\n"
                + "; SELECT 'a'\n"
                + "'b'",
            "BEGIN; LISTEN x; CREATE TEMP TABLE t AS SELECT 1; PREPARE p AS SELECT"
                + " pg_advisory_lock(1); COMMIT",
            "WITH RECURSIVE a(b) AS (SELECT 1 UNION ALL SELECT b + 1 FROM a), c AS (TABLE a) SELECT"
                + " * FROM a, c",
            "/* a /* b */ ; */ INSERT INTO t VALUES (1, 'a', 1.5e-3, 0xFF, a->>'b', c::text[])"
                + " RETURNING *"));
    List<byte[]> corpus = new ArrayList<>();
    statements.forEach(sql -> corpus.add(sql.getBytes(StandardCharsets.UTF_8)));
    return corpus;
  }
}
