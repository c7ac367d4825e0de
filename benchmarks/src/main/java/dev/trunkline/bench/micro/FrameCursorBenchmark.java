package dev.trunkline.bench.micro;

import dev.trunkline.wire.FrameCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Walking one chunk of 1,000 messages; per chunk. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class FrameCursorBenchmark {
  private static final int MESSAGES = 1_000;

  /** Bytes of each body. */
  @Param({"8", "100"})
  public int body;

  private final FrameCursor cursor = new FrameCursor(1 << 20);
  private ByteBuf chunk;

  @Setup
  public void fill() {
    chunk = Unpooled.directBuffer();
    for (int i = 0; i < MESSAGES; i++) {
      chunk.writeByte('D').writeInt(FrameCursor.LENGTH_BYTES + body).writeZero(body);
    }
  }

  @Benchmark
  public int walk() {
    int index = 0;
    int end = chunk.writerIndex();
    int rows = 0;
    while (index < end) {
      index = cursor.header(chunk, index, end);
      rows += cursor.tag() == 'D' ? 1 : 0;
      index = cursor.skip(index, end);
      cursor.next();
    }
    return rows;
  }
}
