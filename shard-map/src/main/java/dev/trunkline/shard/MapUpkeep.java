package dev.trunkline.shard;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A daemon thread that looks after the age and the snapshot of a map, at least once a second. */
final class MapUpkeep {
  private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final LiveMap map;
  private final SnapshotKeeper keeper;
  private final Consumer<String> log;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().daemon().name("trunkline-map-upkeep").unstarted(this::run);

  MapUpkeep(LiveMap map, SnapshotKeeper keeper, Consumer<String> log) {
    this.map = map;
    this.keeper = keeper;
    this.log = log;
  }

  void start() {
    thread.start();
  }

  /** Ends after a last look at the snapshot; does not interrupt one that is being written. */
  void close(long millis) throws InterruptedException {
    closing.countDown();
    thread.join(millis);
  }

  private void run() {
    try {
      while (!closing.await(pause(), TimeUnit.NANOSECONDS)) {
        look();
      }
      keeper.writeLast();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Exactly until the map expires, if it is about to. */
  private long pause() {
    MapState now = map.state();
    boolean ageing = now.outage() != null && now.blocked() == null;
    return ageing
        ? Math.clamp(map.live().nanosToExpiry(), MIN_PAUSE_NANOS, MAX_PAUSE_NANOS)
        : MAX_PAUSE_NANOS;
  }

  private void look() {
    try {
      if (map.live().expire()) {
        log.accept("The shard map is too old to be used: its catalog has been down for too long.");
      }
      keeper.writeIfDue();
    } catch (RuntimeException e) {
      log.accept("The upkeep of the shard map failed: " + e + ".");
    }
  }
}
