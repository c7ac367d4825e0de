package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries over the views, in both protocols. */
class SqlTest {
  private static final int INT4 = 23;
  private static final int INT8 = 20;
  private static final int TEXT = 25;

  private final Talk talk = new Talk(Access.STATS);

  @Test
  void rowsAreFilteredSortedAndTagged() {
    Talk.Reply reply =
        talk.query(
            "SELECT database, \"user\", cl_waiting FROM pools WHERE cl_waiting > 0"
                + " ORDER BY maxwait DESC, database DESC, \"user\" LIMIT 2;");

    assertThat(reply.tags()).isEqualTo("TDDCZ");
    assertThat(reply.rows()).containsExactly(List.of("q", "a", "2"), List.of("p", "u", "2"));
    assertThat(reply.names()).containsExactly("database", "user", "cl_waiting");
    assertThat(oids(reply)).containsExactly(TEXT, TEXT, INT4);
    assertThat(reply.completed()).containsExactly("SELECT 2");
  }

  @Test
  void viewsAreJoinedAndAggregated() {
    Talk.Reply reply =
        talk.query(
            """
            -- who waits where
            WITH waits AS (SELECT database, sum(cl_waiting) AS n FROM pools GROUP BY database)
            SELECT d.name, w.n, count(*) AS pools, avg(p.sv_idle) AS idle, bool_or(w.n > 3) AS many
            FROM databases d JOIN waits w ON w.database = d.name
              JOIN pools p ON p.database = d.name
            GROUP BY d.name, w.n ORDER BY 1
            """);

    assertThat(reply.errors()).isEmpty();
    assertThat(reply.rows())
        .containsExactly(
            Arrays.asList("p", "4", "2", "8", "t"), Arrays.asList("q", "2", "1", "8", "f"));
    assertThat(oids(reply)).containsExactly(TEXT, INT8, INT8, 701, 16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stats", "clients", "servers", "shards", "lists", "config", "state"})
  void aTableIsWhatShowShows(String view) {
    Talk.Reply shown = talk.query("SHOW " + view);

    Talk.Reply selected = talk.query("TABLE " + view);

    assertThat(selected.names()).isEqualTo(shown.names());
    assertThat(oids(selected)).isEqualTo(oids(shown));
    assertThat(selected.rows()).containsExactlyInAnyOrderElementsOf(shown.rows());
  }

  @Test
  void everyViewIsATable() {
    for (View<?> view : Views.tables()) {
      assertThat(talk.query("SELECT * FROM " + view.name()).errors()).as(view.name()).isEmpty();
    }
  }

  @Test
  void aViewIsReadOncePerStatement() {
    AtomicInteger reads = new AtomicInteger();
    Inspector counting =
        new FakeProxy() {
          @Override
          public List<Row.PoolRow> pools() {
            reads.incrementAndGet();
            return super.pools();
          }
        };

    new Talk(Access.STATS, counting).query("SELECT 1 FROM pools a, pools b, pools c");

    assertThat(reads).hasValue(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT * FROM nosuch|42P01|relation \"nosuch\" does not exist|",
        "SELECT nosuch FROM pools|42703|column \"nosuch\" does not exist|",
        "SELECT database, FROM pools WHERE|42601|syntax error in SQL statement|18",
        "SELECT 'a\"b', * FORM pools|42601|syntax error in SQL statement|17",
        "SELECT nosuch(1)|42883|function \"nosuch\" not found|",
        "SELECT database, count(*) FROM pools|42803||",
        "SELECT database FROM pools a, pools b|42702||",
        "SELECT 1/0|22012||",
        "SELECT 1e99999::decfloat|22003||",
        "SELECT 'x'::int|22P02||",
        "SELECT * FROM pools WHERE database = $1|42P02||",
        "SELECT * FROM pg_catalog.pg_class|0A000|the admin console has no system catalogs|",
      })
  void errorsAreInPostgresTerms(String sql, String sqlstate, String message, String position) {
    Talk.Reply reply = talk.query(sql);

    ErrorFields error = reply.error();
    assertThat(error.sqlstate()).as(error.toString()).isEqualTo(sqlstate);
    if (message != null) {
      assertThat(error.message()).isEqualTo(message);
    }
    assertThat(error.other('P')).isEqualTo(position);
    assertThat(reply.tags()).endsWith("EZ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT file_read('/etc/passwd')",
        "SELECT * FROM csvread('/etc/passwd')",
        "SELECT csvwrite('/tmp/x', 'SELECT 1')",
        "SELECT file_write('x', '/tmp/x')",
        "SELECT * FROM link_schema('a', '', 'jdbc:h2:mem:x', 'sa', '', 'public')",
        "SELECT * FROM FINAL TABLE (DELETE FROM pools)",
        "WITH x AS (SELECT 1) DELETE FROM pools",
      })
  void aQueryReachesNothingButTheViews(String sql) {
    assertThat(talk.query(sql).error().sqlstate()).isNotEqualTo("XX000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1; SELECT 2",
        "INSERT INTO pools VALUES (1)",
        "CREATE ALIAS x FOR \"java.lang.System.exit\"",
        "CALL 1",
        "DROP TABLE pools",
        "select",
      })
  void whatIsNotOneQueryIsNoCommand(String sql) {
    assertThat(talk.query(sql).error().message()).startsWith("invalid command '");
  }

  @Test
  void aQueryThatNeverEndsIsEndedAndTheConsoleGoesOn() {
    String endless =
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t";

    assertThat(talk.query(endless).error().sqlstate()).isIn("57014", "53200");
    assertThat(talk.query("SELECT count(*) FROM pools").rows()).containsExactly(List.of("3"));
  }

  @Test
  void aResultHasABound() {
    ErrorFields error =
        talk.query("SELECT a.x FROM system_range(1, 1000) a(x), system_range(1, 1000) b(x)")
            .error();

    assertThat(error.sqlstate()).isEqualTo("54000");
  }

  @Test
  void cancelEndsAQuery() throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    Thread cancel =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!over.get()) {
                    LockSupport.parkNanos(200_000_000);
                    talk.session.cancel();
                  }
                });

    ErrorFields error =
        talk.query("SELECT count(*) FROM system_range(1, 1000000) a, system_range(1, 1000000) b")
            .error();

    over.set(true);
    cancel.join();
    assertThat(error.message()).isEqualTo("canceling statement due to user request");
    assertThat(talk.query("SELECT 2 + 2").rows()).containsExactly(List.of("4"));
  }

  @Test
  void theExtendedProtocolDescribesBeforeItRunsAndTakesParameters() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(
                  out,
                  "s",
                  "SELECT database, cl_waiting, 1.50 AS n FROM pools WHERE cl_waiting > $1"
                      + " AND database = $2 LIMIT $3",
                  INT4);
              Frontend.describe(out, Frontend.STATEMENT, "s");
              Frontend.bind(
                  out,
                  "",
                  "s",
                  new short[] {Backend.BINARY, Backend.TEXT, Backend.TEXT},
                  Arrays.asList(new byte[] {0, 0, 0, 1}, bytes("q"), bytes("5")),
                  new short[] {Backend.BINARY});
              Frontend.describe(out, Frontend.PORTAL, "");
              Frontend.execute(out, "", 0);
              Frontend.sync(out);
            });

    assertThat(reply.tags()).isEqualTo("1tT2TDCZ");
    assertThat(reply.names())
        .containsExactly("database", "cl_waiting", "n", "database", "cl_waiting", "n");
    assertThat(reply.raw().getFirst())
        .containsExactly(
            bytes("q"),
            new byte[] {0, 0, 0, 2},
            new byte[] {0, 2, 0, 0, 0, 0, 0, 2, 0, 1, 0x13, (byte) 0x88});
  }

  @Test
  void aParameterThatIsNoneOfItsTypeIsRefused() {
    Talk.Reply reply =
        talk.send(
            out -> {
              Frontend.parse(out, "", "SELECT 1 FROM pools WHERE cl_waiting > $1");
              Frontend.bind(out, "", "", new short[0], List.of(bytes("many")), new short[0]);
              Frontend.sync(out);
            });

    assertThat(reply.error().sqlstate()).isEqualTo("22P02");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<Integer> oids(Talk.Reply reply) {
    return reply.columns().stream().map(Backend.Column::typeOid).toList();
  }
}
