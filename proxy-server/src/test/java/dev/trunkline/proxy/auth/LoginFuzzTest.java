package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Authentication;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a peer sends, a login ends with a verdict and never with an exception. */
class LoginFuzzTest {
  private static final Secret SCRAM = Scrams.secret("secret");
  private static final int ROUNDS = 3_000;
  private static final Method[] ASKING = {
    Method.PLAIN, Method.MD5, Method.SCRAM_SHA_256, Method.SCRAM_SHA_256
  };

  /** One iteration: PBKDF2 is not what is tested here. */
  private final LoginContext context = new LoginContext(new LoginContext.Limits(1, 100, 1, 16));

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  @BeforeEach
  void printSeed() {
    System.out.println("LoginFuzzTest: seed " + seed);
  }

  @AfterEach
  void closeContext() {
    context.close();
  }

  @Test
  void clientsThatSendGarbageAreRejected() {
    for (int round = 0; round < ROUNDS; round++) {
      ClientPeer peer = new ClientPeer(any(ASKING), "bob", anySecret(), context);
      for (int i = 0; i < 3; i++) {
        peer.deliverBody(garbage("n,,n=,r=abc,c=biws,p=v=\0SCRAM-SHA-256"));
      }
      assertThat(peer.error()).as("seed %d, round %d", seed, round).isNotNull();
    }
  }

  @Test
  void damagedScramMessagesAreRejected() {
    for (int round = 0; round < ROUNDS; round++) {
      ClientPeer peer = new ClientPeer(Method.SCRAM_SHA_256, "bob", SCRAM, context);
      byte[] first = Scrams.bytes("n,,n=,r=client-nonce");
      peer.received(Authentication.Sasl.class);
      peer.saslInitial("SCRAM-SHA-256", random.nextBoolean() ? damaged(first) : first);
      if (!peer.decided()) {
        byte[] challenge = peer.received(Authentication.SaslContinue.class).data();
        peer.saslResponse(damaged(proofOfNothing(Scrams.text(challenge))));
      }
      assertThat(peer.error()).as("seed %d, round %d", seed, round).isNotNull();
    }
  }

  @Test
  void serversThatSendGarbageEndInOneVerdictAtMost() {
    for (int round = 0; round < ROUNDS; round++) {
      ServerPeer peer = new ServerPeer(new Credential.Plain("secret"), context);
      for (int i = 0; i < 4; i++) {
        ByteBuf body = Unpooled.buffer().writeInt(any(0, 3, 5, 10, 11, 12, random.nextInt()));
        ByteBuf rest = garbage("r=abc,s=AAAA,i=4096\0SCRAM-SHA-256\0\0v=");
        peer.sayBody(body.writeBytes(rest));
        rest.release();
      }
      assertThat(peer.verdicts()).as("seed %d, round %d", seed, round).isLessThanOrEqualTo(1);
    }
  }

  private static byte[] proofOfNothing(String challenge) {
    String nonce = challenge.substring(0, challenge.indexOf(','));
    return Scrams.bytes("c=biws," + nonce + ",p=" + Bytes.of(new byte[32]).base64());
  }

  private Secret anySecret() {
    return any(
        new Secret.Plain("secret"),
        new Secret.Md5(Digests.md5Secret("secret", "bob")),
        SCRAM,
        new Secret.None(),
        null);
  }

  @SafeVarargs
  private <T> T any(T... values) {
    return values[random.nextInt(values.length)];
  }

  private ByteBuf garbage(String alphabet) {
    int length = random.nextInt(60);
    ByteBuf out = Unpooled.buffer(length + 1);
    for (int i = 0; i < length; i++) {
      boolean wild = random.nextInt(8) == 0;
      out.writeByte(
          wild ? random.nextInt(256) : alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return out;
  }

  /** Changes, drops, doubles or cuts off something. */
  private byte[] damaged(byte[] message) {
    ByteBuf out = Unpooled.buffer();
    int at = random.nextInt(message.length);
    out.writeBytes(message, 0, at);
    switch (random.nextInt(4)) {
      case 0 ->
          out.writeByte(message[at] ^ (1 + random.nextInt(255))).writeBytes(tail(message, at + 1));
      case 1 -> out.writeBytes(tail(message, at + 1));
      case 2 -> out.writeByte(',').writeBytes(tail(message, at));
      default -> {}
    }
    byte[] damaged = new byte[out.readableBytes()];
    out.readBytes(damaged).release();
    return damaged;
  }

  private static byte[] tail(byte[] message, int from) {
    return Arrays.copyOfRange(message, from, message.length);
  }
}
