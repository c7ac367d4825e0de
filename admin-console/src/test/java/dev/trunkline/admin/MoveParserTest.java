package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.trunkline.admin.Mover.Depth;
import dev.trunkline.admin.Mover.Repoint;
import dev.trunkline.admin.Mover.Scope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The grammar of pausing and moving. */
class MoveParserTest {
  private static MoveCommand parse(String text) throws CommandFailed {
    return MoveParser.parse(Token.split(text));
  }

  @Test
  void pausesNameTheirScopeAndDeadline() throws CommandFailed {
    assertThat(parse("pause shard schema_017 drain 200ms;"))
        .isEqualTo(new MoveCommand.Pause(new Scope.Shard("schema_017"), Duration.ofMillis(200)));
    assertThat(parse("PAUSE WORKSPACE 'w'"))
        .isEqualTo(new MoveCommand.Pause(new Scope.Workspace("w"), null));
    assertThat(parse("PAUSE DRAIN 2s"))
        .isEqualTo(new MoveCommand.Pause(new Scope.Everything(), Duration.ofSeconds(2)));
    assertThat(parse("RESUME HOST \"h 1\""))
        .isEqualTo(new MoveCommand.Resume(new Scope.Host("h 1")));
  }

  @Test
  void whatPgBouncerHasIsLeftToItsGrammar() throws CommandFailed {
    for (String text : new String[] {"PAUSE", "PAUSE host", "RESUME db", "SHOW MAP", "RELOAD"}) {
      assertThat(parse(text)).as(text).isNull();
    }
  }

  @Test
  void aSwapMayHaveEverything() throws CommandFailed {
    String text =
        "REHEARSE SWAP HOST h1 TO 'host=b dbname=d' WITHIN 500ms VERIFY 'select true'"
            + " FENCE 'revoke it''s' UNDO 'grant it' CATCH UP sub MARKER 's.m' BECAUSE 'new disks'";
    assertThat(parse(text))
        .isEqualTo(
            new MoveCommand.Swap(
                new Mover.Swap(
                    new Repoint.Host("h1", "host=b dbname=d"),
                    Depth.REHEARSE,
                    Duration.ofMillis(500),
                    "select true",
                    "revoke it's",
                    "grant it",
                    "sub",
                    "s.m",
                    "new disks")));
  }

  @Test
  void changesOfTheMap() throws CommandFailed {
    assertThat(parse("REPOINT SHARD s TO HOST h2 BECAUSE 'x'"))
        .isEqualTo(new MoveCommand.Repoint(new Repoint.Shard("s", "h2"), "x"));
    assertThat(parse("REPOINT WORKSPACE 'w' TO SHARD s2"))
        .isEqualTo(new MoveCommand.Repoint(new Repoint.Workspace("w", "s2"), ""));
    assertThat(parse("REPOINT BACK")).isEqualTo(new MoveCommand.Repoint(new Repoint.Back(), ""));
    assertThat(parse("SHOW MAP AS OF 17")).isEqualTo(new MoveCommand.ShowAsOf(17));
  }

  @Test
  void mistakesAreTold() {
    for (String text :
        new String[] {
          "SWAP HOST h1 TO",
          "SWAP HOST h1 TO 'host=b' WITHIN soon",
          "SWAP HOST h1 TO 'x' FENCE 'y'",
          "PAUSE TABLE t",
          "REPOINT SHARD s TO h2",
          "SHOW MAP AS OF yesterday",
          "PAUSE HOST h1 DRAIN 1s now"
        }) {
      assertThatExceptionOfType(CommandFailed.class)
          .as(text)
          .isThrownBy(() -> parse(text))
          .satisfies(error -> assertThat(error.fields().message()).startsWith("expected "));
    }
  }
}
