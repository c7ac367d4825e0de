package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColumnTypeTest {
  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, -1, 9999, 10_000, -10_000, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE})
  void aNumericInBinaryReadsBackAsTheSameNumber(long value) {
    assertThat(decoded(ColumnType.NUMERIC.encode(value, true))).isEqualTo(value);
  }

  @Test
  void aNumericIsLaidOutAsPostgresDoes() {
    assertThat(ColumnType.NUMERIC.encode(-12_340_005L, true))
        .containsExactly(0, 2, 0, 1, 0x40, 0, 0, 0, 0x04, 0xd2, 0, 5);
    assertThat(ColumnType.NUMERIC.encode(0L, true)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
  }

  @Test
  void integersAreBigEndian() {
    assertThat(ColumnType.INT4.encode(258L, true)).containsExactly(0, 0, 1, 2);
    assertThat(ColumnType.INT8.encode(-1L, true)).containsOnly(0xff).hasSize(8);
  }

  @Test
  void nullIsNullInBothFormats() {
    assertThat(ColumnType.TEXT.encode(null, false)).isNull();
    assertThat(ColumnType.INT4.encode(null, true)).isNull();
  }

  private static long decoded(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int digits = in.getShort();
    int weight = in.getShort();
    boolean negative = in.getShort() == 0x4000;
    assertThat(in.getShort()).as("scale").isZero();
    assertThat(weight).isEqualTo(Math.max(digits - 1, 0));
    long value = 0;
    for (int i = 0; i < digits; i++) {
      value = value * 10_000 - in.getShort();
    }
    assertThat(in.hasRemaining()).isFalse();
    return negative ? value : -value;
  }
}
