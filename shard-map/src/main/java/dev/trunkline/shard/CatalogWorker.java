package dev.trunkline.shard;

import dev.trunkline.shard.LiveState.Part;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/** Asks the catalog for workspaces, as many in one statement as are waiting. */
final class CatalogWorker extends CatalogThread {
  private static final int MAX_BATCH = 64;

  private List<WorkspaceLoad> asked = List.of();
  private final Part part;
  private boolean broken;

  /**
   * @param part the one that this worker is
   */
  CatalogWorker(Part part, Catalog catalog, LiveMap map, Consumer<String> log) {
    super(
        part == Part.FIRST_QUERIES ? "trunkline-map-query-1" : "trunkline-map-query-2",
        catalog,
        map,
        log);
    this.part = part;
  }

  @Override
  void work() throws SQLException, InterruptedException {
    if (broken) {
      // The same statement as a load: a missing privilege must not look like recovery.
      session().lookup(List.of());
      broken = false;
      resetBackoff();
      map.live().up(part);
    }
    asked = map.takeLoads(MAX_BATCH);
    List<String> workspaces = asked.stream().map(WorkspaceLoad::workspace).toList();
    map.complete(asked, lookup(workspaces));
    asked = List.of();
  }

  /** A session that idled may have died with an earlier catalog: one more try on a new one. */
  private Catalog.Rows lookup(List<String> workspaces) throws SQLException {
    if (hasSession()) {
      try {
        return session().lookup(workspaces);
      } catch (SQLException e) {
        dropSession();
        if (closed() || !connectionLost(e)) {
          throw e;
        }
      }
    }
    return session().lookup(workspaces);
  }

  /** A timeout is none: whoever waits has waited long enough. */
  private static boolean connectionLost(SQLException e) {
    String state = e.getSQLState();
    return !(e.getCause() instanceof SocketTimeoutException)
        && state != null
        && (state.startsWith("08") || state.startsWith("57P"));
  }

  @Override
  void broken(Exception cause) {
    broken = true;
    if (giveUp(reason(cause))) {
      log.accept("The shard map's catalog does not answer queries: " + reason(cause) + ".");
    }
  }

  /** Whoever waits for what was being asked gets an answer even from a store that closes. */
  @Override
  void stopped() {
    giveUp("the shard map has been closed");
  }

  private boolean giveUp(String reason) {
    List<WorkspaceLoad> unanswered = asked;
    asked = List.of();
    return map.down(part, reason, unanswered);
  }
}
