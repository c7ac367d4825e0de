package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.entry;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Map;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;

class StartupDecoderTest {
  private static final String LAYOUT =
      "invalid startup packet layout: expected terminator as last byte";
  private static final String LENGTH = "invalid length of startup packet";
  private static final String LOGIN =
      "00000022 00030002 'user' 00 'bob' 00 'database' 00 'orders' 00 00";

  @Test
  void aLoginHasItsParametersInOrder() {
    StartupPacket.Startup startup = (StartupPacket.Startup) decode(LOGIN);

    assertThat(startup.major()).isEqualTo(3);
    assertThat(startup.minor()).isEqualTo(2);
    assertThat(startup.parameters())
        .containsExactly(entry("user", "bob"), entry("database", "orders"));
    assertThat(startup.user()).isEqualTo("bob");
    assertThat(startup.database()).isEqualTo("orders");
  }

  @Test
  void theDatabaseIsTheUserIfNoneIsNamed() {
    assertThat(decode("00000012 00030000 'user' 00 'bob' 0000"))
        .isInstanceOfSatisfying(
            StartupPacket.Startup.class, it -> assertThat(it.database()).isEqualTo("bob"));
  }

  @Test
  void aRepeatedParameterTakesItsLastValue() {
    assertThat(decode("00000015 00030000 'a' 00 '1' 00 'b' 00 '2' 00 'a' 00 '3' 0000"))
        .isInstanceOfSatisfying(
            StartupPacket.Startup.class,
            it -> assertThat(it.parameters()).containsExactly(entry("a", "3"), entry("b", "2")));
  }

  @Test
  void aLoginMayHaveNoParametersAtAll() {
    assertThat(decode("00000009 00030000 00")).isEqualTo(new StartupPacket.Startup(3, 0, Map.of()));
  }

  @Test
  void aParameterMayBeEmpty() {
    assertThat(decode("0000000f 00030000 'user' 00 00 00"))
        .isEqualTo(new StartupPacket.Startup(3, 0, Map.of("user", "")));
  }

  @Test
  void otherVersionsAreLeftToTheCaller() {
    assertThat(decode("00000009 00020000 'x'"))
        .isEqualTo(new StartupPacket.Startup(2, 0, Map.of()));
    assertThat(decode("00000008 00040001")).isEqualTo(new StartupPacket.Startup(4, 1, Map.of()));
    assertThat(decode("00000008 04d21234"))
        .isEqualTo(new StartupPacket.Startup(1234, 0x1234, Map.of()));
  }

  @Test
  void requestsForEncryptionAreTold() {
    assertThat(decode("00000008 04d2162f")).isEqualTo(new StartupPacket.SslRequest());
    assertThat(decode("00000008 04d21630")).isEqualTo(new StartupPacket.GssEncRequest());
  }

  @Test
  void requestsForEncryptionHaveNoBody() {
    assertViolation("00000009 04d2162f 00").withMessage(LENGTH);
    assertViolation("00000009 04d21630 00").withMessage(LENGTH);
  }

  @Test
  void aCancelRequestHasAKeyOf4To256Bytes() {
    assertThat(decode("00000010 04d2162e 00000007 01020304"))
        .isEqualTo(new StartupPacket.CancelRequest(7, new byte[] {1, 2, 3, 4}));
    assertThat(decode("0000010c 04d2162e 00000007" + "ab".repeat(256)))
        .isInstanceOfSatisfying(
            StartupPacket.CancelRequest.class, it -> assertThat(it.key()).hasSize(256));
    assertViolation("0000000f 04d2162e 00000007 010203")
        .withMessage("invalid length of cancel key in cancel request packet");
    assertViolation("0000010d 04d2162e 00000007" + "ab".repeat(257))
        .withMessage("invalid length of cancel key in cancel request packet");
    assertViolation("0000000b 04d2162e 000000")
        .withMessage("invalid length of cancel request packet");
  }

  @Test
  void aCancelKeyIsNotShown() {
    assertThat(decode("00000010 04d2162e 00000007 01020304")).hasToString("CancelRequest[pid=7]");
  }

  @Test
  void parametersWithoutTerminatorAreViolations() {
    assertViolation("00000008 00030000").withMessage(LAYOUT);
    assertViolation("00000009 00030000 'u'").withMessage(LAYOUT);
    assertViolation("0000000d 00030000 'user' 00").withMessage(LAYOUT);
    assertViolation("0000000e 00030000 'user' 00 00").withMessage(LAYOUT);
    assertViolation("00000010 00030000 'user' 00 'bob'").withMessage(LAYOUT);
    assertViolation("00000011 00030000 'user' 00 'bob' 00").withMessage(LAYOUT);
    assertViolation("00000013 00030000 'user' 00 'bob' 000000").withMessage(LAYOUT);
    assertViolation("0000000a 00030000 00 'x'").withMessage(LAYOUT);
  }

  @Test
  void namesThatAreNotUtf8AreViolations() {
    assertViolation("00000010 00030000 'user' 00 e9 00 00")
        .withMessage("invalid byte sequence for encoding \"UTF8\"")
        .satisfies(violation -> assertThat(violation.sqlstate()).isEqualTo("22021"));
  }

  @Test
  void lengthsThatNoPacketHasAreViolations() {
    for (String length :
        new String[] {"00000000", "00000007", "00002711", "16030101", "ffffffff"}) {
      ByteBuf in = Unpooled.wrappedBuffer(Hand.bytes(length));
      assertThatExceptionOfType(ProtocolViolation.class)
          .isThrownBy(() -> StartupDecoder.lengthOf(in))
          .withMessage(LENGTH);
      assertThatExceptionOfType(ProtocolViolation.class)
          .isThrownBy(() -> new StartupDecoder().feed(in, 0, 4))
          .withMessage(LENGTH);
    }
    assertThat(StartupDecoder.lengthOf(Unpooled.wrappedBuffer(Hand.bytes("00002710"))))
        .isEqualTo(10_000);
  }

  @Test
  void aPacketCutShortIsAViolation() {
    byte[] whole = Hand.bytes(LOGIN);
    for (int length = 0; length < whole.length; length++) {
      ByteBuf cut = Unpooled.wrappedBuffer(whole, 0, length);
      assertThatExceptionOfType(ProtocolViolation.class)
          .isThrownBy(() -> StartupDecoder.decode(cut));
    }
  }

  @Test
  void bytesBehindThePacketAreLeftAlone() {
    ByteBuf in = Unpooled.wrappedBuffer(Hand.bytes(LOGIN + "'Q'"));

    StartupDecoder.decode(in);

    assertThat(in.readableBytes()).isEqualTo(1);
  }

  @Test
  void aPacketCutAnywhereIsTheSamePacket() {
    byte[] stream = Hand.bytes("00000008 04d2162f" + LOGIN);

    FrameSplitter.atEveryPosition(stream, StartupDecoderTest::assertSslThenLogin);
    FrameSplitter.byteByByte(stream, StartupDecoderTest::assertSslThenLogin);
  }

  private static void assertSslThenLogin(Iterable<ByteBuf> chunks) {
    StartupDecoder decoder = new StartupDecoder();
    StartupPacket previous = null;
    StartupPacket last = null;
    for (ByteBuf chunk : chunks) {
      int index = 0;
      while (index < chunk.writerIndex()) {
        index = decoder.feed(chunk, index, chunk.writerIndex());
        if (decoder.complete()) {
          previous = last;
          last = decoder.packet();
        }
      }
    }
    assertThat(previous).isEqualTo(new StartupPacket.SslRequest());
    assertThat(last).isEqualTo(decode(LOGIN));
  }

  @Test
  void anIncompletePacketCannotBeTaken() {
    assertThatIllegalStateException().isThrownBy(() -> new StartupDecoder().packet());
  }

  @Test
  void tlsIsToldByItsFirstByte() {
    assertThat(StartupDecoder.isTlsHandshake((byte) 0x16)).isTrue();
    assertThat(StartupDecoder.isTlsHandshake((byte) 0)).isFalse();
  }

  private static StartupPacket decode(String packet) {
    return StartupDecoder.decode(Unpooled.wrappedBuffer(Hand.bytes(packet)));
  }

  private static ThrowableAssertAlternative<ProtocolViolation> assertViolation(String packet) {
    return assertThatExceptionOfType(ProtocolViolation.class).isThrownBy(() -> decode(packet));
  }
}
