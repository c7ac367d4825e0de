package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.ErrorFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The answers recorded from a running PgBouncer, replayed in their order. */
class PgBouncerCommandsTest {
  /** Refused by PgBouncer, answered here: {@link Drivers} says why. */
  private static final Set<String> DELIBERATE = Set.of("select 1", "begin", "");

  private static final Pattern LINE =
      Pattern.compile("(stats user )?`(.*)` -> tag=(?:None|'([^']*)')(.*)");
  private static final Pattern MESSAGE =
      Pattern.compile("\\('(\\w+)', '(\\w+)', (?:\"([^\"]*)\"|'([^']*)')\\)");

  private final Talk admin = new Talk(Access.ADMIN);
  private final Talk stats = new Talk(Access.STATS);

  @Test
  void everyRecordedCommandHasItsTagNoticesAndError() {
    SoftAssertions softly = new SoftAssertions();
    for (String line : Resources.lines("pgbouncer-commands.txt")) {
      Matcher matcher = LINE.matcher(line);
      assertThat(matcher.matches()).as(line).isTrue();
      if (!DELIBERATE.contains(matcher.group(2))) {
        check(matcher, softly);
      }
    }
    softly.assertAll();
  }

  private void check(Matcher line, SoftAssertions softly) {
    Talk talk = line.group(1) == null ? admin : stats;

    Talk.Reply reply = talk.query(line.group(2));

    softly.assertThat(said(reply)).as(line.group()).isEqualTo(recorded(line.group(4)));
    softly
        .assertThat(reply.completed())
        .as(line.group())
        .isEqualTo(Stream.ofNullable(line.group(3)).toList());
    softly.assertThat(reply.tags()).as(line.group()).endsWith("Z");
    softly.assertThat(reply.open()).as(line.group()).isTrue();
  }

  private static List<String> said(Talk.Reply reply) {
    return Stream.concat(reply.notices().stream(), reply.errors().stream())
        .map(PgBouncerCommandsTest::text)
        .toList();
  }

  private static String text(ErrorFields fields) {
    return fields.severity() + " " + fields.sqlstate() + " " + fields.message();
  }

  private static List<String> recorded(String notes) {
    List<String> messages = new ArrayList<>();
    Matcher matcher = MESSAGE.matcher(notes);
    while (matcher.find()) {
      String text = matcher.group(3) == null ? matcher.group(4) : matcher.group(3);
      messages.add(matcher.group(1) + " " + matcher.group(2) + " " + text);
    }
    return messages;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PAUSE|pause *",
        "pause \"p\" ;|pause p",
        "reconnect|reconnect *",
        "RECONNECT p|reconnect p",
        "Kill|kill *",
        "KILL p|kill p",
        "KILL_CLIENT 7|kill_client 7",
        "DISABLE p|disable p",
        "ENABLE p|enable p",
        "SHUTDOWN|shutdown IMMEDIATE",
        "SHUTDOWN wait_for_servers|shutdown WAIT_FOR_SERVERS",
        "SHUTDOWN WAIT_FOR_CLIENTS|shutdown WAIT_FOR_CLIENTS",
        "WAIT_CLOSE|wait_close *",
        "WAIT_CLOSE p|wait_close p",
        "reload;|reload",
        "SET auth_query = 'it''s'|set auth_query=it's",
        "set trunkline.dark_read to -1.5|set trunkline.dark_read=-1.5",
      })
  void aCommandReachesTheOperator(String sql, String done) {
    admin.query(sql);

    assertThat(admin.operator.done).containsExactly(done);
  }

  @ParameterizedTest
  @CsvSource({
    "PAUSE pgbouncer,cannot pause admin db: pgbouncer",
    "RECONNECT pgbouncer,cannot reconnect admin db: pgbouncer",
    "KILL pgbouncer,cannot kill admin db: pgbouncer",
    "DISABLE pgbouncer,cannot disable admin db: pgbouncer",
    "ENABLE pgbouncer,cannot enable admin db: pgbouncer",
    "WAIT_CLOSE pgbouncer,cannot wait in admin db: pgbouncer",
    "RESUME pgbouncer,database pgbouncer is not paused",
    "KILL_CLIENT 7x,invalid client pointer supplied",
    "KILL_CLIENT 99999999999999999999999,client not found",
    "ENABLE,a database is required",
    "averyveryverylongcommand,bad arguments",
    "SET \"\" = 1,bad arguments",
    "PAUSE 0123456789012345678901234567890123456789012345678901234567890123,bad arguments",
    "SHOW POOLS x,'invalid command ''SHOW POOLS x'', use SHOW HELP;'",
  })
  void whatCannotBeDoneIsRefusedInPgBouncersWords(String sql, String message) {
    assertThat(admin.query(sql).error().message()).isEqualTo(message);
    assertThat(admin.operator.done).isEmpty();
  }

  @Test
  void whatPgBouncerHasAndWeDoNotIsSaidClearly() {
    String sql = "SHOW FDS";
    ErrorFields error = admin.query(sql).error();

    assertThat(error.sqlstate()).isEqualTo("0A000");
    assertThat(error.message()).isEqualTo(sql + " is not supported");
    assertThat(error.hint()).endsWith(".");
  }

  @Test
  void aQuoteThatIsNotClosedIsInvalid() {
    assertThat(admin.query("SET a = '").error().message())
        .isEqualTo("invalid command 'SET a = '', use SHOW HELP;");
  }

  @Test
  void aNoticeOfTheOperatorIsPassedOn() {
    Talk.Reply reply = admin.query("SET client_tls_sslmode = require");

    assertThat(reply.tags()).isEqualTo("NCZ");
    assertThat(reply.notices().getFirst().message()).isEqualTo("TLS settings could not be applied");
  }

  @Test
  void aReloadThatFailsNamesTheProblems() {
    admin.operator.reloadProblem = "line 3: unknown key.";

    ErrorFields error = admin.query("RELOAD").error();

    assertThat(text(error)).isEqualTo("ERROR F0000 RELOAD failed, see logs for additional details");
    assertThat(error.detail()).isEqualTo("line 3: unknown key.");
  }

  @Test
  void anImmediateShutdownIsNeverAnswered() {
    assertThat(admin.query("SHUTDOWN").tags()).isEmpty();
    assertThat(admin.query("SHOW VERSION").tags()).isEmpty();
  }

  @Test
  void aHugeInvalidCommandIsNotEchoedInFull() {
    assertThat(admin.query("x".repeat(14) + " ! ".repeat(100_000)).error().message().length())
        .isLessThan(1024);
  }
}
