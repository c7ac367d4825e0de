package dev.trunkline.bench.micro;

import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Ledger;
import dev.trunkline.proxy.server.Reply;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a server owes for a query of each protocol, noted and taken; per query. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class LedgerBenchmark {
  private static final Ledger.Undo NOTHING = (reply, note) -> {};
  private static final byte[] SIMPLE = {'T', 'D', 'C', 'Z'};
  private static final byte[] PREPARED = {'2', 'D', 'C', 'Z'};

  private final Ledger ledger = new Ledger();

  @Benchmark
  public long simple() {
    ledger.expect(Reply.QUERY, Action.FORWARD);
    return take(SIMPLE);
  }

  @Benchmark
  public long prepared() {
    ledger.expect(Reply.BIND, Action.FORWARD);
    ledger.expect(Reply.EXECUTE, Action.FORWARD);
    ledger.expect(Reply.SYNC, Action.FORWARD);
    return take(PREPARED);
  }

  private long take(byte[] tags) {
    for (byte tag : tags) {
      ledger.take(tag, NOTHING);
    }
    return ledger.takeEffects();
  }
}
