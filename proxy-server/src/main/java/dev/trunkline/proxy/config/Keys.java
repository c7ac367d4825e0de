package dev.trunkline.proxy.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All settings, each declared once. PgBouncer's go by their own names, with its defaults; the
 * product's own begin with {@code trunkline.}. The order is that of SHOW CONFIG and of the manual.
 */
public final class Keys {
  /** What the names of the product's own settings begin with. */
  static final String OWN_PREFIX = "trunkline.";

  /** Settings of PgBouncer that would be unsafe to ignore: refused with a sentence. */
  static final Set<String> NOT_HONOURED =
      Set.copyOf(
          Values.list(
              """
                service_name
              """));

  private static final long MIB = 1L << 20;
  private static final List<Section> SECTIONS = new ArrayList<>();

  private static final Section LISTEN = section("Listening");
  public static final Setting<List<String>> LISTEN_ADDR =
      LISTEN.atStart(
          "listen_addr",
          "",
          Values::listenHosts,
          "Addresses to listen on, `*` for every address; empty when only groups have listeners.");
  public static final Setting<Integer> LISTEN_PORT =
      LISTEN.atStart(
          "listen_port", "6432", Values::listenPort, "Port to listen on; 0 takes any free one.");
  public static final Setting<Integer> LISTEN_BACKLOG =
      LISTEN.atStart(
          "listen_backlog",
          "128",
          Values::atLeastOne,
          "Connections the kernel keeps waiting until they are accepted.");
  public static final Setting<Boolean> SO_REUSEPORT =
      LISTEN.atStart(
          "so_reuseport",
          "0",
          Values::bool,
          "Whether several processes may listen on one port; the kernel spreads the clients.");
  public static final Setting<Integer> TCP_DEFER_ACCEPT =
      LISTEN.atStart(
          "tcp_defer_accept",
          "1",
          Values::count,
          "Seconds the kernel waits for a client's first bytes before it hands the connection"
              + " over; 0 = off. Not with `nio`.");
  public static final Setting<Boolean> TCP_KEEPALIVE =
      LISTEN.flag("tcp_keepalive", "1", "Whether TCP keepalive is on.");
  public static final Setting<Integer> TCP_KEEPCNT =
      LISTEN.count(
          "tcp_keepcnt",
          "0",
          "Unanswered keepalive probes that end a connection; 0 = the kernel's default.");
  public static final Setting<Integer> TCP_KEEPIDLE =
      LISTEN.count(
          "tcp_keepidle",
          "0",
          "Seconds of silence before the first keepalive probe; 0 = the kernel's default.");
  public static final Setting<Integer> TCP_KEEPINTVL =
      LISTEN.count(
          "tcp_keepintvl", "0", "Seconds between keepalive probes; 0 = the kernel's default.");
  public static final Setting<Integer> TCP_USER_TIMEOUT =
      LISTEN.count(
          "tcp_user_timeout",
          "0",
          "Milliseconds sent data may stay unacknowledged; 0 = the kernel's default. Not with"
              + " `nio`.");
  public static final Setting<Integer> TCP_SOCKET_BUFFER =
      LISTEN.count(
          "tcp_socket_buffer",
          "0",
          "Bytes of the kernel's send and receive buffers; 0 = the kernel's default.");
  public static final Setting<String> UNIX_SOCKET_DIR =
      LISTEN.atStart(
          "unix_socket_dir",
          "",
          Values::string,
          "/tmp",
          "Directory of the unix socket to listen on, `.s.PGSQL.PORT`; `@name` for an abstract one;"
              + " empty = none.");
  public static final Setting<String> UNIX_SOCKET_MODE =
      LISTEN.atStart("unix_socket_mode", "0777", Values::octal, "Its access mode.");
  public static final Setting<String> UNIX_SOCKET_GROUP =
      LISTEN.atStart(
          "unix_socket_group",
          "",
          Values::string,
          "Group it belongs to; empty = the one of the process.");
  public static final Setting<Integer> PEER_ID =
      LISTEN.live(
          "peer_id",
          "0",
          Values::peerIdOrNone,
          "Number of this process among the processes that clients reach at the same address, 1 to"
              + " 16383; cancel requests find it through the others. 0 = it has no peers.");
  public static final Setting<Duration> DNS_MAX_TTL =
      LISTEN.time(
          "dns_max_ttl",
          "15",
          "Time the addresses of a server's name are believed; then they are looked up again.");
  public static final Setting<Duration> DNS_NXDOMAIN_TTL =
      LISTEN.time("dns_nxdomain_ttl", "15", "The same for a name without addresses.");
  public static final Setting<Duration> DNS_ZONE_CHECK_PERIOD =
      LISTEN.liveWithoutEffect(
          "dns_zone_check_period",
          "0",
          Values::duration,
          "Zones are not watched; each name is looked up again after dns_max_ttl.");
  public static final Setting<String> RESOLV_CONF =
      LISTEN.atStartWithoutEffect("resolv_conf", "", Values::file, "The system's resolver counts.");
  public static final Setting<Integer> PKT_BUF =
      LISTEN.atStartWithoutEffect(
          "pkt_buf", "4096", Values::count, "Buffers grow and shrink with the traffic.");
  public static final Setting<Integer> SBUF_LOOPCNT =
      LISTEN.liveWithoutEffect(
          "sbuf_loopcnt", "5", Values::count, "Netty bounds the reads of a connection's turn.");
  public static final Setting<Long> MAX_PACKET_SIZE =
      LISTEN.live(
          "max_packet_size",
          "2147483647",
          Values::packetSize,
          "Bytes of the longest message, a query or a row, that may pass. A longer one ends its"
              + " connection. For connections made from then on.");

  private static final Section POOLS = section("Pools and limits");
  public static final Setting<PoolMode> POOL_MODE =
      POOLS.live(
          "pool_mode",
          "transaction",
          Values.oneOf(PoolMode.class),
          "session",
          "When a server connection goes back to its pool: `session`, `transaction` or"
              + " `statement`. Clients that are connected follow a change between two transactions."
              + " A workspace is chosen per transaction, so a HOCON file begins with"
              + " `transaction`.");
  public static final Setting<Integer> MAX_CLIENT_CONN =
      POOLS.count(
          "max_client_conn",
          "100",
          "Client connections of the process, those that are logging in and those of the console"
              + " included; the console is always let in. 0 = nobody else.");
  public static final Setting<Integer> DEFAULT_POOL_SIZE =
      POOLS.count(
          "default_pool_size", "20", "Server connections per host, database and user; 0 = any.");
  public static final Setting<Integer> MIN_POOL_SIZE =
      POOLS.count(
          "min_pool_size",
          "0",
          "Server connections kept open in a pool while it has clients, or the database a `user`.");
  public static final Setting<Integer> RESERVE_POOL_SIZE =
      POOLS.count(
          "reserve_pool_size", "0", "Further connections of a pool whose clients wait long.");
  public static final Setting<Duration> RESERVE_POOL_TIMEOUT =
      POOLS.time(
          "reserve_pool_timeout", "5", "Wait after which a client may use the reserve; 0 = never.");
  public static final Setting<Integer> MAX_DB_CONNECTIONS =
      POOLS.count("max_db_connections", "0", "Server connections per database; 0 = any.");
  public static final Setting<Integer> MAX_DB_CLIENT_CONNECTIONS =
      POOLS.count("max_db_client_connections", "0", "Client connections per database; 0 = any.");
  public static final Setting<Integer> MAX_USER_CONNECTIONS =
      POOLS.count("max_user_connections", "0", "Server connections per user; 0 = any.");
  public static final Setting<Integer> MAX_USER_CLIENT_CONNECTIONS =
      POOLS.count("max_user_client_connections", "0", "Client connections per user; 0 = any.");
  public static final Setting<Boolean> SERVER_ROUND_ROBIN =
      POOLS.flag(
          "server_round_robin",
          "0",
          "Whether the longest idle server connection is used next, not the last used one.");
  public static final Setting<Integer> MAX_PREPARED_STATEMENTS =
      POOLS.count(
          "max_prepared_statements", "200", "Kept per server connection; 0 = not followed.");
  public static final Setting<Boolean> APPLICATION_NAME_ADD_HOST =
      POOLS.flag(
          "application_name_add_host",
          "0",
          "Whether application_name gets the client's address and port appended.");
  public static final Setting<List<String>> TRACK_EXTRA_PARAMETERS =
      POOLS.atStart(
          "track_extra_parameters",
          "IntervalStyle",
          Values::list,
          "Settings that `options` may set although ignore_startup_parameters names them; every"
              + " parameter that a client sets is followed.");
  public static final Setting<List<String>> IGNORE_STARTUP_PARAMETERS =
      POOLS.list(
          "ignore_startup_parameters",
          "",
          "Startup parameters that are accepted and dropped; `options` drops what stands in them,"
              + " but for the settings that PgBouncer follows.");
  public static final Setting<Boolean> DISABLE_PQEXEC =
      POOLS.atStart(
          "disable_pqexec",
          "0",
          Values::bool,
          "Whether simple queries are refused, which can hold several statements.");
  public static final Setting<String> LOGIN_NOTIFY_MESSAGE =
      POOLS.text("login_notify_message", "", "Notice that clients get when they are let in.");
  public static final Setting<String> SERVER_RESET_QUERY =
      POOLS.text(
          "server_reset_query",
          "DISCARD ALL",
          "Sent to a server connection whose session-mode client has left; empty = nothing.");
  public static final Setting<Boolean> SERVER_RESET_QUERY_ALWAYS =
      POOLS.flag(
          "server_reset_query_always",
          "0",
          "Whether server_reset_query is sent in the other pool modes, too.");
  public static final Setting<String> SERVER_CHECK_QUERY =
      POOLS.text(
          "server_check_query",
          "<empty>",
          "Sent to a server connection idle for longer than server_check_delay; `<empty>` is an"
              + " empty query, an empty text is no check.");
  public static final Setting<Duration> SERVER_CHECK_DELAY =
      POOLS.time("server_check_delay", "30", "Idle time a connection is trusted without a check.");
  public static final Setting<Boolean> SERVER_FAST_CLOSE =
      POOLS.flag(
          "server_fast_close",
          "0",
          "Whether session-mode server connections marked for closing close after the"
              + " transaction.");
  public static final Setting<Integer> SERVER_LOGINS_PER_POOL =
      POOLS.live(
          OWN_PREFIX + "server_logins_per_pool",
          "4",
          Values::atLeastOne,
          "Server logins a pool runs at the same time (PgBouncer: 1).");
  public static final Setting<Integer> MAX_CONNECTIONS_PER_CLIENT_ADDRESS =
      POOLS.count(
          OWN_PREFIX + "max_connections_per_client_address",
          "0",
          "Client connections per client IP address; 0 = any.");
  public static final Setting<Settings.SessionState> SESSION_STATE =
      POOLS.live(
          OWN_PREFIX + "session_state",
          "pin",
          Values.oneOf(Settings.SessionState.class),
          "What becomes of session state (LISTEN, temporary tables, advisory locks, ...) that a"
              + " client makes in transaction mode: `pin` lets it keep the server connection,"
              + " `discard` throws the state away at the transaction's end.");

  private static final Section TIMEOUTS = section("Timeouts");
  public static final Setting<Duration> SERVER_LIFETIME =
      TIMEOUTS.time(
          "server_lifetime",
          "3600",
          "Age at which a server connection is closed once free; 0 = after one use.");
  public static final Setting<Duration> SERVER_IDLE_TIMEOUT =
      TIMEOUTS.time(
          "server_idle_timeout", "600", "Idle server connections close after it; 0 = never.");
  public static final Setting<Duration> SERVER_CONNECT_TIMEOUT =
      TIMEOUTS.time(
          "server_connect_timeout", "15", "Time to connect and log in to a server; 0 = any.");
  public static final Setting<Duration> SERVER_LOGIN_RETRY =
      TIMEOUTS.time(
          "server_login_retry", "15", "Pause of a pool after a server could not be reached.");
  public static final Setting<Duration> CLIENT_LOGIN_TIMEOUT =
      TIMEOUTS.time("client_login_timeout", "60", "Time a client has to log in; 0 = any.");
  public static final Setting<Duration> CLIENT_IDLE_TIMEOUT =
      TIMEOUTS.time(
          "client_idle_timeout", "0", "Silence after which a client is disconnected; 0 = never.");
  public static final Setting<Duration> QUERY_TIMEOUT =
      TIMEOUTS.time(
          "query_timeout",
          "0",
          "Time a query may wait for a server connection, and time it may run; 0 = any.");
  public static final Setting<Duration> QUERY_WAIT_TIMEOUT =
      TIMEOUTS.time(
          "query_wait_timeout", "120", "Time a query may wait for a server connection; 0 = any.");
  public static final Setting<Duration> QUERY_WAIT_NOTIFY =
      TIMEOUTS.time("query_wait_notify", "5", "Wait that a client gets a notice about; 0 = never.");
  public static final Setting<Duration> CANCEL_WAIT_TIMEOUT =
      TIMEOUTS.time("cancel_wait_timeout", "10", "Time a cancel request may wait; 0 = any.");
  public static final Setting<Duration> IDLE_TRANSACTION_TIMEOUT =
      TIMEOUTS.time("idle_transaction_timeout", "0", "Silence allowed in a transaction; 0 = any.");
  public static final Setting<Duration> TRANSACTION_TIMEOUT =
      TIMEOUTS.time("transaction_timeout", "0", "Time a transaction may last; 0 = any.");
  public static final Setting<Duration> SUSPEND_TIMEOUT =
      TIMEOUTS.time(
          "suspend_timeout",
          "10",
          "Time SUSPEND waits for buffers to empty before it drops the connections; 0 = any.");
  public static final Setting<Duration> AUTODB_IDLE_TIMEOUT =
      TIMEOUTS.time(
          "autodb_idle_timeout",
          "3600",
          "Time an unused database made from the `*` entry is remembered; 0 = for ever.");
  public static final Setting<Duration> POOL_IDLE_TIMEOUT =
      TIMEOUTS.time(
          "pool_idle_timeout", "0", "Time a pool without connections is remembered; 0 = for ever.");

  private static final Section AUTH = section("Authentication");
  public static final Setting<AuthType> AUTH_TYPE =
      AUTH.live(
          "auth_type",
          "md5",
          Values::authType,
          "How clients prove who they are: `any` (not at all), `trust`, `plain`, `md5` (SCRAM where"
              + " the stored secret is a SCRAM one), `scram-sha-256`, `cert`, `ldap`, or `hba`: as"
              + " auth_hba_file says.");
  public static final Setting<String> AUTH_FILE =
      AUTH.file(
          "auth_file",
          "",
          "Users and their secrets, a line each: `\"user\" \"secret\"`. Secrets of the block users"
              + " win. Read again by RELOAD.");
  public static final Setting<String> AUTH_HBA_FILE =
      AUTH.file("auth_hba_file", "", "Rules in the form of pg_hba.conf, for auth_type `hba`.");
  public static final Setting<String> AUTH_IDENT_FILE =
      AUTH.file("auth_ident_file", "", "Maps in the form of pg_ident.conf, for `map=` in rules.");
  public static final Setting<String> AUTH_USER =
      AUTH.text(
          "auth_user",
          "",
          "Role that runs auth_query for users without a secret of their own; empty = none.");
  public static final Setting<String> AUTH_QUERY =
      AUTH.text(
          "auth_query",
          "SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END"
              + " FROM pg_authid WHERE rolname=$1 AND rolcanlogin",
          "Returns name and secret of the user that is its parameter.");
  public static final Setting<String> AUTH_DBNAME =
      AUTH.text(
          "auth_dbname", "", "Database that auth_query runs in; empty = the one of the client.");
  public static final Setting<Duration> AUTH_CACHE =
      AUTH.time(
          OWN_PREFIX + "auth_cache",
          "10",
          "Time that an answer of auth_query is good for; a failed login asks again. 0 = it is"
              + " asked at each login.");
  public static final Setting<Integer> AUTH_CACHE_SIZE =
      AUTH.live(
          OWN_PREFIX + "auth_cache_size",
          "10000",
          Values::atLeastOne,
          "Answers of auth_query that are remembered.");
  public static final Setting<String> AUTH_LDAP_OPTIONS =
      AUTH.text(
          "auth_ldap_options",
          "",
          "Options of auth_type `ldap`, as those of an ldap line in pg_hba.conf.");
  public static final Setting<Integer> SCRAM_ITERATIONS =
      AUTH.live(
          "scram_iterations",
          "4096",
          Values::atLeastOne,
          "SCRAM iterations for users whose password is written in plain text.");
  public static final Setting<List<String>> ADMIN_USERS =
      AUTH.list("admin_users", "", "Users that may run every console command.");
  public static final Setting<List<String>> STATS_USERS =
      AUTH.list("stats_users", "", "Users that may run the SHOW console commands.");

  private static final Section TLS = section("TLS");
  public static final Setting<SslMode> CLIENT_TLS_SSLMODE =
      TLS.live(
          "client_tls_sslmode",
          "disable",
          Values.oneOf(SslMode.class),
          "TLS with clients: `disable`, `allow` and `prefer` (if the client asks), `require`,"
              + " `verify-ca` and `verify-full` (a client certificate is demanded).");
  public static final Setting<String> CLIENT_TLS_KEY_FILE =
      TLS.file("client_tls_key_file", "", "Private key shown to clients, PEM.");
  public static final Setting<String> CLIENT_TLS_CERT_FILE =
      TLS.file("client_tls_cert_file", "", "Certificate shown to clients, PEM.");
  public static final Setting<String> CLIENT_TLS_CA_FILE =
      TLS.file("client_tls_ca_file", "", "Authorities of clients, PEM; empty = the system's.");
  public static final Setting<List<String>> CLIENT_TLS_PROTOCOLS =
      TLS.live(
          "client_tls_protocols",
          "secure",
          Values::tlsProtocols,
          "TLS versions for clients: `secure` (1.2 and 1.3), `all`, or a list of tlsv1.0 to"
              + " tlsv1.3.");
  public static final Setting<String> CLIENT_TLS_CIPHERS =
      TLS.text("client_tls_ciphers", "default", "Ciphers up to TLS 1.2, in OpenSSL's words.");
  public static final Setting<String> CLIENT_TLS13_CIPHERS =
      TLS.liveWithoutEffect(
          "client_tls13_ciphers",
          "",
          Values::string,
          "The TLS library's choice of TLS 1.3 ciphers counts.");
  public static final Setting<String> CLIENT_TLS_DHEPARAMS =
      TLS.liveWithoutEffect(
          "client_tls_dheparams",
          "auto",
          Values::string,
          "The TLS library offers no finite-field Diffie-Hellman.");
  public static final Setting<String> CLIENT_TLS_ECDHCURVE =
      TLS.liveWithoutEffect(
          "client_tls_ecdhcurve",
          "auto",
          Values::string,
          "The TLS library's choice of curves counts.");
  public static final Setting<SslMode> SERVER_TLS_SSLMODE =
      TLS.live(
          "server_tls_sslmode",
          "prefer",
          Values.oneOf(SslMode.class),
          "TLS with servers, as libpq's sslmode.");
  public static final Setting<String> SERVER_TLS_CA_FILE =
      TLS.file("server_tls_ca_file", "", "Authorities of servers, PEM; empty = the system's.");
  public static final Setting<String> SERVER_TLS_KEY_FILE =
      TLS.file("server_tls_key_file", "", "Private key shown to servers, PEM.");
  public static final Setting<String> SERVER_TLS_CERT_FILE =
      TLS.file("server_tls_cert_file", "", "Certificate shown to servers, PEM.");
  public static final Setting<List<String>> SERVER_TLS_PROTOCOLS =
      TLS.live(
          "server_tls_protocols",
          "secure",
          Values::tlsProtocols,
          "TLS versions for servers, as client_tls_protocols.");
  public static final Setting<String> SERVER_TLS_CIPHERS =
      TLS.text("server_tls_ciphers", "default", "Ciphers up to TLS 1.2, in OpenSSL's words.");
  public static final Setting<String> SERVER_TLS13_CIPHERS =
      TLS.liveWithoutEffect("server_tls13_ciphers", "", Values::string, "As client_tls13_ciphers.");

  private static final Section GATE = section("Pauses and swaps");
  public static final Setting<Duration> GATE_HOLD =
      GATE.time(
          OWN_PREFIX + "gate_hold",
          "30",
          "How long a pause of a scope lasts at most, 0 = for ever. PAUSE alone and PAUSE with a"
              + " database's name are PgBouncer's and have no end.");
  public static final Setting<Settings.HoldEnd> GATE_HOLD_END =
      GATE.live(
          OWN_PREFIX + "gate_hold_end",
          "resume",
          Values.oneOf(Settings.HoldEnd.class),
          "What a pause that has reached gate_hold does: `resume` lets those who wait go on, `fail`"
              + " tells them an error they may retry.");
  public static final Setting<Duration> GATE_WAIT_TIMEOUT =
      GATE.time(
          OWN_PREFIX + "gate_wait_timeout",
          "60",
          "How long one transaction waits for what is paused before it is refused, 0 = for ever.");
  public static final Setting<Integer> GATE_CLIENTS =
      GATE.live(
          OWN_PREFIX + "gate_clients",
          "10000",
          Values::atLeastOne,
          "How many transactions wait at once for what is paused; more are refused with 53300.");
  public static final Setting<Long> GATE_BYTES =
      GATE.size(
          OWN_PREFIX + "gate_bytes",
          64 * MIB,
          "Bytes that those who wait have sent when they begin to, in all; more are refused.");
  public static final Setting<Integer> GATE_RELEASE_RATE =
      GATE.count(
          OWN_PREFIX + "gate_release_rate",
          "10000",
          "Transactions per second that a pause lets through when it ends, 0 = all at once.");
  public static final Setting<String> SWAP_USER =
      GATE.text(
          OWN_PREFIX + "swap_user",
          "",
          "Role that compares old and new homes, writes the catch-up marker and runs fences; its"
              + " password stands in the block users. Empty = the first pool user whose password"
              + " the configuration knows.");

  private static final Section DARK = section("Dark reads");
  public static final Setting<Integer> DARK_READ_CONNECTIONS =
      DARK.live(
          OWN_PREFIX + "dark_read_connections",
          "2",
          Values::atLeastOne,
          "Connections of each dark read to either side; RELOAD changes those that begin later.");
  public static final Setting<Integer> DARK_READ_QUEUE =
      DARK.live(
          OWN_PREFIX + "dark_read_queue",
          "1000",
          Values::atLeastOne,
          "Sampled reads of each dark read that wait to be repeated; more are dropped, and counted."
              + " RELOAD changes those that begin later.");
  public static final Setting<Long> DARK_READ_BYTES =
      DARK.size(
          OWN_PREFIX + "dark_read_bytes",
          8 * MIB,
          "Bytes of those that wait, for each dark read; more are dropped.");
  public static final Setting<Duration> DARK_READ_TIMEOUT =
      DARK.live(
          OWN_PREFIX + "dark_read_timeout",
          "1",
          Values::someTime,
          "How long a repeated read may take: its statement_timeout. RELOAD changes those that"
              + " begin later.");
  public static final Setting<Duration> DARK_READ_CATCH_UP =
      DARK.live(
          OWN_PREFIX + "dark_read_catch_up",
          "5",
          Values::someTime,
          "How long a read that differs waits for the other home to catch up. One that has not by"
              + " then counts as lag.");
  public static final Setting<Boolean> DARK_READ_VALUES =
      DARK.flag(
          OWN_PREFIX + "dark_read_values",
          "0",
          "Whether SHOW DARK READ MISMATCHES has the rows themselves, which are the users' data.");
  public static final Setting<Integer> DARK_READ_MISMATCHES =
      DARK.live(
          OWN_PREFIX + "dark_read_mismatches",
          "1000",
          Values::atLeastOne,
          "Mismatches that are kept; the oldest goes first.");

  private static final Section LOG = section("Log and metrics");
  public static final Setting<String> LOGFILE =
      LOG.file("logfile", "", "File the log goes to; empty = standard error. RELOAD reopens it.");
  public static final Setting<Settings.LogFormat> LOG_FORMAT =
      LOG.live(
          OWN_PREFIX + "log_format",
          "text",
          Values.oneOf(Settings.LogFormat.class),
          "`text` for PgBouncer's lines, `json` for one object per line.");
  public static final Setting<Integer> VERBOSE =
      LOG.live("verbose", "0", Values::verbosity, "0 = up to LOG, 1 = up to DEBUG, 2 or 3 = all.");
  public static final Setting<Boolean> LOG_CONNECTIONS =
      LOG.flag("log_connections", "1", "Whether logins are logged.");
  public static final Setting<Boolean> LOG_DISCONNECTIONS =
      LOG.flag("log_disconnections", "1", "Whether disconnects are logged, with their reason.");
  public static final Setting<Boolean> LOG_POOLER_ERRORS =
      LOG.flag("log_pooler_errors", "1", "Whether errors sent to clients are logged.");
  public static final Setting<Boolean> LOG_STATS =
      LOG.flag("log_stats", "1", "Whether a line of figures is logged every stats_period.");
  public static final Setting<Duration> STATS_PERIOD =
      LOG.live("stats_period", "60", Values::someTime, "How often averages are computed.");
  public static final Setting<Endpoint> METRICS_LISTEN =
      LOG.atStart(
          OWN_PREFIX + "metrics_listen",
          "127.0.0.1:9127",
          Values::endpoint,
          "",
          "`host:port` for Prometheus to scrape and for health checks; empty = off.");
  public static final Setting<Boolean> SYSLOG =
      LOG.flag("syslog", "0", "Whether the log goes to the system's log, `/dev/log`, as well.");
  public static final Setting<String> SYSLOG_IDENT =
      LOG.text("syslog_ident", "pgbouncer", "What lines in the system's log begin with.");
  public static final Setting<Facility> SYSLOG_FACILITY =
      LOG.live(
          "syslog_facility",
          "daemon",
          Values.oneOf(Facility.class),
          "What kind of program the system's log is told it is: `daemon`, `user`, `auth`,"
              + " `authpriv`, `local0` to `local7`.");

  private static final Section PROCESS = section("Process and memory");
  public static final Setting<String> PIDFILE =
      PROCESS.atStart(
          "pidfile",
          "",
          Values::file,
          "File that holds the process id while the program runs; empty = none.");
  public static final Setting<String> USER =
      PROCESS.atStart(
          "user",
          "",
          Values::string,
          "User to run as, if root starts the program; empty = whoever starts it.");
  public static final Setting<String> CONFFILE =
      PROCESS.text(
          "conffile", "", "File that the next RELOAD reads; empty = the one it started from.");
  public static final Setting<String> JOB_NAME =
      PROCESS.atStartWithoutEffect(
          "job_name", "pgbouncer", Values::string, "Only Windows services have a use for it.");
  public static final Setting<Settings.Transport> TRANSPORT =
      PROCESS.atStart(
          OWN_PREFIX + "transport",
          "auto",
          Values.oneOf(Settings.Transport.class),
          "What carries the sockets: `io_uring`, `epoll` or `nio`; `auto` takes `epoll`"
              + " where it works, else `nio`; why not `io_uring`: docs/decisions.md.");
  public static final Setting<Integer> LOOPS =
      PROCESS.atStart(
          OWN_PREFIX + "loops",
          "0",
          Values::count,
          "Event loops, each one thread; 0 = one per two cores, at least 1.");
  public static final Setting<String> REGION =
      PROCESS.atStart(
          OWN_PREFIX + "region",
          "",
          Values::string,
          "The region this process stands in; empty where regions are not used.");
  public static final Setting<Long> MAX_STATEMENT_BYTES =
      PROCESS.size(
          OWN_PREFIX + "max_statement_bytes",
          16 * MIB,
          "Largest Query or Parse the router reads, in bytes.");
  public static final Setting<Long> PREPARED_STATEMENT_BYTES =
      PROCESS.size(
          OWN_PREFIX + "prepared_statement_bytes",
          4 * MIB,
          "Bytes of prepared statements' text remembered per server connection.");
  public static final Setting<Long> CLIENT_PREPARED_STATEMENT_BYTES =
      PROCESS.size(
          OWN_PREFIX + "client_prepared_statement_bytes",
          16 * MIB,
          "Bytes of prepared statements' text remembered per client.");
  public static final Setting<Integer> HIGH_WATERMARK =
      PROCESS.live(
          OWN_PREFIX + "high_watermark",
          "65536",
          Values::bufferSize,
          "Bytes waiting for one socket above which its peer is no longer read.");
  public static final Setting<Integer> LOW_WATERMARK =
      PROCESS.live(
          OWN_PREFIX + "low_watermark",
          "32768",
          Values::bufferSize,
          "Bytes waiting for one socket below which its peer is read again.");

  private static final Section SQL = section("Routing by SQL");
  public static final Setting<Boolean> SQL_ROUTING =
      SQL.flag(
          OWN_PREFIX + "sql_routing",
          "1",
          "Whether a statement without a declared workspace is routed by the key in its text or"
              + " parameters; needs `map.sharded_tables`. Off costs nothing.");
  public static final Setting<Settings.SqlFirewall> SQL_FIREWALL =
      SQL.live(
          OWN_PREFIX + "sql_firewall",
          "refuse",
          Values.oneOf(Settings.SqlFirewall.class),
          "What becomes of a statement whose key differs from the declared workspace: `refuse`"
              + " (TL005), `report` (counted, and logged once per shape) or `off`.");
  public static final Setting<Long> SHAPE_CACHE_BYTES =
      SQL.sizeAtStart(
          OWN_PREFIX + "shape_cache_bytes", 16 * MIB, "Bytes of the cache of statement shapes.");
  public static final Setting<String> SHAPES_FILE =
      SQL.file(
          OWN_PREFIX + "shapes_file",
          "",
          "Statements, ended by semicolons, whose shapes are learned at the start; empty = none.");

  private static final Map<String, Setting<?>> BY_NAME = byName();
  private static final List<Setting<?>> SHOWN =
      BY_NAME.values().stream()
          .<Setting<?>>map(setting -> setting)
          .sorted(Comparator.comparing(Keys::placeOf))
          .toList();

  private Keys() {}

  /** All settings, in the order of the manual. */
  public static Collection<Setting<?>> all() {
    return BY_NAME.values();
  }

  /** All settings as SHOW CONFIG lists them: PgBouncer's in its order, then the product's own. */
  public static List<Setting<?>> shown() {
    return SHOWN;
  }

  /** By name, but for the one pair that PgBouncer's table has the other way round. */
  private static String placeOf(Setting<?> setting) {
    String name = setting.name();
    if (name.equals("pool_idle_timeout")) {
      return "pool_mode.";
    }
    return name.startsWith(OWN_PREFIX) ? "~" + name : name;
  }

  /** The setting of that name as SHOW CONFIG writes it, or null. */
  public static Setting<?> named(String name) {
    return BY_NAME.get(name);
  }

  static List<Section> sections() {
    return List.copyOf(SECTIONS);
  }

  private static Section section(String title) {
    Section section = new Section(title);
    SECTIONS.add(section);
    return section;
  }

  private static Map<String, Setting<?>> byName() {
    Map<String, Setting<?>> all = new LinkedHashMap<>();
    for (Section section : SECTIONS) {
      for (Setting<?> setting : section.settings()) {
        all.put(setting.name(), setting);
      }
    }
    return Collections.unmodifiableMap(all);
  }
}
