package dev.trunkline.bench.micro;

import dev.trunkline.proxy.route.Router;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.HostInfo;
import dev.trunkline.shard.MapConfig;
import dev.trunkline.shard.MapStore;
import dev.trunkline.shard.MapStores;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
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

/** Finding a workspace, and replacing the map as a reload does; per lookup and per map. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class MapBenchmark {
  private static final int SHARDS = 15;

  /** Workspaces that are listed one by one. */
  @Param({"1000", "100000"})
  public int workspaces;

  private MapConfig config;
  private final Map<String, HostInfo> hosts =
      Map.of("h1", new HostInfo("h1", "g1", "", new Home("127.0.0.1", 5432, "postgres")));
  private MapStore store;
  private Router router;
  private String[] names;
  private int turn;
  private long version = 1;

  @Setup
  public void open() {
    Map<String, String> shards = new HashMap<>();
    for (int i = 0; i < SHARDS; i++) {
      shards.put("schema_" + i, "h1");
    }
    Map<String, String> placed = new HashMap<>();
    names = new String[workspaces];
    for (int i = 0; i < workspaces; i++) {
      names[i] = "workspace-" + i;
      placed.put(names[i], "schema_" + i % SHARDS);
    }
    config = new MapConfig.FromFile(shards, false, placed);
    store = swap();
    router = new Router(store, Map.of(), Set.of("g1"), "");
  }

  @Benchmark
  public Object lookup() {
    turn = turn + 1 == names.length ? 0 : turn + 1;
    String workspace = names[turn];
    return router.refusal(workspace, store.peek(workspace), null);
  }

  @Benchmark
  public MapStore swap() {
    return MapStores.open(config, hosts, version++, warning -> {});
  }
}
