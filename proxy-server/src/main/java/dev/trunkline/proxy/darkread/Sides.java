package dev.trunkline.proxy.darkread;

import dev.trunkline.proxy.server.Connector;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.HomeLogin;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Connections of one worker to the new home and, once a read has differed, to the old ones. Opened
 * when they are needed, and again after a failure.
 */
final class Sides implements AutoCloseable {
  private static final long POLL_MILLIS = 2;

  private static final String POSITION =
      "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
          + " ELSE pg_current_wal_insert_lsn() END";

  /**
   * Whether a standby has replayed, or the subscriptions of the database have applied, what is
   * before a position. A subscription confirms nothing that it has not applied in order. True where
   * neither is: there is nothing to wait for.
   */
  private static final String REACHED =
      """
      SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() >= '%1$s'::pg_lsn
        ELSE coalesce((
          SELECT bool_and(coalesce(%2$s >= '%1$s'::pg_lsn, false))
          FROM pg_stat_subscription t JOIN pg_subscription s ON s.oid = t.subid
          WHERE t.relid IS NULL AND to_jsonb(t) ->> 'leader_pid' IS NULL AND s.subdbid =
            (SELECT oid FROM pg_database WHERE datname = current_database())), true) END
      """;

  /** Confirmed to the old home: while that is busy, some hundred milliseconds behind. */
  private static final String CONFIRMED = "t.latest_end_lsn";

  /** With each transaction, but not when there is none. */
  private static final String APPLIED =
      "greatest(t.latest_end_lsn, pg_replication_origin_progress('pg_' || s.oid, false))";

  private static final String MAY_ASK_WHAT_IS_APPLIED =
      "SELECT has_function_privilege('pg_replication_origin_progress(text, boolean)', 'execute')";

  private final Connector connector;
  private final EventLoop loop;
  private final DarkReadSpec spec;
  private final Duration timeout;
  private final Map<Home, Reader> readers = new HashMap<>();
  private String progress;

  Sides(Connector connector, EventLoop loop, DarkReadSpec spec, Duration timeout) {
    this.connector = connector;
    this.loop = loop;
    this.spec = spec;
    this.timeout = timeout;
  }

  /** The new home's answers, in order, to one or more; each may be an error. */
  List<Answer> fresh(List<Sample> samples) throws ReadFailed, InterruptedException {
    return on(spec.against().home(), reader -> reader.read(samples, spec.maxRows()));
  }

  /** Asks the new home. */
  Answer fresh(Sample sample) throws ReadFailed, InterruptedException {
    return ask(spec.against().home(), sample);
  }

  /** Asks the old home, on a connection that is no client's. */
  Answer old(Sample sample) throws ReadFailed, InterruptedException {
    return ask(sample.old(), sample);
  }

  private Answer ask(Home home, Sample sample) throws ReadFailed, InterruptedException {
    Answer answer = on(home, reader -> reader.read(List.of(sample), spec.maxRows())).getFirst();
    answer.demand();
    return answer;
  }

  /** Waits until the new home has all that the old one has now; whether it had in time. */
  boolean caughtUp(Sample sample, Duration limit) throws ReadFailed, InterruptedException {
    String position = on(sample.old(), reader -> reader.value(POSITION));
    String reached = REACHED.formatted(position, progress());
    long deadline = System.nanoTime() + limit.toNanos();
    while (!"t".equals(on(spec.against().home(), reader -> reader.value(reached)))) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return true;
  }

  private String progress() throws ReadFailed, InterruptedException {
    if (progress == null) {
      String may = on(spec.against().home(), reader -> reader.value(MAY_ASK_WHAT_IS_APPLIED));
      progress = "t".equals(may) ? APPLIED : CONFIRMED;
    }
    return progress;
  }

  private interface Ask<T> {
    T of(Reader reader) throws ReadFailed, InterruptedException;
  }

  private <T> T on(Home home, Ask<T> ask) throws ReadFailed, InterruptedException {
    Reader reader = readers.get(home);
    if (reader == null || reader.broken()) {
      HomeLogin login = new HomeLogin(home, spec.against().user(), spec.against().password());
      reader = Reader.open(connector, loop, login, timeout);
      readers.put(home, reader);
    }
    try {
      return ask.of(reader);
    } finally {
      if (reader.broken()) {
        readers.remove(home);
      }
    }
  }

  @Override
  public void close() {
    readers.values().forEach(Reader::close);
    readers.clear();
  }
}
