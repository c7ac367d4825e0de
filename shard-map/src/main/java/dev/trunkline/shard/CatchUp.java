package dev.trunkline.shard;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/**
 * Proves that a logical subscription on the new home has everything that was acknowledged on the
 * old one. For between drain and repoint: it holds only while nothing writes on the old home.
 *
 * <p>A marker transaction, committed with synchronous_commit = on, moves a row of a replicated
 * table and takes the position at which the log is written; {@code pg_current_wal_lsn()} could be
 * behind what was acknowledged without waiting. On the new home the subscription's origin must be
 * flushed up to that position, and the marker's row must be there. The old home's slot is not
 * asked: it hears of the flush hundreds of milliseconds later.
 *
 * @param subscription its name on the new home
 * @param marker a replicated table of one row with a column {@code n bigint}, as SQL: quoted and
 *     with its schema
 */
public record CatchUp(String subscription, String marker) {
  private static final long POLL_MILLIS = 2;

  /** As in the operator's command. */
  @Override
  public String toString() {
    return "CATCH UP " + subscription + " MARKER '" + marker + "'";
  }

  /** Where the old home was when the marker was written. */
  public record Mark(String position, long number) {}

  /** Writes the marker; durable when this returns. */
  public Mark mark(Connection old) throws SQLException {
    old.setAutoCommit(false);
    try (Statement statement = old.createStatement()) {
      statement.execute("set local synchronous_commit = on");
      Mark mark = moveMarker(statement);
      old.commit();
      return mark;
    } finally {
      old.rollback();
      old.setAutoCommit(true);
    }
  }

  private Mark moveMarker(Statement statement) throws SQLException {
    String move = "update " + marker + " set n = n + 1 returning n";
    try (ResultSet rows = statement.executeQuery(move)) {
      if (!rows.next()) {
        throw new SQLException("the marker table " + marker + " has no row", "02000");
      }
      long number = rows.getLong(1);
      return new Mark(position(statement), number);
    }
  }

  private static String position(Statement statement) throws SQLException {
    try (Statement another = statement.getConnection().createStatement();
        ResultSet rows = another.executeQuery("select pg_current_wal_insert_lsn()")) {
      rows.next();
      return rows.getString(1);
    }
  }

  /**
   * Polls the new home until it has the marker, durably.
   *
   * @return whether it had in time
   */
  public boolean await(Connection fresh, Mark mark, Duration timeout)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try (PreparedStatement query = fresh.prepareStatement(reached())) {
      query.setString(1, mark.position());
      query.setLong(2, mark.number());
      query.setString(3, subscription);
      while (!holds(query)) {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        Thread.sleep(POLL_MILLIS);
      }
      return true;
    }
  }

  /** The origin of a subscription is named by its oid; true makes the progress durable. */
  private String reached() {
    return "select coalesce(pg_replication_origin_progress('pg_' || oid, true) >= ?::pg_lsn, false)"
        + " and (select n = ? from "
        + marker
        + ") from pg_subscription where subname = ?"
        + " and subdbid = (select oid from pg_database where datname = current_database())";
  }

  private boolean holds(PreparedStatement query) throws SQLException {
    try (ResultSet rows = query.executeQuery()) {
      if (!rows.next()) {
        throw new SQLException("there is no subscription \"" + subscription + "\"", "42704");
      }
      return rows.getBoolean(1);
    }
  }
}
