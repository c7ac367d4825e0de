package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DriversTest {
  private final Talk talk = new Talk(Access.ADMIN);

  @ParameterizedTest
  @CsvSource({
    "client_encoding,UTF-8",
    "default_transaction_isolation,read committed",
    "standard_conforming_strings,on",
    "DateStyle,ISO",
    "TIMEZONE,GMT",
    "transaction_isolation,read committed",
    "transaction isolation level,read committed",
    "server_version,1.25.2/trunkline",
    "server_version_num,12502",
    "search_path,public",
    "transaction_read_only,off",
  })
  void parametersDriversReadAreAnswered(String name, String value) {
    Talk.Reply reply = talk.query("SHOW " + name);

    assertThat(reply.rows()).containsExactly(List.of(value));
    assertThat(reply.completed()).containsExactly("SHOW");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET extra_float_digits = 3",
        "SET application_name = 'DBeaver 25 - Main'",
        "SET application_name TO ''",
        "SET client_encoding TO 'UTF8'",
        "SET DateStyle='ISO'",
        "SET TIME ZONE 'UTC'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET SESSION extra_float_digits TO 3",
        "SET LOCAL statement_timeout = '5s'",
        "SET search_path = public, pg_temp",
        "SET client_min_messages TO warning",
        "SET NAMES 'utf8'",
      })
  void parametersDriversSetAreIgnored(String sql) {
    Talk.Reply reply = talk.query(sql);

    assertThat(reply.tags()).isEqualTo("NCZ");
    assertThat(reply.notices().getFirst().message()).isEqualTo("SET ignored");
    assertThat(reply.completed()).containsExactly("SET");
    assertThat(talk.operator.done).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "select 1|?column?|1",
        "SELECT 'x';|?column?|x",
        "SELECT version()|version|Trunkline 0.1.0, transport epoll",
        "select pg_catalog.version()|version|Trunkline 0.1.0, transport epoll",
        "select current_database ( )|current_database|pgbouncer",
        "select current_schema()|current_schema|public",
      })
  void probesAreAnswered(String sql, String column, String value) {
    Talk.Reply reply = talk.query(sql);

    assertThat(reply.names()).containsExactly(column);
    assertThat(reply.rows()).containsExactly(List.of(value));
    assertThat(reply.completed()).containsExactly("SELECT 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ";", " ; ", "-- ping", "/* are you there? */"})
  void whatPingsIsAnEmptyQuery(String sql) {
    assertThat(talk.query(sql).tags()).isEqualTo("IZ");
  }

  @ParameterizedTest
  @CsvSource({"RESET ALL,RESET", "reset role;,RESET", "UNLISTEN *,UNLISTEN"})
  void whatPoolsCleanUpWithIsAnswered(String sql, String tag) {
    assertThat(talk.query(sql).completed()).containsExactly(tag);
    assertThat(talk.query("CLOSE ALL").completed()).containsExactly("CLOSE CURSOR ALL");
  }

  /** A typing error in a setting of the proxy must not look like a success. */
  @ParameterizedTest
  @ValueSource(strings = {"SET SESSION default_pool_size = 3", "SET LOCAL nonsense = 1"})
  void onlyWhatIsPostgresIsIgnored(String sql) {
    assertThat(talk.query(sql).error().message()).startsWith("invalid command");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1; SELECT 2|One statement at a time",
        "UPDATE pools SET database = 'x'|begins with SELECT",
        "SELECT oid FROM pg_type|The tables are the views of SHOW HELP",
        "SELECT * FROM nothing|The tables are the views of SHOW HELP",
        "SELECT pg_backend_pid()|not those of PostgreSQL's system",
      })
  void whatCannotWorkComesWithAHint(String sql, String hint) {
    assertThat(talk.query(sql).error().hint()).contains(hint);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BEGIN WHATEVER",
        "BEGIN; PAUSE",
        "ROLLBACK TO x",
        "START",
      })
  void whatIsNoStatementOfADriverStaysInvalid(String sql) {
    assertThat(talk.query(sql).error().message()).startsWith("invalid command '");
  }

  @Test
  void aBlockBeginsAndEndsWithItsStatus() {
    assertThat(talk.query("BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY").status())
        .isEqualTo("T");
    assertThat(talk.query("SHOW POOLS").status()).isEqualTo("T");
    Talk.Reply commit = talk.query("COMMIT");
    assertThat(commit.completed()).containsExactly("COMMIT");
    assertThat(commit.status()).isEqualTo("I");
    assertThat(talk.query("start transaction").status()).isEqualTo("T");
    assertThat(talk.query("rollback work").completed()).containsExactly("ROLLBACK");
  }

  @Test
  void afterAnErrorABlockTakesNothingButItsEnd() {
    talk.query("BEGIN");

    assertThat(talk.query("RESUME").status()).isEqualTo("E");
    assertThat(talk.query("RELOAD").error().sqlstate()).isEqualTo("25P02");
    assertThat(talk.query("BEGIN").error().sqlstate()).isEqualTo("25P02");
    Talk.Reply commit = talk.query("COMMIT");

    assertThat(commit.completed()).containsExactly("ROLLBACK");
    assertThat(commit.status()).isEqualTo("I");
    assertThat(talk.operator.done).isEmpty();
  }

  @Test
  void theEmptyQueryOfAValidationIsAnsweredInAFailedBlockToo() {
    assertThat(talk.query("").tags()).isEqualTo("IZ");
    talk.query("BEGIN");
    talk.query("nonsense");

    assertThat(talk.query(" ").tags()).isEqualTo("IZ");
  }

  @Test
  void anErrorOutsideABlockLeavesNoTrace() {
    assertThat(talk.query("RESUME").status()).isEqualTo("I");
    assertThat(talk.query("RELOAD").errors()).isEmpty();
  }

  @Test
  void aBlockInABlockAndAnEndWithoutOneAreWarnings() {
    assertThat(talk.query("COMMIT").notices().getFirst().sqlstate()).isEqualTo("25P01");
    talk.query("BEGIN");
    assertThat(talk.query("BEGIN").notices().getFirst().sqlstate()).isEqualTo("25001");
  }

  @Test
  void theWelcomeNamesAVersionThatDriversCanParse() {
    ByteBuf out = Unpooled.buffer();

    talk.session.welcome(out);

    assertThat(Talk.reply(out.duplicate(), true).tags()).isEqualTo("SSSSSSS");
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("server_version\0" + "1.25.2/trunkline\0")
        .contains("standard_conforming_strings\0" + "on\0");
  }
}
