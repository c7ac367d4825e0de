package dev.trunkline.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One recorded conversation, cut at every byte: what the server gets never changes. */
class ClientStreamTest {
  /** Blocks each message once, drops Close, puts a mark in front of each Execute. */
  private static final class Session implements FrontendSink {
    final ByteBuf sent = Unpooled.buffer();
    final StringBuilder decided = new StringBuilder();
    final boolean blocks;
    ClientStream stream;
    private boolean again;

    Session(boolean blocks) {
      this.blocks = blocks;
    }

    private int verdict(byte tag) {
      if (blocks && !again) {
        again = true;
        return BLOCK;
      }
      again = false;
      decided.append((char) tag);
      if (tag == 'E') {
        stream.cut();
        sent.writeBytes("<mark>".getBytes(StandardCharsets.US_ASCII));
      }
      return tag == 'C' ? DONE : FORWARD;
    }

    @Override
    public int onMessage(byte tag, ByteBuf buf, int from, int to, int length) {
      int verdict = verdict(tag);
      if (tag != 'B' || verdict != FORWARD) {
        return verdict;
      }
      // The portal's name is replaced, as a statement's name is.
      stream.cut();
      sent.writeByte('B').writeInt(4 + length).writeByte(0);
      return from + 1;
    }

    @Override
    public int onStreamed(byte tag, int length) {
      return verdict(tag);
    }

    @Override
    public int onOversized(byte tag, int length) {
      return verdict(tag);
    }

    @Override
    public void toServer(ByteBuf bytes) {
      sent.writeBytes(bytes);
      bytes.release();
    }
  }

  private static ByteBuf fromClient(boolean marked) {
    ByteBuf out = Unpooled.buffer();
    Frontend.query(out, "SELECT 1");
    Frontend.parse(out, "s", "SELECT $1");
    Frontend.bind(out, "", "s", List.of(new byte[9000]));
    if (!marked) {
      out.writeByte('C').writeInt(4 + 3).writeByte('S').writeByte('s').writeByte(0);
    } else {
      out.writeBytes("<mark>".getBytes(StandardCharsets.US_ASCII));
    }
    Frontend.execute(out, "", 0);
    out.writeByte('S').writeInt(4);
    out.writeByte('d').writeInt(4 + 50).writeBytes(new byte[50]);
    out.writeByte('c').writeInt(4);
    Frontend.query(out, "");
    return out;
  }

  private static void check(boolean blocks, int... cuts) {
    Session session = new Session(blocks);
    session.stream = new ClientStream(UnpooledByteBufAllocator.DEFAULT, session, 1 << 20);
    ByteBuf all = fromClient(false);
    List<ByteBuf> chunks = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : all.writerIndex();
      ByteBuf chunk = all.copy(from, to - from);
      chunks.add(chunk);
      session.stream.accept(chunk);
      if (i % 2 == 0 || i == cuts.length) {
        drain(session);
      }
      from = to;
    }
    assertThat(session.sent).as("cut at %s", cuts).isEqualTo(fromClient(true));
    assertThat(session.decided.toString()).isEqualTo("QPBCESdcQ");
    assertThat(session.stream.pendingBytes()).isZero();
    assertThat(chunks).allMatch(chunk -> chunk.refCnt() == 0);
  }

  private static void drain(Session session) {
    while (session.stream.blocked()) {
      session.stream.resume();
    }
  }

  private static boolean longRow(int cut) {
    return cut > 400 && cut < 8000 && cut % 97 != 0;
  }

  @Test
  void theServerGetsTheSameHoweverTheStreamIsCutInTwo() {
    int length = fromClient(false).writerIndex();
    for (int cut = 1; cut < length; cut++) {
      if (!longRow(cut)) {
        check(false, cut);
      }
    }
  }

  @Test
  void aBlockedMessageIsDecidedOnceHoweverTheStreamIsCut() {
    int length = fromClient(false).writerIndex();
    for (int cut = 1; cut < length; cut++) {
      if (!longRow(cut)) {
        check(true, cut);
      }
    }
  }

  @Test
  void theServerGetsTheSameByteByByte() {
    int length = fromClient(false).writerIndex();
    int[] cuts = new int[length - 1];
    for (int i = 0; i < cuts.length; i++) {
      cuts[i] = i + 1;
    }
    check(false, cuts);
    check(true, cuts);
  }

  @Test
  void theServerGetsTheSameHoweverTheStreamIsCutAtRandom() {
    long seed = System.nanoTime();
    System.out.println("ClientStreamTest seed " + seed);
    Random random = new Random(seed);
    int length = fromClient(false).writerIndex();
    for (int round = 0; round < 300; round++) {
      check(
          random.nextBoolean(),
          random.ints(random.nextInt(12), 1, length).distinct().sorted().toArray());
    }
  }
}
