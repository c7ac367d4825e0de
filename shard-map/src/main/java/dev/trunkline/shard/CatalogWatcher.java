package dev.trunkline.shard;

import dev.trunkline.shard.LiveState.Part;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Listens for changes of the map, and compares versions behind the messages: after every connect
 * and at every poll interval. What was missed costs the whole cache, never a wrong answer.
 */
final class CatalogWatcher extends CatalogThread {
  /** How long a message may be under way after its version has become visible. */
  private static final int GRACE_MILLIS = 100;

  /** A session that breaks sooner counts as one that was never made. */
  private static final long MIN_SESSION_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final int MAX_REPORTED = 10;

  private final long pollNanos;
  private final CountDownLatch firstAttempt = new CountDownLatch(1);
  private List<String> reported = List.of();
  private long nextPoll;

  CatalogWatcher(Catalog catalog, LiveMap map, Duration pollInterval, Consumer<String> log) {
    super("trunkline-map-changes", catalog, map, log);
    this.pollNanos = pollInterval.toNanos();
  }

  /** Waits until the first attempt to read the map has come out, well or badly. */
  boolean awaitFirstAttempt(Duration timeout) throws InterruptedException {
    return firstAttempt.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  void work() throws SQLException {
    Catalog.Session session = connect();
    long connected = System.nanoTime();
    try {
      follow(session);
    } catch (SQLException e) {
      if (closed() || System.nanoTime() - connected < MIN_SESSION_NANOS) {
        throw e;
      }
      // A broken connection alone is no outage; a failed attempt to make a new one is.
      dropSession();
    }
  }

  private void follow(Catalog.Session session) throws SQLException {
    while (!closed()) {
      long millis = TimeUnit.NANOSECONDS.toMillis(nextPoll - System.nanoTime());
      if (millis > 0) {
        takeIn(session, session.changes((int) Math.min(millis, Integer.MAX_VALUE)));
      } else {
        poll(session);
      }
    }
  }

  private Catalog.Session connect() throws SQLException {
    Catalog.Session session = session();
    session.listen();
    readAll(session);
    resetBackoff();
    if (map.live().up(Part.CHANGES)) {
      log.accept("The shard map's catalog is back.");
    }
    firstAttempt.countDown();
    return session;
  }

  private void readAll(Catalog.Session session) throws SQLException {
    map.replace(session.shards());
    nextPoll = System.nanoTime() + pollNanos;
    reportProblems();
  }

  private void poll(Catalog.Session session) throws SQLException {
    long seenBefore = map.state().seen();
    Catalog.Version version = session.version();
    nextPoll = System.nanoTime() + pollNanos;
    takeIn(session, session.changes(0));
    if (map.state().seen() < version.number()) {
      takeIn(session, session.changes(GRACE_MILLIS));
    }
    boolean wentOn = version.number() >= seenBefore && map.state().seen() > version.number();
    if (!wentOn && !map.live().confirm(version)) {
      warnIfBackwards(version, seenBefore);
      readAll(session);
    }
  }

  private void warnIfBackwards(Catalog.Version version, long seenBefore) {
    if (version.number() < seenBefore) {
      log.accept(
          "The shard map's catalog went back from version %d to %d; it is read anew."
              .formatted(seenBefore, version.number()));
    }
  }

  private void takeIn(Catalog.Session session, List<Catalog.Change> changes) throws SQLException {
    for (Catalog.Change change : changes) {
      if (change.version() > map.state().seen() && !takeIn(session, change)) {
        readAll(session);
      }
    }
  }

  /** False when only reading everything helps. */
  private boolean takeIn(Catalog.Session session, Catalog.Change change) throws SQLException {
    return switch (change) {
      case Catalog.Change.Workspaces workspaces -> map.invalidate(workspaces);
      case Catalog.Change.Shards(long version) -> takeInShards(session, version);
      case Catalog.Change.Everything everything -> false;
    };
  }

  private boolean takeInShards(Catalog.Session session, long version) throws SQLException {
    boolean known = map.state().map().version() >= version;
    boolean taken = map.replaceShards(version, known ? null : session.shards());
    reportProblems();
    return taken;
  }

  private void reportProblems() {
    List<String> problems = map.state().map().problems();
    if (problems.equals(reported)) {
      return;
    }
    reported = problems;
    problems.stream().limit(MAX_REPORTED).forEach(log);
    if (problems.size() > MAX_REPORTED) {
      log.accept("And so it is with " + (problems.size() - MAX_REPORTED) + " more shards.");
    }
  }

  @Override
  void broken(Exception cause) {
    if (map.down(Part.CHANGES, reason(cause), List.of())) {
      log.accept("The shard map's catalog is out of reach: " + reason(cause) + ".");
    }
    firstAttempt.countDown();
  }

  @Override
  void stopped() {
    firstAttempt.countDown();
  }
}
