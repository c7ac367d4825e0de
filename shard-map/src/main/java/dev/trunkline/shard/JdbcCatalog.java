package dev.trunkline.shard;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.PGProperty;

/** The catalog over pgjdbc. Each read is one statement, hence one snapshot. */
final class JdbcCatalog implements Catalog {
  private static final String LOOKUP =
      """
      select v.version, w.id, w.shard, s.host, h.home
      from trunkline.map_version v
      left join (trunkline.workspace w join trunkline.shard s on s.name = w.shard
          left join trunkline.host_home h on h.host = s.host) on w.id = any (?)
      """;
  private static final String SHARDS =
      """
      select v.version, v.stamp, s.name, coalesce(s.host, h.host), h.home
      from trunkline.map_version v
      left join (trunkline.shard s full join trunkline.host_home h on h.host = s.host) on true
      """;
  private static final String HOMES = "select to_regclass('trunkline.host_home') is not null";
  private static final String SWAPPING =
      """
      select exists (select from pg_locks where locktype = 'advisory' and classid = %d and granted
          and database = (select oid from pg_database where datname = current_database()))
      """
          .formatted(CatalogChanges.SWAP_LOCK);
  private static final String VERSION = "select version, stamp from trunkline.map_version";

  private final Driver driver = new Driver();
  private final String url;
  private final Properties properties = new Properties();
  private final String limitStatements;

  /**
   * @throws IllegalArgumentException when the URL is none of PostgreSQL's
   */
  JdbcCatalog(MapConfig.FromPostgres config) {
    this.url = config.url();
    if (Driver.parseURL(url, null) == null) {
      throw new IllegalArgumentException(
          "The map's url " + address() + " does not start with jdbc:postgresql:, or is malformed.");
    }
    long millis = Math.max(1, config.queryTimeout().toMillis());
    this.limitStatements = "set statement_timeout = " + Math.min(millis, Integer.MAX_VALUE);
    describe(config.user(), config.password(), config.queryTimeout());
  }

  /** A key in the URL wins over these; pgjdbc counts connect and socket timeouts in seconds. */
  private void describe(String user, String password, Duration timeout) {
    String seconds = Long.toString(Math.max(1, timeout.plusMillis(999).toSeconds()));
    PGProperty.USER.set(properties, user);
    if (password != null) {
      PGProperty.PASSWORD.set(properties, password);
    }
    PGProperty.LOGIN_TIMEOUT.set(properties, seconds);
    PGProperty.CONNECT_TIMEOUT.set(properties, seconds);
    PGProperty.SOCKET_TIMEOUT.set(properties, seconds);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.APPLICATION_NAME.set(properties, "trunkline");
  }

  @Override
  public String address() {
    return url.replaceAll("(?i)([?&])[a-z]*password=[^&]*&?", "$1").replaceAll("[?&]$", "");
  }

  @Override
  public Session open() throws SQLException {
    Connection connection = connect();
    try {
      requireHomes(connection);
      return new JdbcSession(connection);
    } catch (SQLException | RuntimeException e) {
      connection.abort(Runnable::run);
      throw e;
    }
  }

  private static void requireHomes(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(HOMES)) {
      if (rows.next() && !rows.getBoolean(1)) {
        throw new SQLException("it is of an older version: run docs/catalog.sql on it", "42P01");
      }
    }
  }

  /** A connection whose statements end within the query timeout. */
  Connection connect() throws SQLException {
    Connection connection = driver.connect(url, properties);
    try (Statement statement = connection.createStatement()) {
      statement.execute(limitStatements);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.abort(Runnable::run);
      throw e;
    }
  }

  private static final class JdbcSession implements Session {
    private final Connection connection;
    private final PGConnection notifications;
    private final PreparedStatement lookup;
    private final PreparedStatement version;

    private JdbcSession(Connection connection) throws SQLException {
      this.connection = connection;
      this.notifications = connection.unwrap(PGConnection.class);
      this.lookup = connection.prepareStatement(LOOKUP);
      this.version = connection.prepareStatement(VERSION);
    }

    @Override
    public Rows lookup(List<String> workspaces) throws SQLException {
      Array ids = connection.createArrayOf("text", workspaces.toArray());
      try {
        lookup.setArray(1, ids);
        return readRows();
      } finally {
        ids.free();
      }
    }

    private Rows readRows() throws SQLException {
      Map<String, Row> found = new HashMap<>();
      try (ResultSet rows = lookup.executeQuery()) {
        requireRow(rows);
        long number = rows.getLong(1);
        do {
          String id = rows.getString(2);
          if (id != null) {
            found.put(id, new Row(rows.getString(3), rows.getString(4), home(rows)));
          }
        } while (rows.next());
        return new Rows(number, found);
      }
    }

    @Override
    public ShardTable shards() throws SQLException {
      Map<String, String> hosts = new HashMap<>();
      Map<String, Home> homes = new HashMap<>();
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(SHARDS)) {
        requireRow(rows);
        Version read = new Version(rows.getLong(1), rows.getString(2));
        do {
          String name = rows.getString(3);
          Home home = home(rows);
          if (home != null) {
            homes.put(rows.getString(4), home);
          }
          if (name != null) {
            hosts.put(name, rows.getString(4));
          }
        } while (rows.next());
        return new ShardTable(read, hosts, homes);
      }
    }

    private static Home home(ResultSet rows) throws SQLException {
      String home = rows.getString(5);
      try {
        return home == null ? null : Home.parse(home);
      } catch (IllegalArgumentException e) {
        throw new SQLException("trunkline.host_home: " + e.getMessage(), "22023", e);
      }
    }

    @Override
    public Version version() throws SQLException {
      try (ResultSet rows = version.executeQuery()) {
        requireRow(rows);
        return new Version(rows.getLong(1), rows.getString(2));
      }
    }

    @Override
    public boolean swapping() throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(SWAPPING)) {
        return rows.next() && rows.getBoolean(1);
      }
    }

    private static void requireRow(ResultSet rows) throws SQLException {
      if (!rows.next()) {
        throw new SQLException("table trunkline.map_version of the catalog is empty", "02000");
      }
    }

    @Override
    public void listen() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("listen trunkline_map");
      }
    }

    @Override
    public List<Change> changes(int timeoutMillis) throws SQLException {
      PGNotification[] messages =
          timeoutMillis == 0
              ? notifications.getNotifications()
              : notifications.getNotifications(timeoutMillis);
      List<Change> changes = new ArrayList<>();
      for (int i = 0; messages != null && i < messages.length; i++) {
        Change change = Change.parse(messages[i].getParameter());
        if (change != null) {
          changes.add(change);
        }
      }
      return changes;
    }

    /** Aborts: a polite close would wait for the thread that uses the connection. */
    @Override
    public void close() {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        throw new IllegalStateException("the driver refuses to abort a connection", e);
      }
    }
  }
}
