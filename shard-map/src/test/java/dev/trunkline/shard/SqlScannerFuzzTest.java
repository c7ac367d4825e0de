package dev.trunkline.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SqlScannerFuzzTest {
  private static final int CASES = 200_000;
  private static final byte GUARD = '\'';

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final SqlScanner whole = new SqlScanner();
  private final SqlScanner piece = new SqlScanner();

  @Test
  void splitsMutatedTextsIntoPiecesThatMeanTheSameAlone() {
    System.out.println("SqlScannerFuzzTest seed " + seed);
    MutatedBytes texts = new MutatedBytes(random);
    for (int i = 0; i < CASES; i++) {
      check(texts.text(), random.nextBoolean());
    }
  }

  private void check(byte[] sql, boolean standard) {
    // Quotes around the text: a scan that reads beyond its bounds meets one and tells.
    byte[] text = new byte[sql.length + 2];
    Arrays.fill(text, GUARD);
    System.arraycopy(sql, 0, text, 1, sql.length);
    String shown = new String(sql, StandardCharsets.ISO_8859_1);
    whole.scan(text, 1, text.length - 1, standard);
    long union = 0;
    for (int i = 0; i < whole.count() && !whole.malformed(); i++) {
      piece.scan(text, whole.start(i), whole.end(i), standard);
      assertThat(piece.malformed()).as(shown).isFalse();
      assertThat(piece.count()).as(shown).isEqualTo(1);
      assertThat(piece.kind(0)).as(shown).isEqualTo(whole.kind(i));
      assertThat(piece.setting(0)).as(shown).isEqualTo(whole.setting(i));
      assertThat(piece.workspaceFree(0)).as(shown).isEqualTo(whole.workspaceFree(i));
      long expected =
          whole.count() > 1 ? piece.effects(0) & ~Effects.DISCARD_ALL : piece.effects(0);
      assertThat(whole.effects(i)).as(shown).isEqualTo(expected);
      union |= whole.effects(i);
    }
    assertThat(whole.malformed() || whole.effects() == union).as(shown).isTrue();
    whole.commentWorkspace();
  }
}
