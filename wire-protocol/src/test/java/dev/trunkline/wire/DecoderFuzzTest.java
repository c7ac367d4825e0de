package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Mutated bodies give a value or a {@link ProtocolViolation}: no other exception, no buffer kept.
 */
class DecoderFuzzTest {
  private static final int ROUNDS = 50_000;
  private static final byte[] VALUE = {1, 2, 3};

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  @BeforeEach
  void printSeed() {
    System.out.println("seed " + seed);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void mutatedServerMessagesAreReadOrRefused() {
    fuzz(out -> Backend.authenticationMd5Password(out, new byte[4]), Authentication::decode);
    fuzz(out -> Backend.authenticationSasl(out, List.of("A", "BC")), Authentication::decode);
    fuzz(
        out -> Backend.error(out, ErrorFields.error("08P01", "no").withHint("Do.")),
        ErrorFields::decode);
    fuzz(out -> Backend.parameterStatus(out, "name", "välue"), BackendDecoder::parameterStatus);
    fuzz(out -> Backend.backendKeyData(out, 7, VALUE), BackendDecoder::backendKeyData);
    fuzz(
        out -> Backend.negotiateProtocolVersion(out, 2, List.of("a", "b")),
        BackendDecoder::negotiateProtocolVersion);
    fuzz(
        out ->
            Backend.rowDescription(out, List.of(new Backend.Column("a", 1, (short) 2, (short) 0))),
        BackendDecoder::rowDescription);
    fuzz(out -> Backend.dataRow(out, Arrays.asList(VALUE, null)), BackendDecoder::dataRow);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void mutatedClientMessagesAreReadOrRefused() {
    fuzz(out -> Frontend.query(out, "select 'ü'"), FrontendDecoder::query);
    fuzz(out -> Frontend.parse(out, "s", "select 1", 1, 2), FrontendDecoder::parse);
    fuzz(out -> Frontend.bind(out, "p", "s", Arrays.asList(VALUE, null)), FrontendDecoder::bind);
    fuzz(out -> Frontend.describe(out, Frontend.PORTAL, "p"), FrontendDecoder::describe);
    fuzz(out -> Frontend.execute(out, "p", 1), FrontendDecoder::execute);
    fuzz(
        out -> Frontend.saslInitialResponse(out, "SCRAM", VALUE),
        FrontendDecoder::saslInitialResponse);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void mutatedStartupPacketsAreReadOrRefused() {
    fuzzBytes(
        Message.bytes(out -> Frontend.startup(out, 2, Map.of("user", "bob"))),
        StartupDecoder::decode);
    fuzzBytes(
        Message.bytes(out -> Frontend.cancelRequest(out, 7, new byte[4])), StartupDecoder::decode);
  }

  private void fuzz(Consumer<ByteBuf> encoder, Consumer<ByteBuf> decoder) {
    fuzzBytes(Message.of(encoder).body(), decoder);
  }

  private void fuzzBytes(byte[] original, Consumer<ByteBuf> decoder) {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = Arrays.copyOf(original, original.length + random.nextInt(-2, 3));
      for (int i = random.nextInt(4); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      attempt(bytes, decoder);
    }
  }

  private void attempt(byte[] bytes, Consumer<ByteBuf> decoder) {
    ByteBuf body = Unpooled.wrappedBuffer(bytes);
    try {
      decoder.accept(body);
    } catch (ProtocolViolation _) {
      // one of the two allowed ends
    } catch (RuntimeException other) {
      fail("seed " + seed + ", bytes " + Arrays.toString(bytes), other);
    }
    if (body.refCnt() != 1) {
      fail("seed " + seed + ", buffer retained or released, bytes " + Arrays.toString(bytes));
    }
  }
}
