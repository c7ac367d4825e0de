package dev.trunkline.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameCursorTest {
  private static final int LIMIT = 100;
  private static final byte[] STREAM =
      Hand.bytes(
          "'Q' 0000000d 'select 1' 00  'S' 00000004  'X' 00000004  'd' 00000006 0102"
              + " 'D' 00000010 000200000001 '1' ffffffff 07  'H' 00000004");

  private final FrameCursor cursor = new FrameCursor(LIMIT);

  @Test
  void aStreamCutAnywhereGivesTheSameFrames() {
    List<Message> expected = Message.all(STREAM);

    FrameSplitter.atEveryPosition(STREAM, chunks -> assertThat(walk(chunks)).isEqualTo(expected));
    FrameSplitter.byteByByte(STREAM, chunks -> assertThat(walk(chunks)).isEqualTo(expected));
  }

  @Test
  void aStreamCutIntoManyChunksGivesTheSameFrames() {
    List<Message> expected = Message.all(STREAM);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);

    FrameSplitter.atRandom(
        STREAM, seed, 2_000, chunks -> assertThat(walk(chunks)).isEqualTo(expected));
  }

  @Test
  void aHeaderIsKnownWithItsFifthByte() {
    ByteBuf in = Unpooled.wrappedBuffer(STREAM);

    assertThat(cursor.header(in, 0, 4)).isEqualTo(4);
    assertThat(cursor.headerComplete()).isFalse();
    assertThat(cursor.headerSeen()).isEqualTo(4);
    assertThat(cursor.bodyRemaining()).isZero();
    assertThat(cursor.header(in, 4, in.writerIndex())).isEqualTo(5);
    assertThat(cursor.headerComplete()).isTrue();
    assertThat(cursor.tag()).isEqualTo(Tags.Frontend.QUERY);
    assertThat(cursor.length()).isEqualTo(13);
    assertThat(cursor.bodyLength()).isEqualTo(9);
  }

  @Test
  void aCompleteHeaderTakesNoMoreBytes() {
    ByteBuf in = Unpooled.wrappedBuffer(STREAM);
    cursor.header(in, 0, in.writerIndex());

    assertThat(cursor.header(in, 5, in.writerIndex())).isEqualTo(5);
  }

  @Test
  void aBodyIsSkippedAcrossChunks() {
    cursor.header(Unpooled.wrappedBuffer(STREAM), 0, STREAM.length);

    assertThat(cursor.skip(5, 8)).isEqualTo(8);
    assertThat(cursor.bodyRemaining()).isEqualTo(6);
    assertThat(cursor.skip(0, 50)).isEqualTo(6);
    assertThat(cursor.bodyRemaining()).isZero();
  }

  @Test
  void aBoundaryIsWhereNoFrameIsUnfinished() {
    ByteBuf in = Unpooled.wrappedBuffer(STREAM);

    assertThat(cursor.atBoundary()).isTrue();
    cursor.header(in, 0, 1);
    assertThat(cursor.atBoundary()).isFalse();
    cursor.header(in, 1, 5);
    assertThat(cursor.atBoundary()).isFalse();
    cursor.skip(5, 14);
    assertThat(cursor.atBoundary()).isTrue();
    cursor.next();
    assertThat(cursor.atBoundary()).isTrue();
  }

  @Test
  void aFrameWithMissingBytesHasNoNext() {
    assertThatIllegalStateException().isThrownBy(cursor::next);
    cursor.header(Unpooled.wrappedBuffer(STREAM), 0, 5);
    assertThatIllegalStateException().isThrownBy(cursor::next);
  }

  @Test
  void theHeaderSeenSoFarCanBeCopied() {
    ByteBuf in = Unpooled.wrappedBuffer(Hand.bytes("'d' 01020304"));
    FrameCursor large = new FrameCursor(Integer.MAX_VALUE);
    for (int seen = 0; seen <= FrameCursor.HEADER_BYTES; seen++) {
      if (seen > 0) {
        large.header(in, seen - 1, seen);
      }
      for (int count = 0; count <= seen; count++) {
        ByteBuf out = Unpooled.buffer();
        large.copyHeader(out, count);
        assertThat(out).as("%s of %s", count, seen).isEqualTo(in.slice(0, count));
      }
    }
  }

  @Test
  void headerBytesNotSeenCannotBeCopied() {
    cursor.header(Unpooled.wrappedBuffer(STREAM), 0, 2);

    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> cursor.copyHeader(Unpooled.buffer(), 3));
  }

  @Test
  void lengthsAtTheLimitsAreAccepted() {
    assertThat(lengthOf("'Q' 00000004")).isEqualTo(4);
    cursor.next();
    assertThat(lengthOf("'Q' 00000064")).isEqualTo(LIMIT);
  }

  @Test
  void lengthsOutsideTheLimitsAreViolations() {
    for (String header :
        List.of(
            "'Q' 00000000",
            "'Q' 00000003",
            "'Q' 00000065",
            "'Q' 7fffffff",
            "'Q' 80000000",
            "'Q' ffffffff")) {
      FrameSplitter.atEveryPosition(
          Hand.bytes(header),
          chunks ->
              assertThatExceptionOfType(ProtocolViolation.class)
                  .isThrownBy(() -> walk(chunks))
                  .withMessage("invalid message length"));
    }
  }

  @Test
  void aViolationSaysWhatIsWrongWithoutAStackTrace() {
    assertThatExceptionOfType(ProtocolViolation.class)
        .isThrownBy(() -> lengthOf("'Q' 80000000"))
        .satisfies(
            violation -> {
              assertThat(violation.getStackTrace()).isEmpty();
              assertThat(violation.sqlstate()).isEqualTo("08P01");
              assertThat(violation.fields().detail())
                  .isEqualTo("The length field says 2147483648, which is outside 4 to 100.");
            });
  }

  @Test
  void aLimitHoldsForTheFramesToCome() {
    cursor.limit(200);
    assertThat(lengthOf("'Q' 000000c8")).isEqualTo(200);
    assertThatIllegalArgumentException().isThrownBy(() -> cursor.limit(3));
    assertThatIllegalArgumentException().isThrownBy(() -> new FrameCursor(0));
  }

  private int lengthOf(String header) {
    cursor.header(Unpooled.wrappedBuffer(Hand.bytes(header)), 0, 5);
    return cursor.length();
  }

  /** Walks as an owner does, and puts the frames together from the chunks. */
  private static List<Message> walk(List<ByteBuf> chunks) {
    FrameCursor cursor = new FrameCursor(LIMIT);
    List<Message> messages = new ArrayList<>();
    ByteBuf body = Unpooled.buffer();
    for (ByteBuf chunk : chunks) {
      int index = 0;
      while (index < chunk.writerIndex()) {
        int start = cursor.header(chunk, index, chunk.writerIndex());
        index = cursor.skip(start, chunk.writerIndex());
        body.writeBytes(chunk, start, index - start);
        if (cursor.headerComplete() && cursor.bodyRemaining() == 0) {
          messages.add(new Message(cursor.tag(), MessageReader.readRest(body)));
          cursor.next();
        }
      }
    }
    assertThat(cursor.atBoundary()).isTrue();
    return messages;
  }
}
