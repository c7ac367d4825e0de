package dev.trunkline.bench.micro;

import dev.trunkline.shard.CanonicalText;
import dev.trunkline.shard.KeyType;
import dev.trunkline.shard.ShapeCache;
import dev.trunkline.shard.ShapeKey;
import dev.trunkline.shard.ShardedTables;
import dev.trunkline.shard.ShardedTables.KeyColumn;
import dev.trunkline.shard.SqlShape;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Finding the shape of a statement that has been seen before. A prepared statement keeps its shape,
 * so that a Bind pays for neither.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ShapeBenchmark {
  @Param({
    "SELECT * FROM task WHERE workspace_id = $1 AND id = $2",
    "UPDATE task SET title = 'a title', done = true WHERE workspace_id ="
        + " '6f1b0d5e-0000-4000-8000-000000000001' AND id = 17"
  })
  public String sql;

  private final CanonicalText text = new CanonicalText();
  private final ShapeKey probe = new ShapeKey();
  private ShapeCache cache;
  private byte[] bytes;

  @Setup
  public void learn() {
    bytes = sql.getBytes(StandardCharsets.UTF_8);
    KeyColumn key = new KeyColumn("workspace_id", KeyType.UUID);
    ShardedTables tables = new ShardedTables(Map.of("task", key), List.of(), List.of());
    cache = new ShapeCache(tables, 1 << 20, 1);
    cache.warm(List.of(bytes));
    text.read(bytes, 0, bytes.length);
  }

  @TearDown
  public void close() {
    cache.close();
  }

  /** The lookup alone. */
  @Benchmark
  public SqlShape find() {
    return cache.find(text, probe);
  }

  /** From the text: literals are taken out first. */
  @Benchmark
  public SqlShape readAndFind() {
    text.read(bytes, 0, bytes.length);
    return cache.find(text, probe);
  }
}
