package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.config.DarkReadConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.config.Settings;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.proxy.server.Connector;
import dev.trunkline.shard.Home;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Begins and ends comparisons, on behalf of operators and of the configuration: one per scope. Safe
 * from any thread.
 */
public final class DarkReads implements AutoCloseable {
  private final Supplier<Settings> settings;
  private final Connector connector;
  private final Supplier<EventLoopGroup> loops;
  private final Mismatches mismatches;
  private final Map<GateScope, DarkRead> reads = new HashMap<>();
  private Map<String, DarkReadConfig> configured = Map.of();
  private EventLoopGroup loop;
  private volatile Scopes scopes;

  /**
   * @param loops makes the one event loop on which all connections live; asked when there is the
   *     first to be opened
   */
  public DarkReads(
      Supplier<Settings> settings, Connector connector, Supplier<EventLoopGroup> loops) {
    this.settings = settings;
    this.connector = connector;
    this.loops = loops;
    this.mismatches = new Mismatches(() -> settings.get().get(Keys.DARK_READ_MISMATCHES));
  }

  /** What is in force; null for nothing, which is all that clients are kept up with then. */
  public Scopes scopes() {
    return scopes;
  }

  /**
   * Begins a comparison.
   *
   * @return false when one of exactly that scope is in force
   */
  public synchronized boolean start(DarkReadSpec spec) {
    if (reads.containsKey(spec.scope())) {
      return false;
    }
    if (loop == null) {
      loop = loops.get();
    }
    DarkRead read = new DarkRead(spec, settings, mismatches);
    read.start(connector, loop.next());
    reads.put(spec.scope(), read);
    publish();
    Log.log("dark read of " + spec.scope() + " against " + spec.against() + " by " + spec.who());
    return true;
  }

  /** Ends a comparison; false when there is none of that scope. */
  public synchronized boolean stop(GateScope scope) {
    DarkRead read = reads.remove(scope);
    if (read != null) {
      publish();
      read.stop();
    }
    return read != null;
  }

  private void publish() {
    scopes = reads.isEmpty() ? null : new Scopes(new ArrayList<>(reads.values()));
  }

  /** Begins and ends what a configuration has that the one before it had not. */
  public synchronized void follow(ProxyConfig config) {
    Map<String, DarkReadConfig> next = config.darkReads();
    configured.forEach(
        (name, before) -> {
          if (!before.equals(next.get(name))) {
            stop(DarkReadSpec.scope(before));
          }
        });
    next.forEach(
        (name, now) -> {
          if (!now.equals(configured.get(name)) && !start(DarkReadSpec.of(now))) {
            Log.warning("dark read " + name + ": its scope is being read already, by an operator");
          }
        });
    configured = next;
  }

  /** Those in force. */
  public List<DarkRead> all() {
    Scopes now = scopes;
    return now == null ? List.of() : now.reads();
  }

  /** The one of that scope against that home, or null. */
  public DarkRead find(GateScope scope, Home against) {
    return all().stream()
        .filter(read -> read.spec().scope().equals(scope))
        .filter(read -> read.spec().against().home().equals(against))
        .findFirst()
        .orElse(null);
  }

  /** The last ones, newest first. */
  public List<Mismatch> mismatches() {
    return mismatches.all();
  }

  @Override
  public synchronized void close() {
    reads.values().forEach(DarkRead::stop);
    reads.clear();
    publish();
    if (loop != null) {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
  }
}
