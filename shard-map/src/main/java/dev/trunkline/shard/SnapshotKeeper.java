package dev.trunkline.shard;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps the last map on disk. Writes at most once a second, and no more than a twentieth of the
 * time: a big map on a slow disk is written less often. Used by one thread at a time.
 */
final class SnapshotKeeper {
  private static final long MIN_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int REST_PER_WORK = 19;

  private final LiveMap map;
  private final String address;
  private final Path file;
  private final Consumer<String> log;
  private long written;
  private long restUntil = System.nanoTime();
  private String lastProblem;

  /**
   * @param address of the catalog: a snapshot of another one is not used
   * @param file null for no snapshots
   */
  SnapshotKeeper(LiveMap map, String address, Path file, Consumer<String> log) {
    this.map = map;
    this.address = address;
    this.file = file;
    this.log = log;
  }

  /** Gives the map what an earlier process kept; returns whether there was something to use. */
  boolean restore() {
    if (file == null || Files.notExists(file)) {
      return false;
    }
    try {
      MapSnapshot snapshot = MapSnapshot.read(file);
      if (!snapshot.address().equals(address)) {
        return ignore("it is of another catalog, " + snapshot.address());
      }
      return map.restore(snapshot);
    } catch (IOException | RuntimeException e) {
      return ignore(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private boolean ignore(String why) {
    log.accept("The snapshot of the shard map in " + file + " is ignored: " + why + ".");
    return false;
  }

  /** Writes if something changed and the last time is long enough ago. */
  void writeIfDue() {
    long start = System.nanoTime();
    if (file == null || written == map.live().changes() || start - restUntil < 0) {
      return;
    }
    write();
    long end = System.nanoTime();
    restUntil = end + Math.max(MIN_INTERVAL_NANOS, REST_PER_WORK * (end - start));
  }

  /** Writes if something changed. */
  void writeLast() {
    if (file != null && written != map.live().changes()) {
      write();
    }
  }

  private void write() {
    long changes = map.live().changes();
    MapSnapshot snapshot = map.snapshot();
    if (snapshot == null) {
      return;
    }
    try {
      snapshot.write(file);
      written = changes;
      lastProblem = null;
    } catch (IOException e) {
      report("The snapshot of the shard map cannot be written to " + file + ": " + e + ".");
    }
  }

  private void report(String problem) {
    if (!problem.equals(lastProblem)) {
      lastProblem = problem;
      log.accept(problem);
    }
  }
}
