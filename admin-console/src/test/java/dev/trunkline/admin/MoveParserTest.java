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
                    0,
                    "new disks")));
  }

  @Test
  void aSwapMayRequireDarkReads() throws CommandFailed {
    MoveCommand swap = parse("SWAP HOST h TO 'x' WITHIN 1s REQUIRE DARK READS 10000 EQUAL");
    assertThat(((MoveCommand.Swap) swap).swap().darkReads()).isEqualTo(10_000);
  }

  @Test
  void darkReadsNameScopeHomeAndShare() throws CommandFailed {
    assertThat(parse("DARK READ HOST h1 AGAINST 'host=b' SAMPLE 0.1%;"))
        .isEqualTo(
            new MoveCommand.StartDarkRead(
                new Comparer.DarkRead(new Scope.Host("h1"), "host=b", 0.001, 0, null)));
    assertThat(parse("dark read shard s against 'host=b' sample 100 % max rows 7 delay 1s"))
        .isEqualTo(
            new MoveCommand.StartDarkRead(
                new Comparer.DarkRead(
                    new Scope.Shard("s"), "host=b", 1, 7, Duration.ofSeconds(1))));
    assertThat(parse("DARK READ GROUP g AGAINST 'host=b' SAMPLE 2% MAX ROWS 1 CAUGHT UP"))
        .isEqualTo(
            new MoveCommand.StartDarkRead(
                new Comparer.DarkRead(new Scope.Group("g"), "host=b", 0.02, 1, null)));
    assertThat(parse("STOP DARK READ GROUP g"))
        .isEqualTo(new MoveCommand.StopDarkRead(new Scope.Group("g")));
    assertThat(parse("SHOW DARK READS")).isEqualTo(new MoveCommand.ShowDarkReads());
    assertThat(parse("SHOW DARK READ MISMATCHES")).isEqualTo(new MoveCommand.ShowMismatches());
  }

  @Test
  void changesOfTheMap() throws CommandFailed {
    assertThat(parse("REPOINT SHARD s TO HOST h2 BECAUSE 'x'"))
        .isEqualTo(new MoveCommand.Repoint(new Repoint.Shard("s", "h2"), "x"));
    assertThat(parse("REPOINT WORKSPACE 'w' TO SHARD s2"))
        .isEqualTo(new MoveCommand.Repoint(new Repoint.Workspace("w", "s2"), ""));
    assertThat(parse("REPOINT BACK"))
        .isEqualTo(new MoveCommand.Repoint(new Repoint.Back(Duration.ofSeconds(1)), ""));
    assertThat(parse("REPOINT BACK WITHIN 300ms BECAUSE 'it was better'"))
        .isEqualTo(
            new MoveCommand.Repoint(new Repoint.Back(Duration.ofMillis(300)), "it was better"));
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
          "DARK READ WORKSPACE w AGAINST 'host=b' SAMPLE 1%",
          "DARK READ HOST h AGAINST 'host=b' SAMPLE 0%",
          "DARK READ HOST h AGAINST 'host=b' SAMPLE 101%",
          "DARK READ HOST h AGAINST 'host=b' SAMPLE 1",
          "DARK READ HOST h SAMPLE 1%",
          "DARK READ HOST h AGAINST 'host=b' SAMPLE 1% MAX ROWS 0",
          "STOP DARK READ",
          "SHOW DARK READ",
          "SWAP HOST h1 TO 'x' REQUIRE DARK READS none EQUAL",
          "PAUSE HOST h1 DRAIN 1s now"
        }) {
      assertThatExceptionOfType(CommandFailed.class)
          .as(text)
          .isThrownBy(() -> parse(text))
          .satisfies(error -> assertThat(error.fields().message()).startsWith("expected "));
    }
  }

  @Test
  void theClausesOfASwapComeInAnyOrderAndOnce() throws Exception {
    String swap = "SWAP HOST h TO 'host=a dbname=b' ";
    assertThat(parse(swap + "BECAUSE 'x' CATCH UP s MARKER 'm' FENCE 'f' UNDO 'u' WITHIN 2s"))
        .isEqualTo(parse(swap + "WITHIN 2s FENCE 'f' UNDO 'u' CATCH UP s MARKER 'm' BECAUSE 'x'"));
    assertThatExceptionOfType(CommandFailed.class)
        .isThrownBy(() -> parse(swap + "WITHIN 2s WITHIN 3s"));
  }
}
