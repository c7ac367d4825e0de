package dev.trunkline.proxy.swap;

import dev.trunkline.shard.CatchUp;
import dev.trunkline.shard.Home;
import dev.trunkline.shard.Preflight;
import dev.trunkline.shard.Preflight.Credentials;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * The operator's connections to both homes, opened before the pause: for the fence, the catch-up
 * check and the verify query. Those that a request has no use for are not opened.
 */
final class OldAndNew implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final SwapRequest request;
  private final Home home;
  private final Credentials operator;
  private final Connection old;
  private final Connection fresh;
  private boolean fenced;

  private OldAndNew(
      SwapRequest request, Home home, Credentials operator, Connection old, Connection fresh) {
    this.request = request;
    this.home = home;
    this.operator = operator;
    this.old = old;
    this.fresh = fresh;
  }

  static OldAndNew of(Journey journey, SwapRequest request, List<Credentials> users)
      throws SQLException {
    Credentials operator = users.getFirst();
    boolean needsOld = request.fence() != null || request.catchUp() != null;
    boolean needsNew = request.verify() != null || request.catchUp() != null;
    Connection old = needsOld ? Preflight.connect(journey.from().home(), operator, TIMEOUT) : null;
    try {
      Connection fresh =
          needsNew ? Preflight.connect(journey.to().home(), operator, TIMEOUT) : null;
      return new OldAndNew(request, journey.from().home(), operator, old, fresh);
    } catch (SQLException e) {
      if (old != null) {
        old.close();
      }
      throw e;
    }
  }

  /** As {@link Approach.Lag}; for a request with a catch-up check. */
  Duration lag(Duration limit) throws SQLException, InterruptedException {
    bound(old, limit);
    bound(fresh, limit);
    // The commit of the marker may wait for a standby, in the pause as well.
    long began = System.nanoTime();
    CatchUp.Mark mark = request.catchUp().mark(old);
    boolean there = request.catchUp().await(fresh, mark, limit);
    return there ? Duration.ofNanos(System.nanoTime() - began) : null;
  }

  /** Runs the fence; says so. */
  String fence(Duration left) throws SQLException {
    if (request.fence() == null) {
      return "none";
    }
    fenced = true;
    run(old, request.fence().sql(), left);
    return "run on the old home";
  }

  /** Takes the fence back; whether there was one. */
  boolean unfence() throws SQLException {
    if (!fenced) {
      return false;
    }
    fenced = false;
    try {
      run(old, request.fence().undo(), TIMEOUT);
    } catch (SQLException broken) {
      // Perhaps only the connection is, by a timeout or by the fence itself.
      try (Connection again = Preflight.connect(home, operator, TIMEOUT)) {
        run(again, request.fence().undo(), TIMEOUT);
      }
    }
    return true;
  }

  /** The catch-up check and the operator's query, which must hold. */
  String verify(Duration left) throws SwapFailed, SQLException, InterruptedException {
    CatchUp catchUp = request.catchUp();
    if (catchUp != null) {
      bound(old, left);
      bound(fresh, left);
      if (!catchUp.await(fresh, catchUp.mark(old), left)) {
        throw new SwapFailed("The new home has not caught up in time.");
      }
    }
    if (request.verify() != null) {
      bound(fresh, left);
      String answer = answer(request.verify());
      if (!"t".equals(answer)) {
        throw new SwapFailed("The verify query answers " + answer + " instead of true.");
      }
    }
    return (catchUp == null ? "" : "caught up ") + (request.verify() == null ? "" : "verified");
  }

  private String answer(String query) throws SQLException {
    try (Statement statement = fresh.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getString(1) : "no row";
    }
  }

  private static void run(Connection connection, String sql, Duration left) throws SQLException {
    bound(connection, left);
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void bound(Connection connection, Duration left) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set statement_timeout = " + Math.max(1, left.toMillis()));
    }
  }

  @Override
  public void close() throws SQLException {
    try {
      close(old);
    } finally {
      close(fresh);
    }
  }

  private static void close(Connection connection) throws SQLException {
    if (connection != null) {
      connection.close();
    }
  }
}
