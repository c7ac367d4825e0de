package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.CommandLine.Manner;
import dev.trunkline.proxy.CommandLine.Task;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-q -d -v -v -u joe f.ini",
        "-qdvv -ujoe f.ini",
        "f.ini -dvqv --user=joe",
        "--quiet --daemon --verbose --verbose --user joe f.ini",
        "--quie --dae --verb --verbo --us joe -- f.ini"
      })
  void lettersAndNamesMeanTheSame(String words) {
    CommandLine line = CommandLine.parse(words.split(" ", -1));
    assertThat(line.task()).isEqualTo(Task.SERVE);
    assertThat(line.is(Manner.QUIET)).isTrue();
    assertThat(line.is(Manner.DAEMON)).isTrue();
    assertThat(line.verbosity()).isEqualTo(2);
    assertThat(line.user()).isEqualTo("joe");
    assertThat(line.file()).isEqualTo(Path.of("f.ini"));
  }

  @Test
  void ownOptionsStand() {
    CommandLine line = CommandLine.parse("--check", "--group", "a,b", "f.conf");
    assertThat(line.task()).isEqualTo(Task.CHECK);
    assertThat(line.groups()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void helpAndVersionNeedNoFile() {
    assertThat(CommandLine.parse("-h").task()).isEqualTo(Task.HELP);
    assertThat(CommandLine.parse("-V").task()).isEqualTo(Task.VERSION);
  }

  /** The words are those of getopt, which PgBouncer has its own from. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "-q            | no configuration file specified",
        "-x f.ini      | invalid option -- 'x'",
        "-qx f.ini     | invalid option -- 'x'",
        "f.ini -u      | option requires an argument -- 'u'",
        "f.ini --user  | option '--user' requires an argument",
        "--quiet=1 f   | option '--quiet' doesn't allow an argument",
        "--nonsense f  | unrecognized option '--nonsense'",
        "--ver f       | ambiguous option '--ver'",
        "f.ini g.ini   | more than one configuration file: g.ini"
      })
  void nonsenseIsRefused(String words, String why) {
    assertThatThrownBy(() -> CommandLine.parse(words.split(" ", -1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(why);
  }

  @Test
  void onlineRestartIsRefusedWithTheWayToGo() {
    assertThatThrownBy(() -> CommandLine.parse("-R", "f.ini")).hasMessageContaining("so_reuseport");
  }
}
