package dev.trunkline.bench.micro;

import dev.trunkline.shard.SqlScanner;
import java.nio.charset.StandardCharsets;
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

/** Finding kind, effects and workspace of a text; per text. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class SqlScanBenchmark {
  @Param({
    "SELECT 1",
    "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;",
    "/*workspace_id='w1'*/ UPDATE task SET done = true, note = 'it''s' WHERE id = $1 AND owner = $2"
  })
  public String sql;

  private final SqlScanner scanner = new SqlScanner();
  private byte[] text;

  @Setup
  public void encode() {
    text = sql.getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public long scan() {
    scanner.scan(text, 0, text.length);
    return scanner.effects();
  }
}
