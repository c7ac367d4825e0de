package dev.trunkline.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Ledger;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Bytes are neither lost nor doubled, wherever the chunks of client and server are cut. */
@ExtendWith(LeakCheck.class)
class FirstBatchTest {
  private static final ErrorFields DENIED = ErrorFields.error("42501", "permission denied");

  private static Ledger ledger() {
    Ledger ledger = new Ledger();
    ledger.expect(Reply.PARSE, Action.SWALLOW);
    ledger.expect(Reply.BIND, Action.SWALLOW);
    ledger.expect(Reply.EXECUTE, Action.SWALLOW);
    ledger.expect(Reply.PARSE, Action.PREPARE);
    ledger.expect(Reply.LOCAL_PARSE, Action.FORWARD);
    ledger.expect(Reply.BIND, Action.FORWARD);
    ledger.expect(Reply.DESCRIBE, Action.FORWARD);
    ledger.expect(Reply.EXECUTE, Action.FORWARD);
    ledger.expect(Reply.SYNC, Action.FORWARD);
    return ledger;
  }

  private static void preamble(ByteBuf out) {
    Backend.parseComplete(out);
    Backend.bindComplete(out);
    Backend.dataRow(out, List.of("path".getBytes(StandardCharsets.US_ASCII)));
    Backend.commandComplete(out, "SELECT 1");
  }

  private static ByteBuf reply(Consumer<ByteBuf> end) {
    ByteBuf out = Unpooled.buffer();
    preamble(out);
    Backend.parseComplete(out);
    Backend.bindComplete(out);
    Backend.noData(out);
    end.accept(out);
    return out;
  }

  private static ByteBuf batch() {
    ByteBuf out = Unpooled.buffer();
    Frontend.bind(out, "", "s", List.of());
    Frontend.execute(out, "", 0);
    Frontend.sync(out);
    return out;
  }

  private static FirstBatch keeping(ByteBuf sent, Ledger ledger) {
    FirstBatch first = new FirstBatch(UnpooledByteBufAllocator.DEFAULT);
    first.begin(ledger);
    int at = 0;
    while (at < sent.writerIndex()) {
      int length = sent.getInt(at + 1);
      first.add(sent.getByte(at), sent, at, at + 1 + length, length - 4);
      at += 1 + length;
    }
    return first;
  }

  /** What the server's bytes come to, and what of them may pass before the end. */
  private static void check(Consumer<ByteBuf> end, FirstReply expected) {
    ByteBuf all = reply(end);
    for (int cut = 0; cut <= all.writerIndex(); cut++) {
      ByteBuf sent = batch();
      ByteBuf copy = sent.copy();
      Ledger ledger = ledger();
      FirstBatch first = keeping(sent, ledger);
      ByteBuf passed = Unpooled.buffer();
      FirstReply verdict = FirstReply.UNDECIDED;
      for (ByteBuf chunk : List.of(all.copy(0, cut), all.copy(cut, all.writerIndex() - cut))) {
        if (!chunk.isReadable()) {
          chunk.release();
          continue;
        }
        verdict = first.on() ? first.hear(chunk) : FirstReply.ANSWER;
        if (!first.on()) {
          move(chunk, passed);
        } else if (verdict == FirstReply.OURS) {
          move(takenIn(first.takeHeard(), ledger), passed);
        } else if (verdict == FirstReply.ANSWER) {
          move(first.end(), passed);
        }
      }
      if (verdict == FirstReply.SUSPECT) {
        assertThat(first.held()).isTrue();
        assertKept(first, copy);
        move(first.end(), passed);
      } else {
        // Where the client has been told something, there is no way back.
        assertThat(verdict).as("cut at %d", cut).isEqualTo(FirstReply.ANSWER);
      }
      assertThat(passed).isEqualTo(all);
      boolean told = cut > front() && cut < all.writerIndex() && endsAFrame(all, cut);
      assertThat(verdict).as("cut at %d", cut).isEqualTo(told ? FirstReply.ANSWER : expected);
      List.of(sent, copy, passed).forEach(ByteBuf::release);
      assertThat(sent.refCnt()).isZero();
    }
    all.release();
  }

  private static void move(ByteBuf from, ByteBuf to) {
    to.writeBytes(from);
    from.release();
  }

  private static void assertKept(FirstBatch first, ByteBuf expected) {
    ByteBuf kept = first.sent();
    assertThat(kept).isEqualTo(expected);
    kept.release();
  }

  /** As the server's stream does with what passes. */
  private static ByteBuf takenIn(ByteBuf passes, Ledger ledger) {
    for (int at = 0; at < passes.writerIndex(); at += 1 + passes.getInt(at + 1)) {
      ledger.take(passes.getByte(at), (reply, note) -> {});
      ledger.pollLocal();
    }
    return passes;
  }

  /** Where the replies to the client's own messages begin. */
  private static int front() {
    ByteBuf front = Unpooled.buffer();
    preamble(front);
    Backend.parseComplete(front);
    int length = front.writerIndex();
    front.release();
    return length;
  }

  private static boolean endsAFrame(ByteBuf all, int cut) {
    int at = 0;
    while (at < cut) {
      at += 1 + all.getInt(at + 1);
    }
    return at == cut;
  }

  @Test
  void anErrorOfAFenceIsHeldWithAllThatCameWithIt() {
    check(out -> Backend.error(out, DENIED), FirstReply.SUSPECT);
  }

  @Test
  void anotherErrorIsNot() {
    check(
        out -> Backend.error(out, ErrorFields.error("23505", "duplicate key")), FirstReply.ANSWER);
  }

  @Test
  void norIsOneFromWithinAFunction() {
    ErrorFields.Field context = new ErrorFields.Field((byte) 'W', "PL/pgSQL function f()");
    ErrorFields within = new ErrorFields("ERROR", "42501", "no", null, null, List.of(context));
    check(out -> Backend.error(out, within), FirstReply.ANSWER);
  }

  @Test
  void anAnswerIsAnAnswer() {
    check(out -> Backend.commandComplete(out, "INSERT 0 1"), FirstReply.ANSWER);
  }

  @Test
  void onlyOneBatchIsKept() {
    ByteBuf sent = batch();
    FirstBatch first = keeping(sent, ledger());
    first.add((byte) 'S', sent, 0, 5, 0);
    assertThat(first.on()).isFalse();
    assertThat(sent.refCnt()).isEqualTo(1);
    sent.release();
  }

  @Test
  void messagesOfSeveralChunksAreJoined() {
    ByteBuf sent = batch();
    FirstBatch first = new FirstBatch(UnpooledByteBufAllocator.DEFAULT);
    first.begin(ledger());
    int bind = 1 + sent.getInt(1);
    ByteBuf rest = sent.copy(bind, sent.writerIndex() - bind);
    first.add((byte) 'B', sent, 0, bind, bind - 5);
    int execute = 1 + rest.getInt(1);
    first.add((byte) 'E', rest, 0, execute, execute - 5);
    first.add((byte) 'S', rest, execute, execute + 5, 0);
    assertKept(first, sent);
    first.close();
    assertThat(rest.refCnt()).isEqualTo(1);
    sent.release();
    rest.release();
  }

  @Test
  void whatIsTooLongIsNotKept() {
    FirstBatch first = new FirstBatch(UnpooledByteBufAllocator.DEFAULT);
    first.begin(ledger());
    ByteBuf tooLong = Unpooled.buffer(20_000).writeZero(20_000);
    first.add((byte) 'Q', tooLong, 0, 20_000, 19_995);
    assertThat(first.on()).isFalse();
    tooLong.release();
  }
}
