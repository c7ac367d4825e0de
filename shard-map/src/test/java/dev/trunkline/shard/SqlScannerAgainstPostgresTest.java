package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScannerAgainstPostgresTest {
  private static final int TEXTS = 10_000;
  private static final String[] STATEMENTS = {
    "SELECT 1",
    "",
    "SELECT ';'",
    "SELECT E'a\\';'",
    "SELECT 'a\\'",
    "SELECT 'a'\n ';b'",
    "SELECT 'a' -- ';\n ';b'",
    "SELECT \";\" FROM (SELECT 1 AS \";\") a",
    "SELECT U&'\\003b;' UESCAPE '!'",
    "SELECT B'01', X'1F', 1.5e-3, 0xFF, .5, 1_000",
    "SELECT $$;$$, $a$ $$ ; $b$ $a$",
    "SELECT 1 /* ; /* ; */ ; */",
    "SELECT 1 -- ;\n",
    "SELECT 1 AS a$b, 2 AS ä, 3 AS end, 1 AS begin",
    "SELECT 2*-1, 2/*;*/-1, 3--;\n",
    "SELECT begin atomic FROM (SELECT 1 AS begin) a",
    "SELECT CASE WHEN true THEN (1) END",
    "CREATE OR REPLACE FUNCTION pg_temp.f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN"
        + " true THEN 1 END; END",
    "CREATE OR REPLACE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql AS $$SELECT 1; SELECT 2;$$",
    "CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
    "SHOW search_path",
  };
  private static final String[] SIGNS = {
    "'",
    "''",
    "\"",
    "$",
    "$$",
    "$a$",
    "E'",
    "e",
    "U&'",
    "N'",
    "x'",
    "B'",
    "\\",
    "\\'",
    ";",
    "; SELECT 1",
    "--",
    "/*",
    "*/",
    "\n",
    "(",
    ")",
    " ",
    "+",
    "-",
    "*",
    "/",
    "@",
    "1",
    "_",
    " END ",
    ":",
    ".",
  };

  private static EmbeddedPostgres postgres;

  @BeforeAll
  static void start() throws IOException {
    postgres = EmbeddedPostgres.builder().start();
  }

  @AfterAll
  static void stop() throws IOException {
    postgres.close();
  }

  @Test
  void knowsTheNamesOfTheNewestCatalog() throws SQLException {
    StringBuilder names = new StringBuilder();
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(Scans.resource("postgresql-names.sql"))) {
      while (rows.next()) {
        names.append(rows.getString(1)).append('\n');
      }
    }
    assertThat(names).hasToString(Scans.resource("postgresql-names.txt"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void countsAsManyStatementsAsTheServer(boolean standard) throws IOException {
    Random random = seeded();
    SqlScanner scanner = new SqlScanner();
    int compared = 0;
    try (RawConnection connection = connect(standard)) {
      for (int i = 0; i < TEXTS; i++) {
        byte[] text = text(random).getBytes(StandardCharsets.UTF_8);
        RawConnection.Answer answer = connection.query(text);
        if (answer.error() != null) {
          // The text may have begun a transaction, which would fail all that follows.
          connection.query("ROLLBACK".getBytes(StandardCharsets.UTF_8));
        } else {
          scanner.scan(text, 0, text.length, standard);
          String shown = new String(text, StandardCharsets.UTF_8);
          assertThat(scanner.malformed()).as(shown).isFalse();
          assertThat(scanner.count()).as(shown).isEqualTo(answer.commands());
          compared++;
        }
      }
    }
    System.out.println("compared " + compared + " of " + TEXTS);
    assertThat(compared).isGreaterThan(TEXTS / 10);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void readsTheValueOfAStringAsTheServerDoes(boolean standard) throws IOException {
    Random random = seeded();
    SqlScanner scanner = new SqlScanner();
    int compared = 0;
    try (RawConnection connection = connect(standard)) {
      for (int i = 0; i < TEXTS; i++) {
        String string = string(random);
        RawConnection.Answer answer =
            connection.query(("SELECT " + string).getBytes(StandardCharsets.UTF_8));
        byte[] text = ("SET trunkline.a = " + string).getBytes(StandardCharsets.UTF_8);
        scanner.scan(text, 0, text.length, standard);
        if (answer.error() == null
            && scanner.kind(0) == StatementKind.SETTING
            && scanner.count() == 1) {
          assertThat(scanner.setting(0).value()).as(string).isEqualTo(answer.value());
          compared++;
        }
      }
    }
    System.out.println("compared " + compared + " of " + TEXTS);
    assertThat(compared).isGreaterThan(TEXTS / 10);
  }

  private static Random seeded() {
    long seed = System.nanoTime();
    System.out.println("SqlScannerAgainstPostgresTest seed " + seed);
    return new Random(seed);
  }

  private static RawConnection connect(boolean standard) throws IOException {
    RawConnection connection = new RawConnection(postgres.getPort());
    String settings =
        "SET standard_conforming_strings = " + standard + "; SET client_min_messages = error";
    connection.query((settings + "; CREATE TEMP TABLE t (a int)").getBytes(StandardCharsets.UTF_8));
    return connection;
  }

  private static String text(Random random) {
    List<String> statements = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      statements.add(STATEMENTS[random.nextInt(STATEMENTS.length)]);
    }
    StringBuilder text =
        new StringBuilder(String.join(random.nextBoolean() ? ";" : " ;\n", statements));
    for (int edits = random.nextInt(3); edits > 0; edits--) {
      int at = random.nextInt(text.length() + 1);
      int to = Math.min(text.length(), at + random.nextInt(3));
      text.replace(at, to, SIGNS[random.nextInt(SIGNS.length)]);
    }
    return text.toString();
  }

  private static String string(Random random) {
    String[] prefixes = {"'", "E'", "U&'", "$$", "$a$", "e'"};
    String[] parts = {
      "a",
      "''",
      "\\\\",
      "\\n",
      "\\x41",
      "\\x4g",
      "\\101",
      "\\u00e4",
      "\\U0001F600",
      "\\ud83d\\ude00",
      "\\'",
      "ä",
      "\\00e4",
      "\\+01F600",
      "\\D83D\\DE00",
      "'\n'",
      "'--'\n '",
      "\\q",
      "\"",
      "$",
      "$b$",
      "--",
      ";",
      "\\\"",
    };
    String prefix = prefixes[random.nextInt(prefixes.length)];
    StringBuilder string = new StringBuilder(prefix);
    for (int i = random.nextInt(5); i > 0; i--) {
      string.append(parts[random.nextInt(parts.length)]);
    }
    return string.append(prefix.startsWith("$") ? prefix : "'").toString();
  }
}
