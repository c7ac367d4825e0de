package dev.trunkline.shard;

import dev.trunkline.shard.MapChangeException.Fate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.postgresql.util.PSQLException;

/**
 * Changes of the map in the catalog. Each call has a connection of its own: changes are rare. The
 * compare-and-set is one statement, hence one transaction: {@code trunkline.change_map}.
 */
final class CatalogChanges implements MapChanges {
  private static final String CHANGE =
      """
      select applied, version, stamp, who from trunkline.change_map(?, ?::uuid, ?, ?, ?, ?, ?)
      """;
  private static final String VERSION =
      "select version, stamp, journal_from from trunkline.map_version";
  private static final String JOURNAL =
      """
      select version, at, who, why, kind, subject, before, after from trunkline.map_journal
      where version > ? order by version desc, kind, subject limit ?
      """;

  /** Class of the advisory lock that announces a swap; the other half of its key is 0. */
  static final int SWAP_LOCK = 0x7472_6c6e;

  private final JdbcCatalog catalog;

  /** Logged in and asked once already, for the next change; null for none. */
  private final AtomicReference<Connection> prepared = new AtomicReference<>();

  CatalogChanges(JdbcCatalog catalog) {
    this.catalog = catalog;
  }

  /** Something that is done with a connection. */
  private interface Work<T> {
    T on(Connection connection) throws SQLException, MapChangeException;
  }

  /** Where work finds its connection, which it closes. */
  private interface Connecting {
    Connection open() throws SQLException;
  }

  private <T> T with(Fate fateIfBroken, Work<T> work) throws MapChangeException {
    return with(catalog::connect, fateIfBroken, work);
  }

  private static <T> T with(Connecting connecting, Fate fateIfBroken, Work<T> work)
      throws MapChangeException {
    try (Connection connection = connecting.open()) {
      return work.on(connection);
    } catch (SQLException e) {
      throw failed(e, fateIfBroken);
    }
  }

  private static MapChangeException failed(SQLException e, Fate fateIfBroken) {
    String state = e.getSQLState();
    // Anything but a lost connection is the server's word that it has rolled back.
    boolean lost = state == null || state.startsWith("08") || state.startsWith("57P");
    return new MapChangeException(
        lost ? fateIfBroken : Fate.REFUSED, "The catalog says: " + message(e), e);
  }

  /** Without the lines of SQL that it comes from. */
  private static String message(SQLException e) {
    boolean servers = e instanceof PSQLException known && known.getServerErrorMessage() != null;
    return servers
        ? ((PSQLException) e).getServerErrorMessage().getMessage() + "."
        : e.getMessage();
  }

  @Override
  public MapVersion version() throws MapChangeException {
    return with(Fate.REFUSED, connection -> readVersion(connection).version());
  }

  private record Kept(MapVersion version, long from) {}

  private static Kept readVersion(Connection connection) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(VERSION);
        ResultSet rows = query.executeQuery()) {
      rows.next();
      return new Kept(new MapVersion(rows.getLong(1), rows.getString(2)), rows.getLong(3));
    }
  }

  @Override
  public MapOutcome apply(MapChange change, MapVersion expected, String who, String why)
      throws MapChangeException {
    return with(
        this::forChange,
        Fate.UNKNOWN,
        connection -> {
          try (PreparedStatement call = connection.prepareStatement(CHANGE)) {
            call.setLong(1, expected.number());
            call.setString(2, expected.stamp());
            describe(call, change);
            call.setString(6, who);
            call.setString(7, why);
            return outcome(call, expected);
          }
        });
  }

  /** The one that is prepared, used once: after an error the next attempt logs in. */
  private Connection forChange() throws SQLException {
    Connection ready = prepared.getAndSet(null);
    return ready == null ? catalog.connect() : ready;
  }

  @Override
  public Readiness prepare() throws MapChangeException {
    Connection connection = null;
    try {
      connection = catalog.connect();
      readVersion(connection);
    } catch (SQLException e) {
      abort(connection);
      throw failed(e, Fate.REFUSED);
    }
    abort(prepared.getAndSet(connection));
    return () -> abort(prepared.getAndSet(null));
  }

  private static void describe(PreparedStatement call, MapChange change) throws SQLException {
    switch (change) {
      case MapChange.RepointHost(String host, Home to) -> set(call, "host", host, "" + to);
      case MapChange.RepointShard(String shard, String host) -> set(call, "shard", shard, host);
      case MapChange.RepointWorkspace(String workspace, String shard) ->
          set(call, "workspace", workspace, shard);
      case MapChange.Back(long version) -> set(call, "back", null, Long.toString(version));
    }
  }

  private static void set(PreparedStatement call, String kind, String subject, String value)
      throws SQLException {
    call.setString(3, kind);
    call.setObject(4, subject, Types.VARCHAR);
    call.setString(5, value);
  }

  private static MapOutcome outcome(PreparedStatement call, MapVersion expected)
      throws SQLException {
    try (ResultSet rows = call.executeQuery()) {
      rows.next();
      MapVersion now = new MapVersion(rows.getLong(2), rows.getString(3));
      return rows.getBoolean(1)
          ? new MapOutcome.Applied(now)
          : new MapOutcome.MovedOn(expected, now, rows.getString(4));
    }
  }

  /** A lock, because it ends with the connection. */
  @Override
  public Announcement announce() throws MapChangeException {
    Connection connection = null;
    try {
      connection = catalog.connect();
      try (PreparedStatement lock =
          connection.prepareStatement("select pg_advisory_lock_shared(?, 0)")) {
        lock.setInt(1, SWAP_LOCK);
        lock.execute();
      }
    } catch (SQLException e) {
      abort(connection);
      throw failed(e, Fate.REFUSED);
    }
    Connection announcing = connection;
    return () -> abort(announcing);
  }

  private static void abort(Connection connection) {
    try {
      if (connection != null) {
        connection.abort(Runnable::run);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("the driver refuses to abort a connection", e);
    }
  }

  @Override
  public List<MapEntry> history(int limit) throws MapChangeException {
    return with(Fate.REFUSED, connection -> journal(connection, 0, limit));
  }

  private static List<MapEntry> journal(Connection connection, long after, long limit)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(JOURNAL)) {
      query.setLong(1, after);
      query.setLong(2, limit);
      List<MapEntry> entries = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          entries.add(entry(rows));
        }
      }
      return entries;
    }
  }

  private static MapEntry entry(ResultSet rows) throws SQLException {
    return new MapEntry(
        rows.getLong(1),
        rows.getObject(2, OffsetDateTime.class).toInstant(),
        rows.getString(3),
        rows.getString(4),
        MapEntry.Kind.valueOf(rows.getString(5).toUpperCase(Locale.ROOT)),
        rows.getString(6),
        rows.getString(7),
        rows.getString(8));
  }

  @Override
  public MapView asOf(long version) throws MapChangeException {
    return with(Fate.REFUSED, connection -> asOf(connection, version));
  }

  private static MapView asOf(Connection connection, long version)
      throws SQLException, MapChangeException {
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    Kept kept = readVersion(connection);
    long newest = kept.version().number();
    if (version < kept.from() || version > newest) {
      throw new MapChangeException(
          Fate.REFUSED,
          "Version %d is not one of those kept, %d to %d.".formatted(version, kept.from(), newest),
          null);
    }
    Map<String, String> homes = pairs(connection, "select host, home from trunkline.host_home");
    Map<String, String> shards = pairs(connection, "select name, host from trunkline.shard");
    return new MapView(newest, homes, shards, Map.of())
        .undo(journal(connection, version, Long.MAX_VALUE), version);
  }

  private static Map<String, String> pairs(Connection connection, String query)
      throws SQLException {
    Map<String, String> pairs = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(query);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        pairs.put(rows.getString(1), rows.getString(2));
      }
    }
    return pairs;
  }
}
