package dev.trunkline.proxy.swap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.swap.SwapReport.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A new home whose markers take as long as is said, the last of them for ever. */
class ApproachTest {
  private static final Duration WITHIN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMillis(200);
  private static final int PACE_MILLIS = 5;

  private final List<Duration> limits = new ArrayList<>();

  /** A marker that takes longer than the limit does not come; nobody has to wait for it here. */
  private Approach approach(Duration within, long... millis) throws Exception {
    return Approach.towards(
        limit -> {
          Thread.sleep(PACE_MILLIS);
          limits.add(limit);
          Duration lag = Duration.ofMillis(millis[Math.min(limits.size(), millis.length) - 1]);
          return lag.compareTo(limit) > 0 ? null : lag;
        },
        within,
        PATIENCE);
  }

  @Test
  void aNearHomeIsAskedOnce() throws Exception {
    assertThat(approach(WITHIN, 8))
        .isEqualTo(new Approach(Result.DONE, "the new home is 8 ms behind, markers: 1"));
  }

  @Test
  void markersAreSentUntilOneComesQuickly() throws Exception {
    assertThat(approach(WITHIN, 900, 140, 21, 20, 700))
        .isEqualTo(new Approach(Result.DONE, "the new home is 20 ms behind, markers: 4"));
  }

  @Test
  void oneThatDoesNotComeNearIsGoneToWithAWarningWhileAPauseIsLongEnough() throws Exception {
    Approach found = approach(WITHIN, 900, 140);
    assertThat(found.result()).isEqualTo(Result.WARNED);
    assertThat(found.found()).startsWith("the new home is 140 ms behind");
    assertThat(limits).hasSizeBetween(2, (int) PATIENCE.toMillis() / PACE_MILLIS + 1);
  }

  @Test
  void oneThatIsFartherAwayThanAPauseMayLastIsNotGoneTo() throws Exception {
    assertThat(approach(Duration.ofMillis(100), 150).result()).isEqualTo(Result.FAILED);
    Approach never = approach(WITHIN, 30_000);
    assertThat(never.result()).isEqualTo(Result.FAILED);
    assertThat(never.found()).startsWith("the new home is more than 1000 ms behind");
  }

  /** With WITHIN 60s, 30 s are no reason to give up. */
  @Test
  void aMarkerIsWaitedForAsLongAsThePauseMayLast() throws Exception {
    assertThat(approach(Duration.ofSeconds(60), 30_000, 3).result()).isEqualTo(Result.DONE);
    assertThat(limits).containsOnly(Duration.ofSeconds(60));
  }

  @Test
  void aPauseShorterThanNearIsNotBegunBehindIt() throws Exception {
    Duration brief = Duration.ofMillis(10);
    assertThat(approach(brief, 15, 9).found()).isEqualTo("the new home is 9 ms behind, markers: 2");
    assertThat(approach(brief, 15).result()).isEqualTo(Result.FAILED);
  }
}
