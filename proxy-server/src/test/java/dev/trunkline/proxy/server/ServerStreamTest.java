package dev.trunkline.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** One recorded answer, cut at every byte: what the client gets never changes. */
class ServerStreamTest {
  private static final class Client implements ServerSink {
    final ByteBuf got = Unpooled.buffer();
    final List<String> events = new ArrayList<>();

    @Override
    public void forward(ByteBuf bytes) {
      got.writeBytes(bytes);
      bytes.release();
    }

    @Override
    public void local(Reply reply) {
      Backend.parseComplete(got);
    }

    @Override
    public void commandComplete(ByteBuf buf, int from, int to) {
      events.add(buf.toString(from, to - from, StandardCharsets.US_ASCII));
    }

    @Override
    public boolean parameter(String name, String value, boolean clients) {
      events.add(name + "=" + value);
      return clients;
    }

    @Override
    public void error(ByteBuf buf, int from, int to, Action action) {
      events.add("error " + action);
    }

    @Override
    public void ready(byte status, Action action) {
      events.add("ready " + (char) status);
    }

    @Override
    public void chunkEnd() {}

    @Override
    public void skipped(Reply reply, Object note) {
      events.add("skipped " + reply);
    }
  }

  private static void owe(Ledger ledger) {
    ledger.expect(Reply.PARSE, Action.SWALLOW);
    ledger.expect(Reply.BIND, Action.SWALLOW);
    ledger.expect(Reply.EXECUTE, Action.SWALLOW);
    ledger.expect(Reply.PARSE, Action.PREPARE);
    ledger.expect(Reply.BIND, Action.FORWARD);
    ledger.expect(Reply.LOCAL_PARSE, Action.FORWARD);
    ledger.expect(Reply.EXECUTE, Action.FORWARD);
    ledger.expect(Reply.SYNC, Action.FORWARD);
    ledger.expect(Reply.QUERY, Action.FORWARD);
    ledger.expect(Reply.PARSE, Action.FORWARD);
    ledger.expect(Reply.BIND, Action.FORWARD);
    ledger.expect(Reply.SYNC, Action.FORWARD);
  }

  private static ByteBuf fromServer() {
    ByteBuf out = Unpooled.buffer();
    Backend.parseComplete(out);
    Backend.bindComplete(out);
    Backend.dataRow(out, List.of("swallowed".getBytes(StandardCharsets.US_ASCII)));
    Backend.commandComplete(out, "SELECT 1");
    Backend.parseComplete(out);
    Backend.bindComplete(out);
    rows(out);
    Backend.commandComplete(out, "SELECT 2");
    Backend.parameterStatus(out, "TimeZone", "UTC");
    Backend.readyForQuery(out, (byte) 'I');
    Backend.notice(out, ErrorFields.warning("01000", "take care"));
    Backend.commandComplete(out, "BEGIN");
    Backend.readyForQuery(out, (byte) 'T');
    Backend.error(out, ErrorFields.error("42601", "syntax error"));
    Backend.readyForQuery(out, (byte) 'E');
    return out;
  }

  private static void rows(ByteBuf out) {
    Backend.dataRow(out, List.of("one".getBytes(StandardCharsets.US_ASCII), new byte[0]));
    Backend.dataRow(out, List.of(new byte[40]));
  }

  private static ByteBuf forClient() {
    ByteBuf out = Unpooled.buffer();
    Backend.bindComplete(out);
    Backend.parseComplete(out);
    rows(out);
    Backend.commandComplete(out, "SELECT 2");
    Backend.parameterStatus(out, "TimeZone", "UTC");
    Backend.readyForQuery(out, (byte) 'I');
    Backend.notice(out, ErrorFields.warning("01000", "take care"));
    Backend.commandComplete(out, "BEGIN");
    Backend.readyForQuery(out, (byte) 'T');
    Backend.error(out, ErrorFields.error("42601", "syntax error"));
    Backend.readyForQuery(out, (byte) 'E');
    return out;
  }

  private static void check(int... cuts) {
    Ledger ledger = new Ledger();
    owe(ledger);
    ServerStream stream = new ServerStream(ledger, UnpooledByteBufAllocator.DEFAULT);
    Client client = new Client();
    ByteBuf all = fromServer();
    List<ByteBuf> chunks = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : all.writerIndex();
      ByteBuf chunk = all.copy(from, to - from);
      chunks.add(chunk);
      stream.accept(chunk, client);
      from = to;
    }
    assertThat(client.got).as("cut at %s", cuts).isEqualTo(forClient());
    assertThat(client.events)
        .containsExactly(
            "SELECT 2",
            "TimeZone=UTC",
            "ready I",
            "BEGIN",
            "ready T",
            "skipped BIND",
            "skipped PARSE",
            "error FORWARD",
            "ready E");
    assertThat(ledger.isEmpty()).isTrue();
    assertThat(stream.atBoundary()).isTrue();
    assertThat(chunks).allMatch(chunk -> chunk.refCnt() == 0);
  }

  @Test
  void theClientGetsTheSameHoweverTheStreamIsCutInTwo() {
    int length = fromServer().writerIndex();
    for (int cut = 1; cut < length; cut++) {
      check(cut);
    }
  }

  @Test
  void theClientGetsTheSameByteByByte() {
    int length = fromServer().writerIndex();
    int[] cuts = new int[length - 1];
    for (int i = 0; i < cuts.length; i++) {
      cuts[i] = i + 1;
    }
    check(cuts);
  }

  @Test
  void theClientGetsTheSameHoweverTheStreamIsCutAtRandom() {
    long seed = System.nanoTime();
    System.out.println("ServerStreamTest seed " + seed);
    Random random = new Random(seed);
    int length = fromServer().writerIndex();
    for (int round = 0; round < 300; round++) {
      check(random.ints(random.nextInt(9), 1, length).distinct().sorted().toArray());
    }
  }
}
