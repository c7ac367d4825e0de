package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BackendTest {
  @Test
  void theLoginMessagesAreAsDocumented() {
    assertBytes(Backend::authenticationOk, "'R' 00000008 00000000");
    assertBytes(Backend::authenticationCleartextPassword, "'R' 00000008 00000003");
    assertBytes(
        out -> Backend.authenticationMd5Password(out, new byte[] {1, 2, 3, 4}),
        "'R' 0000000c 00000005 01020304");
    assertBytes(
        out -> Backend.authenticationSasl(out, List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")),
        "'R' 0000002a 0000000a 'SCRAM-SHA-256-PLUS' 00 'SCRAM-SHA-256' 00 00");
    assertBytes(out -> Backend.saslContinue(out, ascii("r=x")), "'R' 0000000b 0000000b 'r=x'");
    assertBytes(out -> Backend.saslFinal(out, ascii("v=x")), "'R' 0000000b 0000000c 'v=x'");
    assertBytes(
        out -> Backend.negotiateProtocolVersion(out, 2, List.of("_pq_.x")),
        "'v' 00000013 00030002 00000001 '_pq_.x' 00");
    assertBytes(
        out -> Backend.parameterStatus(out, "TimeZone", "Zürich"),
        "'S' 00000015 'TimeZone' 00 'Z' c3bc 'rich' 00");
    assertBytes(
        out -> Backend.backendKeyData(out, 258, new byte[] {1, 2, 3, 4, 5}),
        "'K' 0000000d 00000102 0102030405");
    assertBytes(out -> Backend.readyForQuery(out, Tags.Status.IDLE), "'Z' 00000005 'I'");
  }

  @Test
  void theResultMessagesAreAsDocumented() {
    assertBytes(
        out ->
            Backend.rowDescription(
                out, List.of(new Backend.Column("id", 23, (short) 4, Backend.BINARY))),
        "'T' 0000001b 0001 'id' 00 00000000 0000 00000017 0004 ffffffff 0001");
    assertBytes(
        out -> Backend.dataRow(out, Arrays.asList(ascii("42"), null, new byte[0])),
        "'D' 00000014 0003 00000002 '42' ffffffff 00000000");
    assertBytes(out -> Backend.commandComplete(out, "SELECT 1"), "'C' 0000000d 'SELECT 1' 00");
    assertBytes(Backend::emptyQueryResponse, "'I' 00000004");
    assertBytes(
        out -> Backend.notificationResponse(out, 7, "jobs", "x"),
        "'A' 0000000f 00000007 'jobs' 00 'x' 00");
  }

  @Test
  void theMessagesOfTheExtendedProtocolAreAsDocumented() {
    assertBytes(Backend::parseComplete, "'1' 00000004");
    assertBytes(Backend::bindComplete, "'2' 00000004");
    assertBytes(Backend::closeComplete, "'3' 00000004");
    assertBytes(Backend::noData, "'n' 00000004");
    assertBytes(Backend::portalSuspended, "'s' 00000004");
    assertBytes(
        out -> Backend.parameterDescription(out, new int[] {23, 25}),
        "'t' 0000000e 0002 00000017 00000019");
  }

  @Test
  void theCopyMessagesAreAsDocumented() {
    assertBytes(
        out -> Backend.copyInResponse(out, (byte) 1, new short[] {1, 1}),
        "'G' 0000000b 01 0002 0001 0001");
    assertBytes(
        out -> Backend.copyOutResponse(out, (byte) 0, new short[] {0}),
        "'H' 00000009 00 0001 0000");
    assertBytes(out -> Backend.copyData(out, ascii("a\n")), "'d' 00000006 'a' 0a");
    assertBytes(Backend::copyDone, "'c' 00000004");
  }

  @Test
  void anErrorHasItsFieldsInPostgresOrder() {
    ErrorFields fields =
        ErrorFields.fatal("08P01", "no such shard")
            .withHint("Ask an operator.")
            .withDetail("Nobody knows it.");

    assertBytes(
        out -> Backend.error(out, fields),
        "'E' 0000004d 'SFATAL' 00 'VFATAL' 00 'C08P01' 00 'Mno such shard' 00"
            + " 'DNobody knows it.' 00 'HAsk an operator.' 00 00");
  }

  @Test
  void aNoticeHasItsOwnTag() {
    assertBytes(
        out -> Backend.notice(out, ErrorFields.notice("00000", "hi")),
        "'N' 00000020 'SNOTICE' 00 'VNOTICE' 00 'C00000' 00 'Mhi' 00 00");
  }

  @Test
  void messagesAreAppended() {
    assertBytes(
        out -> {
          Backend.commandComplete(out, "SET");
          Backend.readyForQuery(out, Tags.Status.IN_TRANSACTION);
        },
        "'C' 00000008 'SET' 00 'Z' 00000005 'T'");
  }

  @Test
  void textWithANulIsRefused() {
    ByteBuf out = Unpooled.buffer();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backend.parameterStatus(out, "a", "b\0c"));
  }

  @Test
  void countsThatDoNotFitAreRefused() {
    ByteBuf out = Unpooled.buffer();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backend.dataRow(out, Collections.nCopies(65_536, null)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backend.authenticationMd5Password(out, new byte[5]));
  }

  static void assertBytes(Consumer<ByteBuf> encoder, String expected) {
    assertThat(Message.bytes(encoder)).isEqualTo(Hand.bytes(expected));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
