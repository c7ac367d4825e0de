package dev.trunkline.proxy.config;

import dev.trunkline.shard.HomeLogin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Every key of the blocks beside the settings, each declared once. */
final class EntryKeys {
  /**
   * A key inside an entry.
   *
   * @param setting its declaration, with the default as the manual prints it
   * @param absent value where the file is silent
   * @param required whether the file must not be silent
   */
  record Key<T>(Setting<T> setting, T absent, boolean required) {
    String name() {
      return setting.name();
    }
  }

  private static final String ZERO_AS_SETTING = " 0 = as the setting says.";

  /** The keys that entries of one block may have. */
  static final class Kind {
    private final List<Key<?>> keys = new ArrayList<>();

    List<Key<?>> keys() {
      return List.copyOf(keys);
    }

    List<String> names() {
      return keys.stream().map(Key::name).toList();
    }

    private <T> Key<T> required(String name, Function<String, T> parser, String doc) {
      return declare(new Key<>(setting(name, "", null, parser, doc), null, true));
    }

    private <T> Key<T> optional(
        String name, T absent, String shown, Function<String, T> parser, String doc) {
      return declare(new Key<>(setting(name, shown, absent, parser, doc), absent, false));
    }

    private <T> Key<T> defaulted(
        String name, String byDefault, Function<String, T> parser, String doc) {
      return optional(name, parser.apply(byDefault), byDefault, parser, doc);
    }

    /** A number that overrides a global setting: -1 where the file is silent. */
    private Key<Integer> override(String name, String global, String doc) {
      return optional(name, -1, global, Values::count, doc);
    }

    /** The same for a bound that an entry cannot lift: 0 is as good as silence, as in PgBouncer. */
    private Key<Integer> bound(String name, String doc) {
      return optional(name, -1, name, Values::bound, doc + ZERO_AS_SETTING);
    }

    /** The same for a time. */
    private Key<Duration> time(String name, String doc) {
      return optional(name, null, name, Values::timeOrNone, doc + ZERO_AS_SETTING);
    }

    private static <T> Setting<T> setting(
        String name, String shown, T absent, Function<String, T> parser, String doc) {
      return new Setting<>(name, shown, absent, true, parser, doc);
    }

    private <T> Key<T> declare(Key<T> key) {
      keys.add(key);
      return key;
    }
  }

  /** Keys of {@code hosts.NAME}. */
  static final class Host {
    static final Kind KIND = new Kind();
    static final Key<String> HOST =
        KIND.required("host", Values::host, "DNS name or address of the PostgreSQL server.");
    static final Key<Integer> PORT = KIND.defaulted("port", "5432", Values::port, "Its TCP port.");
    static final Key<String> DBNAME =
        KIND.required("dbname", Values::name, "Database that holds the logical shards there.");
    static final Key<String> REGION =
        KIND.defaulted("region", "", Values::string, "Region it stands in.");
    static final Key<Integer> MAX_CONNECTIONS =
        KIND.defaulted(
            "max_connections",
            "0",
            Values::count,
            "Server connections over all pools of this host; 0 = any.");

    private Host() {}
  }

  /** Keys of {@code peers.NUMBER}. */
  static final class Peer {
    static final Kind KIND = new Kind();
    static final Key<String> HOST =
        KIND.required(
            "host",
            Values::server,
            "Name or address of the process with that peer_id, or the directory of its unix socket."
                + " Not an address that it shares with others.");
    static final Key<Integer> PORT = KIND.defaulted("port", "6432", Values::port, "Its TCP port.");
    static final Key<Integer> POOL_SIZE =
        KIND.override(
            "pool_size",
            "default_pool_size",
            "Cancel requests that are passed on to it at a time; the others wait.");

    private Peer() {}
  }

  /** Keys of {@code groups.NAME}. */
  static final class Group {
    static final Kind KIND = new Kind();
    static final Key<List<String>> HOSTS =
        KIND.required("hosts", Values::list, "Names of its hosts; each host is in one group.");
    static final Key<Endpoint> LISTEN =
        KIND.defaulted(
            "listen",
            "",
            Values::endpoint,
            "`host:port` of a listener of its own; needs a restart to change.");
    static final Key<Integer> MAX_CLIENT_CONN =
        KIND.defaulted(
            "max_client_conn",
            "0",
            Values::count,
            "Clients on its own listener; 0 = only the limit of the process.");
    static final Key<Integer> POOL_SIZE =
        KIND.override("pool_size", "default_pool_size", "Size of each of its pools.");
    static final Key<Integer> MAX_CONNECTIONS =
        KIND.defaulted(
            "max_connections",
            "0",
            Values::count,
            "Server connections over all pools of the group; 0 = any.");

    private Group() {}
  }

  /** Keys of {@code databases.NAME}. */
  static final class Database {
    static final Kind KIND = new Kind();
    static final Key<Boolean> SHARDED =
        KIND.defaulted(
            "sharded", "false", Values::bool, "Whether transactions are routed by workspace.");
    static final Key<String> HOST =
        KIND.optional(
            "host",
            null,
            "",
            Values::servers,
            "Server of a plain database, or a list of them; a directory (`/run/postgresql`, or"
                + " `@name` for an abstract one) means its unix socket. Required, but in a"
                + " pgbouncer.ini: there its absence means unix_socket_dir.");
    static final Key<HostOrder> LOAD_BALANCE_HOSTS =
        KIND.defaulted(
            "load_balance_hosts",
            "round-robin",
            Values.oneOf(HostOrder.class),
            "Which server of a list is connected to: `round-robin` takes each in turn, `disable`"
                + " the same one until connecting fails.");
    static final Key<Integer> PORT =
        KIND.defaulted("port", "5432", Values::port, "TCP port of a plain database.");
    static final Key<String> DBNAME =
        KIND.optional(
            "dbname",
            null,
            "the entry's name",
            Values::name,
            "Database on the server of a plain database; for `*` the name the client gave.");
    static final Key<String> USER =
        KIND.optional(
            "user", null, "the client's", Values::name, "Role to log in to the server as.");
    static final Key<String> PASSWORD =
        KIND.optional("password", null, "", Values::string, "Password of `user`.");
    static final Key<PoolMode> POOL_MODE =
        KIND.optional(
            "pool_mode",
            null,
            "pool_mode",
            Values.oneOf(PoolMode.class),
            "When a server connection goes back to its pool.");
    static final Key<Integer> POOL_SIZE =
        KIND.override("pool_size", "default_pool_size", "Server connections per pool.");
    static final Key<Integer> MIN_POOL_SIZE =
        KIND.override("min_pool_size", "min_pool_size", "Server connections kept open per pool.");
    static final Key<Integer> RESERVE_POOL_SIZE =
        KIND.override("reserve_pool_size", "reserve_pool_size", "Additional connections per pool.");
    static final Key<Integer> MAX_DB_CONNECTIONS =
        KIND.bound("max_db_connections", "Server connections over all pools.");
    static final Key<Integer> MAX_DB_CLIENT_CONNECTIONS =
        KIND.bound("max_db_client_connections", "Client connections.");
    static final Key<String> CONNECT_QUERY =
        KIND.optional(
            "connect_query",
            null,
            "",
            Values::string,
            "Sent once on each new server connection; its errors are logged, and ignored"
                + " otherwise.");
    static final Key<Duration> SERVER_LIFETIME =
        KIND.time("server_lifetime", "For its connections.");
    static final Key<Duration> QUERY_WAIT_TIMEOUT =
        KIND.optional(
            "query_wait_timeout", null, "query_wait_timeout", Values::duration, "For its clients.");
    static final Key<String> CLIENT_ENCODING = startup("client_encoding");
    static final Key<String> DATESTYLE = startup("datestyle");
    static final Key<String> TIMEZONE = startup("timezone");
    static final Key<String> APPLICATION_NAME = startup("application_name");

    /** What its server connections begin with. */
    static final List<Key<String>> STARTUP =
        List.of(CLIENT_ENCODING, DATESTYLE, TIMEZONE, APPLICATION_NAME);

    static final Key<List<String>> SEARCH_PATH =
        KIND.defaulted(
            "search_path",
            "",
            Values::list,
            "Schemas after the workspace's own in `search_path`; sharded only.");
    static final Key<String> WORKSPACE_SETTING =
        KIND.optional(
            "workspace_setting",
            null,
            "",
            Values::settingName,
            "Server setting that carries the workspace id, for row-level security, such as"
                + " `app.workspace_id`; sharded only.");

    static final Key<String> AUTH_USER =
        KIND.optional("auth_user", null, "auth_user", Values::name, "Role that runs auth_query.");
    static final Key<String> AUTH_QUERY =
        KIND.optional(
            "auth_query", null, "auth_query", Values::name, "Looks up the secrets of users.");
    static final Key<String> AUTH_DBNAME =
        KIND.optional(
            "auth_dbname", null, "auth_dbname", Values::name, "Database that auth_query runs in.");

    private static Key<String> startup(String name) {
      return KIND.optional(
          name, null, "the server's", Values::string, "What its server connections begin with.");
    }

    private Database() {}
  }

  /** Keys of {@code users.NAME}. */
  static final class User {
    static final Kind KIND = new Kind();
    static final Key<String> PASSWORD =
        KIND.optional(
            "password",
            null,
            "",
            Values::secret,
            "Plain text, `md5...` or `SCRAM-SHA-256$...`; without one only `trust` lets the user"
                + " in.");
    static final Key<PoolMode> POOL_MODE =
        KIND.optional(
            "pool_mode",
            null,
            "the database's",
            Values.oneOf(PoolMode.class),
            "When this user's server connections go back to their pool.");
    static final Key<Integer> POOL_SIZE =
        KIND.override("pool_size", "the database's", "Server connections per pool.");
    static final Key<Integer> RESERVE_POOL_SIZE =
        KIND.override("reserve_pool_size", "the database's", "Additional connections per pool.");
    static final Key<Integer> MAX_USER_CONNECTIONS =
        KIND.bound("max_user_connections", "Server connections over all pools.");
    static final Key<Integer> MAX_USER_CLIENT_CONNECTIONS =
        KIND.bound("max_user_client_connections", "Client connections.");
    static final Key<Duration> QUERY_TIMEOUT = timeout("query_timeout");
    static final Key<Duration> QUERY_WAIT_TIMEOUT =
        KIND.optional(
            "query_wait_timeout",
            null,
            "the database's",
            Values::duration,
            "For this user's clients.");
    static final Key<Duration> IDLE_TRANSACTION_TIMEOUT = timeout("idle_transaction_timeout");
    static final Key<Duration> TRANSACTION_TIMEOUT = timeout("transaction_timeout");
    static final Key<Duration> CLIENT_IDLE_TIMEOUT = timeout("client_idle_timeout");
    static final Key<Boolean> MAY_SET_SHARD =
        KIND.defaulted(
            "may_set_shard",
            "false",
            Values::bool,
            "Whether the user may choose a logical shard by name with `trunkline.shard`.");

    private static Key<Duration> timeout(String name) {
      return KIND.time(name, "For this user's clients.");
    }

    private User() {}
  }

  /** What {@code map.type} may say. */
  enum MapType {
    FILE,
    POSTGRES
  }

  /** What {@code map.placement} may say. */
  enum MapPlacement {
    HASH,
    NONE
  }

  /** Keys of {@code map} with {@code type = file}. */
  static final class FileMap {
    static final Kind KIND = new Kind();
    static final Key<MapType> TYPE = KIND.required("type", Values.oneOf(MapType.class), "`file`.");
    static final Key<MapPlacement> PLACEMENT =
        KIND.defaulted(
            "placement",
            "none",
            Values.oneOf(MapPlacement.class),
            "`hash` places workspaces that are not listed by a hash over the logical shards, `none`"
                + " refuses them.");

    static final Key<Path> STATE_FILE =
        KIND.optional(
            "state_file",
            null,
            "the file's name with .map",
            Values::path,
            "Where changes made on the console are kept, with their journal; they come before what"
                + " this file says.");

    /** Blocks of names rather than keys. */
    static final String SHARDS = "shards";

    static final String WORKSPACES = "workspaces";

    private FileMap() {}
  }

  /** Keys of {@code map} with {@code type = postgres}. */
  static final class CatalogMap {
    static final Kind KIND = new Kind();
    static final Key<MapType> TYPE =
        KIND.required("type", Values.oneOf(MapType.class), "`postgres`.");
    static final Key<String> HOST = KIND.required("host", Values::host, "Server of the catalog.");
    static final Key<Integer> PORT = KIND.defaulted("port", "5432", Values::port, "Its TCP port.");
    static final Key<String> DBNAME =
        KIND.required("dbname", Values::name, "Database that holds the catalog's tables.");
    static final Key<String> USER =
        KIND.required("user", Values::name, "Role to read the catalog as.");
    static final Key<String> PASSWORD =
        KIND.optional("password", null, "", Values::string, "Its password.");
    static final Key<SslMode> SSLMODE =
        KIND.defaulted(
            "sslmode", "prefer", Values.oneOf(SslMode.class), "TLS with the catalog, as libpq.");
    static final Key<Long> CACHE =
        KIND.defaulted("cache", "64 MB", Values::size, "Bytes of the workspace cache.");
    static final Key<Duration> REFRESH_AFTER =
        KIND.defaulted(
            "refresh_after",
            "5m",
            Values::someTime,
            "Age at which a cached workspace is read again in the background.");
    static final Key<Duration> NEGATIVE_TTL =
        KIND.defaulted(
            "negative_ttl", "10s", Values::duration, "How long an unknown workspace stays so.");
    static final Key<Duration> POLL_INTERVAL =
        KIND.defaulted(
            "poll_interval",
            "2s",
            Values::someTime,
            "How often the map version is polled, in case a NOTIFY is lost.");
    static final Key<Duration> STALE_FOR =
        KIND.defaulted(
            "stale_for",
            "1h",
            Values::duration,
            "How long cached workspaces are served while the catalog is down.");
    static final Key<Duration> QUERY_TIMEOUT =
        KIND.defaulted(
            "query_timeout", "2s", Values::someTime, "Bound of one catalog query or connect.");
    static final Key<Path> SNAPSHOT_FILE =
        KIND.optional(
            "snapshot_file",
            null,
            "",
            Values::path,
            "Where the last map is kept for a start without the catalog.");

    private CatalogMap() {}
  }

  /** Keys of {@code map.sharded_tables}. */
  static final class Tables {
    /** Its name inside {@code map}. */
    static final String BLOCK = "sharded_tables";

    static final Kind KIND = new Kind();
    static final Key<String> KEY =
        KIND.optional(
            "key",
            null,
            "",
            Values::name,
            "Each table with this column is sharded by it; read from a host's catalog at start, at"
                + " RELOAD and every `refresh`.");
    static final Key<String> USER =
        KIND.optional(
            "user", null, "", Values::name, "Role that reads the catalog; `key` needs it.");
    static final Key<String> PASSWORD =
        KIND.optional("password", null, "", Values::string, "Its password.");
    static final Key<Duration> REFRESH =
        KIND.defaulted("refresh", "1m", Values::someTime, "How often the catalog is read again.");
    static final Key<List<String>> REFERENCE =
        KIND.defaulted(
            "reference", "", Values::list, "Tables with the same content in each logical shard.");
    static final Key<List<String>> FUNCTIONS =
        KIND.defaulted(
            "functions", "", Values::list, "Functions of your own that read and write no table.");

    /** Blocks of names rather than keys. */
    static final String TABLES = "tables";

    static final String VIEWS = "views";

    private Tables() {}
  }

  /** Keys of {@code trunkline.dark_reads.NAME}. */
  static final class DarkRead {
    static final Kind KIND = new Kind();
    static final Key<String> GROUP =
        KIND.optional("group", null, "", Values::name, "Reads of this group's hosts.");
    static final Key<String> HOST =
        KIND.optional("host", null, "", Values::name, "Reads of this host.");
    static final Key<String> SHARD =
        KIND.optional("shard", null, "", Values::name, "Reads of this logical shard.");
    static final Key<HomeLogin> AGAINST =
        KIND.required(
            "against",
            HomeLogin::parse,
            "`host=… port=… dbname=… user=… password=…` of the home on which they are repeated; the"
                + " role reads on both sides.");
    static final Key<Double> SAMPLE =
        KIND.required("sample", Values::percent, "Share of the reads, such as `0.1%`.");
    static final Key<Integer> MAX_ROWS =
        KIND.defaulted(
            "max_rows", "5", Values::atLeastOne, "Results with more rows are not compared.");
    static final Key<Duration> DELAY =
        KIND.optional(
            "delay",
            null,
            "",
            Values::someTime,
            "From a read to its repetition. Empty: at once, and after a difference when the other"
                + " home has caught up.");

    private DarkRead() {}
  }

  private EntryKeys() {}
}
