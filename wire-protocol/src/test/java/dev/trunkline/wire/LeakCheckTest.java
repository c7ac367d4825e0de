package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class LeakCheckTest {
  private final LeakCheck check = new LeakCheck();

  @Test
  void aBufferThatIsNotReleasedFailsTheClass() throws InterruptedException {
    check.beforeAll(null);
    UnpooledByteBufAllocator.DEFAULT.directBuffer(1).writeByte(1);

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> check.afterAll(null))
        .withMessageContaining("1 buffers leaked");
  }

  @Test
  void aBufferThatIsReleasedDoesNot() throws InterruptedException {
    check.beforeAll(null);
    UnpooledByteBufAllocator.DEFAULT.directBuffer(1).writeByte(1).release();

    assertThatCode(() -> check.afterAll(null)).doesNotThrowAnyException();
  }
}
