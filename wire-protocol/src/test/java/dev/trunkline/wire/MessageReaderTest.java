package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
  private final ByteBuf buf = Unpooled.wrappedBuffer(Hand.bytes("'ab' 00 c3bc 00 'cd'"));

  @Test
  void theEndOfAStringIsItsNulWithinTheRange() {
    assertThat(MessageReader.cstringEnd(buf, 0, 8)).isEqualTo(2);
    assertThat(MessageReader.cstringEnd(buf, 2, 8)).isEqualTo(2);
    assertThat(MessageReader.cstringEnd(buf, 3, 8)).isEqualTo(5);
    assertThat(MessageReader.cstringEnd(buf, 0, 2)).isEqualTo(-1);
    assertThat(MessageReader.cstringEnd(buf, 6, 8)).isEqualTo(-1);
  }

  @Test
  void anEmptyOrReversedRangeHasNoString() {
    assertThat(MessageReader.cstringEnd(buf, 2, 2)).isEqualTo(-1);
    assertThat(MessageReader.cstringEnd(buf, 8, 0)).isEqualTo(-1);
  }

  @Test
  void stringsAreReadByIndexWithoutMoving() {
    assertThat(MessageReader.cstring(buf, 0, 8)).isEqualTo("ab");
    assertThat(MessageReader.cstring(buf, 3, 8)).isEqualTo("ü");
    assertThat(MessageReader.skipCstring(buf, 0, 8)).isEqualTo(3);
    assertThat(buf.readerIndex()).isZero();
  }

  @Test
  void stringsAreReadOneAfterTheOther() {
    assertThat(MessageReader.readCstring(buf)).isEqualTo("ab");
    MessageReader.skipCstring(buf);
    assertThat(MessageReader.readBytes(buf, 2)).isEqualTo(Hand.bytes("'cd'"));
    MessageReader.requireEnd(buf);
  }

  @Test
  void missingBytesAreViolationsInPostgresWords() {
    buf.readerIndex(6);

    assertViolation("invalid string in message", () -> MessageReader.readCstring(buf));
    assertViolation("invalid string in message", () -> MessageReader.skipCstring(buf));
    assertViolation("insufficient data left in message", () -> MessageReader.readInt32(buf));
    assertViolation("insufficient data left in message", () -> MessageReader.readBytes(buf, 3));
    assertViolation("insufficient data left in message", () -> MessageReader.readBytes(buf, -1));
    assertViolation("invalid message format", () -> MessageReader.requireEnd(buf));
  }

  @Test
  void aCountThatTheBodyCannotHoldIsAViolation() {
    ByteBuf body = Unpooled.wrappedBuffer(Hand.bytes("ffff 00000000"));

    assertViolation("insufficient data left in message", () -> MessageReader.readCount(body, 4));
  }

  @Test
  void namesThatAreNotUtf8AreNeverMixedUp() {
    ByteBuf latin = Unpooled.wrappedBuffer(Hand.bytes("'x' e9 00"));

    assertViolation(
        "invalid byte sequence for encoding \"UTF8\"", () -> MessageReader.readCstring(latin));
  }

  private static void assertViolation(String message, Runnable action) {
    assertThatExceptionOfType(ProtocolViolation.class).isThrownBy(action::run).withMessage(message);
  }
}
