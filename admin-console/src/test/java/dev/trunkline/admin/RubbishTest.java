package dev.trunkline.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RubbishTest {
  private static final int ROUNDS = 20_000;
  private static final String TAGS = "QPBDECSHFdcf";
  private static final List<String> WORDS =
      List.of(
          "SHOW",
          "SELECT",
          "SET",
          "PAUSE",
          "pools",
          "route",
          "p",
          "=",
          "to",
          ";",
          "\"",
          "'",
          "''",
          "\"\"",
          "(",
          ")",
          "1",
          "begin",
          "commit",
          "transaction",
          "read",
          ",",
          "stats",
          "\t",
          "é",
          "KILL_CLIENT",
          "RESUME",
          "help",
          "version",
          "\0",
          "$1",
          "--",
          "/*");

  private final Talk talk = new Talk(Access.ADMIN);

  @Test
  void aTruncatedMessageIsACleanErrorAndTheSessionGoesOn() {
    Talk.Reply reply = talk.raw(Tags.Frontend.QUERY, "SHOW POOLS".getBytes(StandardCharsets.UTF_8));

    assertThat(reply.tags()).isEqualTo("EZ");
    assertThat(reply.error().severity()).isEqualTo("ERROR");
    assertThat(reply.error().sqlstate()).isEqualTo("08P01");
    assertThat(talk.query("SHOW VERSION").errors()).isEmpty();
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    assertThat(talk.raw(Tags.Frontend.QUERY, new byte[] {(byte) 0xff, 0}).error().sqlstate())
        .isEqualTo("22021");
  }

  @Test
  void anUnknownMessageEndsTheSession() {
    Talk.Reply reply = talk.raw((byte) 0xe9, new byte[0]);

    assertThat(reply.open()).isFalse();
    assertThat(reply.error().severity()).isEqualTo("FATAL");
    assertThat(reply.error().message()).isEqualTo("unsupported packet type for admin console: 233");
  }

  @Test
  void terminateEndsTheSessionSilently() {
    Talk.Reply reply = talk.raw(Tags.Frontend.TERMINATE, new byte[0]);

    assertThat(reply.open()).isFalse();
    assertThat(reply.tags()).isEmpty();
  }

  @Test
  void aFunctionCallIsRefusedAndCopyDataDropped() {
    assertThat(talk.raw(Tags.Frontend.FUNCTION_CALL, new byte[0]).tags()).isEqualTo("EZ");
    assertThat(talk.raw(Tags.Frontend.COPY_DATA, new byte[3]).tags()).isEmpty();
  }

  @Test
  void aBugBehindAPortIsReportedAndDoesNotEndTheSession() {
    Inspector broken =
        (Inspector)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Inspector.class},
                (proxy, method, arguments) -> {
                  throw new IllegalStateException("loop is\0gone");
                });
    Talk other = new Talk(Access.ADMIN, broken);

    Talk.Reply reply = other.query("SHOW POOLS");

    assertThat(reply.tags()).isEqualTo("EZ");
    assertThat(reply.error().sqlstate()).isEqualTo("XX000");
    assertThat(reply.error().detail()).contains("IllegalStateException: loop is gone at ");
    assertThat(other.query("RELOAD").errors()).isEmpty();
  }

  @Test
  void anErrorTextThatNoMessageCanCarryIsStillAnError() {
    talk.operator.reloadProblem = "line 1: \0";

    Talk.Reply reply = talk.query("RELOAD");

    assertThat(reply.tags()).isEqualTo("EZ");
    assertThat(reply.error().sqlstate()).isEqualTo("XX000");
  }

  @Test
  void rubbishNeverThrowsAndIsAnsweredInWholeMessages() {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("fuzz seed " + seed);
    Random random = new Random(seed);
    Talk fuzzed = new Talk(Access.ADMIN);
    for (int i = 0; i < ROUNDS; i++) {
      byte tag = (byte) TAGS.charAt(random.nextInt(TAGS.length()));

      Talk.Reply reply = fuzzed.raw(tag, body(random, tag));

      assertThat(reply.open()).as("seed %s round %s", seed, i).isTrue();
      if (reply.tags().isEmpty() && random.nextInt(50) == 0) {
        fuzzed.raw(Tags.Frontend.SYNC, new byte[0]);
      }
    }
    fuzzed.raw(Tags.Frontend.SYNC, new byte[0]);
    fuzzed.query("ROLLBACK");
    assertThat(fuzzed.query("SHOW VERSION").completed()).containsExactly("SHOW");
  }

  private static byte[] body(Random random, byte tag) {
    ByteBuf body = Unpooled.buffer();
    if (random.nextInt(4) == 0) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      return bytes;
    }
    fields(random, tag, body);
    int length = body.readableBytes();
    byte[] bytes = new byte[random.nextInt(5) == 0 ? random.nextInt(length + 1) : length];
    body.readBytes(bytes);
    return bytes;
  }

  private static void fields(Random random, byte tag, ByteBuf body) {
    switch (tag) {
      case Tags.Frontend.QUERY -> text(random, body);
      case Tags.Frontend.PARSE -> {
        name(random, body);
        text(random, body);
        body.writeShort(0);
      }
      case Tags.Frontend.BIND -> {
        name(random, body);
        name(random, body);
        body.writeShort(0).writeShort(0).writeShort(1).writeShort(random.nextInt(3));
      }
      case Tags.Frontend.DESCRIBE, Tags.Frontend.CLOSE -> {
        body.writeByte(random.nextBoolean() ? 'S' : 'P');
        name(random, body);
      }
      case Tags.Frontend.EXECUTE -> {
        name(random, body);
        body.writeInt(random.nextInt(4) - 1);
      }
      default -> body.writeInt(random.nextInt());
    }
  }

  private static void name(Random random, ByteBuf body) {
    body.writeCharSequence(random.nextBoolean() ? "" : "n", StandardCharsets.UTF_8);
    body.writeByte(0);
  }

  private static void text(Random random, ByteBuf body) {
    for (int i = random.nextInt(6); i >= 0; i--) {
      body.writeCharSequence(WORDS.get(random.nextInt(WORDS.size())), StandardCharsets.UTF_8);
      body.writeByte(random.nextInt(8) == 0 ? random.nextInt(256) : ' ');
    }
    body.writeByte(0);
  }
}
