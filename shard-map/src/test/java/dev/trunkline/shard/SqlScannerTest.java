package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScannerTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '§',
      value = {
        "SELECT 1 § SELECT",
        "((SELECT 1)) § SELECT",
        "/* a */ -- b⏎ select 1 § SELECT",
        "INSERT INTO block VALUES (1) § DML",
        "update block set a = 1 § DML",
        "DELETE FROM block § DML",
        "MERGE INTO block USING x ON true § DML",
        "WITH a AS (SELECT 1) SELECT 1 § DML",
        "(VALUES (1)) § DML",
        "TABLE block § DML",
        "BEGIN § BEGIN",
        "begin isolation level serializable § BEGIN",
        "START TRANSACTION READ ONLY § BEGIN",
        "START § OTHER",
        "COMMIT AND CHAIN § COMMIT",
        "END § COMMIT",
        "ROLLBACK § ROLLBACK",
        "ABORT WORK § ROLLBACK",
        "ROLLBACK TO a § ROLLBACK_TO",
        "rollback work to savepoint a § ROLLBACK_TO",
        "ROLLBACK TRANSACTION TO a § ROLLBACK_TO",
        "SAVEPOINT a § SAVEPOINT",
        "RELEASE a § RELEASE",
        "PREPARE TRANSACTION 'a' § TWO_PHASE",
        "COMMIT PREPARED 'a' § TWO_PHASE",
        "ROLLBACK PREPARED 'a' § TWO_PHASE",
        "PREPARE transaction AS SELECT 1 § PREPARE",
        "PREPARE a (int) AS SELECT $1 § PREPARE",
        "SET TRANSACTION READ ONLY § SET_TRANSACTION",
        "SET LOCAL TRANSACTION READ ONLY § SET_TRANSACTION",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY § SET",
        "SET CONSTRAINTS ALL DEFERRED § SET_TRANSACTION",
        "SET a = 1 § SET",
        "SET SESSION a TO 1 § SET",
        "SET SESSION AUTHORIZATION bob § SET",
        "SET LOCAL a = 1 § SET_LOCAL",
        "RESET a § RESET",
        "SHOW a § SHOW",
        "SET trunkline.workspace_id = 'a' § SETTING",
        "DISCARD PLANS § DISCARD",
        "DEALLOCATE a § DEALLOCATE",
        "EXECUTE a (1) § EXECUTE",
        "LISTEN a § LISTEN",
        "UNLISTEN a § UNLISTEN",
        "NOTIFY a, 'b' § NOTIFY",
        "DECLARE a CURSOR FOR SELECT 1 § DECLARE",
        "FETCH ALL FROM a § FETCH",
        "MOVE 1 FROM a § FETCH",
        "CLOSE a § FETCH",
        "COPY block FROM STDIN § COPY",
        "EXPLAIN SELECT 1 § EXPLAIN",
        "CALL p() § CALL",
        "DO $$BEGIN END$$ § DO",
        "LOCK TABLE block § LOCK",
        "CREATE TABLE a (b int) § DDL",
        "ALTER TABLE a ADD b int § DDL",
        "TRUNCATE a § DDL",
        "SECURITY LABEL ON TABLE a IS 'b' § DDL",
        "VACUUM § MAINTENANCE",
        "ANALYZE block § MAINTENANCE",
        "CHECKPOINT § MAINTENANCE",
        "LOAD 'a' § LOAD",
        "\"select\" 1 § OTHER",
        "nonsense § OTHER",
      })
  void namesTheKindOfAStatement(String sql, StatementKind kind) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.count()).isEqualTo(1);
    assertThat(scanner.kind(0)).isEqualTo(kind);
  }

  @Test
  void splitsAtSemicolonsThatEndStatements() {
    assertThat(
            Scans.statements("SELECT ';'; SELECT \";\" ;;\n/* ; */ SELECT $a$;$a$ -- ;\n; --end"))
        .containsExactly("SELECT ';'", "SELECT \";\"", "/* ; */ SELECT $a$;$a$ -- ;");
    assertThat(
            Scans.statements("CREATE RULE a AS ON INSERT TO b DO (SELECT 1; SELECT 2); SELECT 3"))
        .hasSize(2);
    assertThat(Scans.statements(" ; /* nothing */ ;")).isEmpty();
    assertThat(Scans.statements("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END;"
            + " END",
        "CREATE OR REPLACE PROCEDURE f() BEGIN ATOMIC INSERT INTO a VALUES (1); SELECT 1 AS end;"
            + " END",
        "create function f() begin atomic end",
        "CREATE FUNCTION f() BEGIN ATOMIC SELECT end.end FROM \"end\"; END",
      })
  void keepsTheBodyOfARoutineTogether(String create) {
    assertThat(Scans.statements(create + "; SELECT 2")).containsExactly(create, "SELECT 2");
  }

  @Test
  void splitsAfterBeginOutsideARoutine() {
    assertThat(Scans.statements("BEGIN; SELECT begin atomic FROM a; END")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1; SELECT 'a",
        "SELECT \"a",
        "/* a",
        "SELECT $$a",
        "SELECT 1 \0",
        "CREATE FUNCTION f() BEGIN ATOMIC CREATE FUNCTION g() BEGIN ATOMIC END; END"
      })
  void takesAMalformedTextForOneOpaqueStatement(String sql) {
    SqlScanner scanner = Scans.of(Scans.lines(sql));
    assertThat(scanner.malformed()).isTrue();
    assertThat(scanner.count()).isEqualTo(1);
    assertThat(scanner.kind(0)).isEqualTo(StatementKind.OTHER);
    assertThat(scanner.effects()).isEqualTo(Effects.OPAQUE);
    assertThat(scanner.workspaceFree(0)).isFalse();
  }

  @Test
  void forgetsTheLastTextWhenItScansTheNext() {
    SqlScanner scanner = Scans.of("/*workspace_id='a'*/ SET trunkline.a = 1; LISTEN x; SELECT 'a");
    Scans.scan(scanner, "/*workspace_id='a'*/ SET trunkline.a = 1; LISTEN x");
    Scans.scan(scanner, "SELECT 1");
    assertThat(scanner.malformed()).isFalse();
    assertThat(scanner.count()).isEqualTo(1);
    assertThat(scanner.effects()).isZero();
    assertThat(scanner.setting(0)).isNull();
    assertThat(scanner.commentWorkspace()).isNull();
    assertThatThrownBy(() -> scanner.kind(1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void readsBackslashesAsTheSessionSays() {
    byte[] text = "SELECT '\\'; SELECT '1'".getBytes(StandardCharsets.UTF_8);
    SqlScanner scanner = new SqlScanner();
    scanner.scan(text, 0, text.length, true);
    assertThat(scanner.count()).isEqualTo(2);
    scanner.scan(text, 0, text.length, false);
    assertThat(scanner.malformed()).isTrue();
  }

  @Test
  void holdsThousandsOfStatementsAndHugeOnes() {
    SqlScanner scanner = Scans.of("SELECT 1;".repeat(5000));
    assertThat(scanner.count()).isEqualTo(5000);
    assertThat(scanner.kind(4999)).isEqualTo(StatementKind.SELECT);
    Scans.scan(
        scanner, "SELECT 1" + ", 1".repeat(SqlTokens.LIMIT) + ", pg_advisory_lock(1); LISTEN a");
    assertThat(scanner.count()).isEqualTo(2);
    assertThat(scanner.effects(0)).isEqualTo(Effects.ADVISORY_LOCK);
    assertThat(scanner.workspaceFree(0)).isFalse();
    assertThat(scanner.effects()).isEqualTo(Effects.ADVISORY_LOCK | Effects.LISTEN);
  }

  @Test
  void takesLinearTimeForARunOfSigns() {
    SqlScanner scanner = Scans.of("SELECT " + "+-".repeat(500_000) + "1");
    assertThat(scanner.count()).isEqualTo(1);
  }
}
