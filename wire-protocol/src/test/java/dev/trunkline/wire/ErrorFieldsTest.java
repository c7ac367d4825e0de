package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class ErrorFieldsTest {
  private static final String FROM_SERVER =
      "'SFEHLER' 00 'VERROR' 00 'C42P01' 00 'Mno table' 00 'HLook.' 00 'P15' 00 'Fparse.c' 00 00";

  @Test
  void aServersErrorIsReadWithFieldsThatHaveNoName() {
    ErrorFields fields = decode(FROM_SERVER);

    assertThat(fields.severity()).isEqualTo("ERROR");
    assertThat(fields.sqlstate()).isEqualTo("42P01");
    assertThat(fields.message()).isEqualTo("no table");
    assertThat(fields.detail()).isNull();
    assertThat(fields.hint()).isEqualTo("Look.");
    assertThat(fields.other('P')).isEqualTo("15");
    assertThat(fields.other('F')).isEqualTo("parse.c");
    assertThat(fields.other('x')).isNull();
  }

  @Test
  void aServersErrorIsPassedOnByteForByte() {
    Message message = Message.of(out -> Backend.error(out, decode(FROM_SERVER)));

    assertThat(message.body()).isEqualTo(Hand.bytes(FROM_SERVER));
  }

  @Test
  void aSenderWithoutUntranslatedSeverityIsUnderstood() {
    ErrorFields fields = decode("'SFATAL' 00 'C08P01' 00 'Mclosing' 00 00");

    assertThat(fields).isEqualTo(ErrorFields.fatal("08P01", "closing"));
    assertThat(fields.closesConnection()).isTrue();
  }

  @Test
  void anErrorWithoutAnyFieldIsStillAnError() {
    assertThat(decode("00")).isEqualTo(ErrorFields.error("XX000", ""));
  }

  @Test
  void textThatIsNotUtf8IsShownAsFarAsPossible() {
    assertThat(decode("'Mcaf' e9 00 00").message()).isEqualTo("caf\ufffd");
  }

  @Test
  void fieldsWithoutTerminatorAreAViolation() {
    for (String body : new String[] {"", "'M'", "'Mx'", "'Mx' 00"}) {
      assertThatExceptionOfType(ProtocolViolation.class).isThrownBy(() -> decode(body));
    }
  }

  @Test
  void withersLeaveTheOriginalAlone() {
    ErrorFields plain = ErrorFields.error("08P01", "no");

    ErrorFields full = plain.withDetail("Because.").withHint("Do.").withSeverity("FATAL");

    assertThat(plain.detail()).isNull();
    assertThat(full.detail()).isEqualTo("Because.");
    assertThat(full.hint()).isEqualTo("Do.");
    assertThat(full.closesConnection()).isTrue();
    assertThat(plain.closesConnection()).isFalse();
  }

  private static ErrorFields decode(String body) {
    return ErrorFields.decode(Unpooled.wrappedBuffer(Hand.bytes(body)));
  }
}
