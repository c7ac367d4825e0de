package dev.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OldGarbageTest {
  private long used;
  private long alive;
  private int collections;

  private final OldGarbage garbage =
      OldGarbage.of(
          () -> used,
          () -> {
            collections++;
            used = alive;
          });

  @Test
  void collectsWhenWhatIsInUseHasDoubled() {
    look(10, 10);
    look(20, 10);
    assertThat(collections).isZero();
    look(22, 10);
    assertThat(collections).isEqualTo(1);
    look(20, 10);
    assertThat(collections).isEqualTo(1);
  }

  @Test
  void whatLivesIsTheMeasure() {
    look(10, 10);
    look(40, 35);
    assertThat(collections).isEqualTo(1);
    look(70, 35);
    assertThat(collections).isEqualTo(1);
    look(72, 35);
    assertThat(collections).isEqualTo(2);
  }

  @Test
  void theCollectorsOwnCollectionsCount() {
    look(30, 10);
    look(12, 10);
    look(26, 10);
    assertThat(collections).isEqualTo(1);
  }

  private void look(long inUse, long ofItAlive) {
    used = inUse;
    alive = ofItAlive;
    garbage.run();
  }
}
