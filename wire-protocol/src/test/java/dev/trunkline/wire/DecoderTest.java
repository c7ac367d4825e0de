package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What the encoders write, the decoders read; the encoders' bytes are tested on their own. */
class DecoderTest {
  private static final byte[] KEY = {1, 2, 3, 4};

  @Test
  void serverMessagesAreReadBack() {
    assertThat(BackendDecoder.parameterStatus(body(out -> Backend.parameterStatus(out, "a", "b"))))
        .isEqualTo(new BackendDecoder.ParameterStatus("a", "b"));
    assertThat(BackendDecoder.commandComplete(body(out -> Backend.commandComplete(out, "SET"))))
        .isEqualTo("SET");
    assertThat(BackendDecoder.readyForQuery(body(out -> Backend.readyForQuery(out, (byte) 'E'))))
        .isEqualTo(Tags.Status.FAILED_TRANSACTION);
    assertThat(
            BackendDecoder.notificationResponse(
                body(out -> Backend.notificationResponse(out, 7, "c", "p"))))
        .isEqualTo(new BackendDecoder.NotificationResponse(7, "c", "p"));
    assertThat(
            BackendDecoder.negotiateProtocolVersion(
                body(out -> Backend.negotiateProtocolVersion(out, 2, List.of("_pq_.x")))))
        .isEqualTo(new BackendDecoder.NegotiateProtocolVersion(2, List.of("_pq_.x")));
  }

  @Test
  void aKeyIsReadBackAndNotShown() {
    BackendDecoder.BackendKeyData key =
        BackendDecoder.backendKeyData(body(out -> Backend.backendKeyData(out, 7, KEY)));

    assertThat(key.pid()).isEqualTo(7);
    assertThat(key.key()).isEqualTo(KEY);
    assertThat(key).hasToString("BackendKeyData[pid=7]");
  }

  @Test
  void rowsAreReadBack() {
    List<Backend.Column> columns = List.of(new Backend.Column("id", 23, (short) 4, (short) 0));

    assertThat(BackendDecoder.rowDescription(body(out -> Backend.rowDescription(out, columns))))
        .isEqualTo(columns);
    assertThat(BackendDecoder.dataRow(body(out -> Backend.dataRow(out, Arrays.asList(KEY, null)))))
        .containsExactly(KEY, null);
  }

  @Test
  void requestsForAuthenticationAreReadBack() {
    assertThat(authentication(Backend::authenticationOk)).isEqualTo(new Authentication.Ok());
    assertThat(authentication(Backend::authenticationCleartextPassword))
        .isEqualTo(new Authentication.CleartextPassword());
    assertThat(authentication(out -> Backend.authenticationMd5Password(out, KEY)))
        .isInstanceOfSatisfying(
            Authentication.Md5Password.class, it -> assertThat(it.salt()).isEqualTo(KEY));
    assertThat(authentication(out -> Backend.authenticationSasl(out, List.of("A", "B"))))
        .isEqualTo(new Authentication.Sasl(List.of("A", "B")));
    assertThat(authentication(out -> Backend.saslContinue(out, KEY)))
        .isInstanceOfSatisfying(
            Authentication.SaslContinue.class, it -> assertThat(it.data()).isEqualTo(KEY));
    assertThat(authentication(out -> Backend.saslFinal(out, KEY)))
        .isInstanceOfSatisfying(
            Authentication.SaslFinal.class, it -> assertThat(it.data()).isEqualTo(KEY));
    assertThat(Authentication.decode(Unpooled.wrappedBuffer(Hand.bytes("00000007"))))
        .isEqualTo(new Authentication.Unsupported(7));
  }

  @Test
  void clientMessagesAreReadBack() {
    assertThat(FrontendDecoder.query(body(out -> Frontend.query(out, "select 1"))))
        .isEqualTo("select 1");
    assertThat(FrontendDecoder.password(body(out -> Frontend.password(out, "pw")))).isEqualTo("pw");
    assertThat(FrontendDecoder.parse(body(out -> Frontend.parse(out, "s", "select $1", 23, 0))))
        .usingRecursiveComparison()
        .isEqualTo(new FrontendDecoder.Parse("s", "select $1", new int[] {23, 0}));
    assertThat(FrontendDecoder.describe(body(out -> Frontend.describe(out, (byte) 'P', "p"))))
        .isEqualTo(new FrontendDecoder.Target(Frontend.PORTAL, "p"));
    assertThat(FrontendDecoder.close(body(out -> Frontend.close(out, (byte) 'S', "s"))))
        .isEqualTo(new FrontendDecoder.Target(Frontend.STATEMENT, "s"));
    assertThat(FrontendDecoder.execute(body(out -> Frontend.execute(out, "p", 5))))
        .isEqualTo(new FrontendDecoder.Execute("p", 5));
    assertThat(
            FrontendDecoder.saslInitialResponse(
                body(out -> Frontend.saslInitialResponse(out, "X", KEY))))
        .usingRecursiveComparison()
        .isEqualTo(new FrontendDecoder.SaslInitialResponse("X", KEY));
  }

  @Test
  void valuesToBindAreReadBackWithTheirFormats() {
    FrontendDecoder.Bind each = bind(new short[] {0, 1});

    assertThat(each.values()).containsExactly(KEY, null);
    assertThat(each.format(0)).isEqualTo(Backend.TEXT);
    assertThat(each.format(1)).isEqualTo(Backend.BINARY);
    assertThat(bind(new short[] {1}).format(1)).isEqualTo(Backend.BINARY);
    assertThat(bind(new short[0]).format(1)).isEqualTo(Backend.TEXT);
  }

  @Test
  void formatsThatDoNotMatchTheValuesAreAViolation() {
    assertThatExceptionOfType(ProtocolViolation.class)
        .isThrownBy(() -> bind(new short[] {0, 1, 1}))
        .withMessage("bind message has 3 parameter formats but 2 parameters");
  }

  @Test
  void describeKnowsStatementsAndPortalsOnly() {
    assertThatExceptionOfType(ProtocolViolation.class)
        .isThrownBy(
            () -> FrontendDecoder.describe(body(out -> Frontend.describe(out, (byte) 'x', ""))))
        .withMessage("invalid DESCRIBE message subtype 120");
  }

  private static FrontendDecoder.Bind bind(short[] formats) {
    List<byte[]> values = Arrays.asList(KEY, null);
    return FrontendDecoder.bind(
        body(out -> Frontend.bind(out, "p", "s", formats, values, new short[0])));
  }

  private static Authentication authentication(Consumer<ByteBuf> encoder) {
    return Authentication.decode(body(encoder));
  }

  private static ByteBuf body(Consumer<ByteBuf> encoder) {
    return Message.of(encoder).buffer();
  }
}
