package dev.trunkline.proxy.console;

import dev.trunkline.admin.CommandFailed;
import dev.trunkline.admin.Comparer;
import dev.trunkline.admin.Mover;
import dev.trunkline.proxy.config.DarkReadConfig;
import dev.trunkline.proxy.darkread.DarkCounts;
import dev.trunkline.proxy.darkread.DarkReadSpec;
import dev.trunkline.proxy.darkread.DarkReads;
import dev.trunkline.proxy.darkread.Mismatch;
import dev.trunkline.proxy.darkread.Verdict;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.metrics.Histogram;
import dev.trunkline.proxy.metrics.Log;
import dev.trunkline.shard.HomeLogin;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What one user of the console does to dark reads. */
final class ProxyComparer implements Comparer {
  private final DarkReads reads;
  private final ProxyMover mover;
  private final String user;

  ProxyComparer(DarkReads reads, ProxyMover mover, String user) {
    this.reads = reads;
    this.mover = mover;
    this.user = user;
  }

  @Override
  public void start(DarkRead read) throws CommandFailed {
    GateScope scope = mover.known(read.scope());
    int maxRows = read.maxRows() == 0 ? DarkReadConfig.MAX_ROWS : read.maxRows();
    boolean begun =
        reads.start(
            new DarkReadSpec(
                scope, login(read.against()), read.sample(), maxRows, read.delay(), user));
    if (!begun) {
      throw CommandFailed.of(
          "42710", scope + " is being read already", "STOP DARK READ ends that first.");
    }
  }

  private static HomeLogin login(String text) throws CommandFailed {
    try {
      return HomeLogin.parse(text);
    } catch (IllegalArgumentException e) {
      throw CommandFailed.of("22023", "invalid endpoint", e.getMessage());
    }
  }

  /** Also of what is no more in the map. */
  @Override
  public void stop(Mover.Scope named) throws CommandFailed {
    GateScope scope = scope(named);
    if (!reads.stop(scope)) {
      throw CommandFailed.of(
          "42704", scope + " is not being read", "SHOW DARK READS lists what is.");
    }
    Log.log("STOP DARK READ of " + scope + " by " + user);
  }

  private GateScope scope(Mover.Scope named) throws CommandFailed {
    return switch (named) {
      case Mover.Scope.Group(String name) -> new GateScope.Group(name);
      case Mover.Scope.Host(String name) -> new GateScope.Host(name);
      case Mover.Scope.Shard(String name) -> new GateScope.Shard(name);
      default -> mover.known(named);
    };
  }

  // ---- views ----

  @Override
  public List<DarkReadRow> reads() {
    return reads.all().stream().map(ProxyComparer::row).toList();
  }

  private static DarkReadRow row(dev.trunkline.proxy.darkread.DarkRead read) {
    DarkReadSpec spec = read.spec();
    DarkCounts counts = read.counts();
    Map<String, Long> skipped = counts.skippedCounts();
    return new DarkReadRow(
        spec.scope().toString(),
        spec.against().toString(),
        spec.who(),
        read.since(),
        read.unreachable() ? "unreachable" : "reading",
        percent(spec.sample()),
        spec.maxRows(),
        spec.delay() == null ? "caught up" : "delay " + spec.delay().toMillis() + "ms",
        read.eligible(),
        counts.sampledCount(),
        skipped.values().stream().mapToLong(Long::longValue).sum(),
        skipped.entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .collect(Collectors.joining(" ")),
        read.queued(),
        counts.droppedCount(),
        counts(counts),
        latency(counts.old()),
        latency(counts.fresh()),
        read.lastError());
  }

  private static Counts counts(DarkCounts counts) {
    return new Counts(
        counts.count(Verdict.EQUAL),
        counts.count(Verdict.LAG),
        counts.count(Verdict.OVERWRITTEN),
        counts.count(Verdict.ORDER_ONLY),
        counts.count(Verdict.NONDETERMINISTIC),
        counts.count(Verdict.MISMATCH),
        counts.count(Verdict.ERROR),
        counts.count(Verdict.TIMEOUT));
  }

  private static Latency latency(Histogram histogram) {
    return new Latency(histogram.quantileMicros(0.5), histogram.quantileMicros(0.99));
  }

  private static String percent(double share) {
    BigDecimal percent = BigDecimal.valueOf(share * 100).setScale(6, RoundingMode.HALF_UP);
    return percent.stripTrailingZeros().toPlainString() + "%";
  }

  @Override
  public List<MismatchRow> mismatches() {
    return reads.mismatches().stream().map(ProxyComparer::row).toList();
  }

  private static MismatchRow row(Mismatch found) {
    return new MismatchRow(
        found.at(),
        found.scope(),
        found.against(),
        found.workspace(),
        found.fingerprint(),
        found.statement(),
        String.join(", ", found.keys()),
        String.join(", ", found.columns()),
        found.old().count(),
        found.fresh().count(),
        found.old().digest(),
        found.fresh().digest(),
        found.old().values(),
        found.fresh().values());
  }
}
