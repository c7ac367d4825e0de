package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.relay.Witness;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.shard.Home;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/** Copies the answer to one sampled read while it passes, and gives up on whatever is unusual. */
public final class Capture implements Witness {
  private static final int FIRST_BYTES = 1024;
  private static final int MAX_BYTES = 64 * 1024;

  private enum Phase {
    /** The client has not asked yet. */
    OPEN,
    /** Bound. */
    BOUND,
    /** Executed, without a Sync. */
    EXECUTED,
    /** Asked completely. */
    ASKED,
    /** ReadyForQuery has come. */
    ANSWERED,
    /** Not to be compared. */
    SPOILED
  }

  private final DarkRead read;
  private final Question question;
  private final Circumstances circumstances;
  private final Home old;
  private final long start = System.nanoTime();
  private Phase phase = Phase.OPEN;
  private byte[] bytes = new byte[FIRST_BYTES];
  private int length;
  private long end;

  public Capture(DarkRead read, Question question, Circumstances circumstances, Home old) {
    this.read = read;
    this.question = question;
    this.circumstances = circumstances;
    this.old = old;
  }

  @Override
  public void expects(Reply reply) {
    if (phase == Phase.ASKED || phase == Phase.ANSWERED || phase == Phase.SPOILED) {
      return;
    }
    Phase next = after(reply);
    if (next == Phase.SPOILED) {
      spoil("pipeline");
    } else {
      phase = next;
    }
  }

  /** One statement and nothing else up to the end of the batch. */
  private Phase after(Reply reply) {
    return switch (reply) {
      case QUERY -> phase == Phase.OPEN ? Phase.ASKED : Phase.SPOILED;
      case BIND -> phase == Phase.OPEN ? Phase.BOUND : Phase.SPOILED;
      case EXECUTE -> phase == Phase.BOUND ? Phase.EXECUTED : Phase.SPOILED;
      case SYNC -> phase == Phase.EXECUTED ? Phase.ASKED : Phase.SPOILED;
      case DESCRIBE, PARSE, CLOSE, LOCAL_PARSE, LOCAL_CLOSE -> phase;
      case FUNCTION, COPY_END -> Phase.SPOILED;
    };
  }

  @Override
  public void passes(ByteBuf chunk) {
    if (phase == Phase.SPOILED) {
      return;
    }
    int more = chunk.readableBytes();
    if (length + more > MAX_BYTES) {
      spoil("bytes");
      return;
    }
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
    chunk.getBytes(chunk.readerIndex(), bytes, length, more);
    length += more;
  }

  @Override
  public void ready(byte status, boolean failed) {
    if (phase == Phase.SPOILED) {
      return;
    }
    if (failed || status != 'I' || phase != Phase.ASKED) {
      spoil(failed ? "failed" : "pipeline");
      return;
    }
    phase = Phase.ANSWERED;
    end = System.nanoTime();
  }

  @Override
  public boolean goesOn() {
    if (phase == Phase.ANSWERED) {
      long micros = (end - start) / 1_000;
      ByteBuf reply = Unpooled.wrappedBuffer(bytes, 0, length);
      read.offer(new Sample(question, circumstances, old, reply, end, micros));
    }
    return phase != Phase.ANSWERED && phase != Phase.SPOILED;
  }

  private void spoil(String why) {
    read.counts().skipped(why);
    bytes = null;
    phase = Phase.SPOILED;
  }
}
