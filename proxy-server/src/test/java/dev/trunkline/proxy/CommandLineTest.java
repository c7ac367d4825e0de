package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trunkline.proxy.CommandLine.Manner;
import dev.trunkline.proxy.CommandLine.Task;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-q -d -v -v -u joe f.ini",
        "-qdvv -ujoe f.ini",
        "f.ini -dvqv --user=joe",
        "--quiet --daemon --verbose --verbose --user joe f.ini"
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

  @ParameterizedTest
  @ValueSource(strings = {"-q", "-x f.ini", "f.ini -u", "f.ini g.ini", "--nonsense f.ini"})
  void nonsenseIsRefused(String words) {
    assertThatThrownBy(() -> CommandLine.parse(words.split(" ", -1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void onlineRestartIsRefusedWithTheWayToGo() {
    assertThatThrownBy(() -> CommandLine.parse("-R", "f.ini")).hasMessageContaining("so_reuseport");
  }
}
