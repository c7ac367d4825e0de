package dev.trunkline.bench.compare;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The PostgreSQL server behind all peers, with the data of all workloads. */
final class Bench implements AutoCloseable {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";

  /** The database of every peer that is not routed. */
  static final String DATABASE = "bench";

  /** The sharded database of Trunkline. */
  static final String SHARDED = "app";

  private static final Logger DRIVER = Logger.getLogger("org.postgresql");
  private static final int PATIENCE_SECONDS = 60;

  private final EmbeddedPostgres server;
  private final Path directory;
  private final int scale;

  private Bench(EmbeddedPostgres server, Path directory, int scale) {
    this.server = server;
    this.directory = directory;
    this.scale = scale;
  }

  /**
   * Starts the server and fills it.
   *
   * @param directory an empty one; peers that run as another user must be able to read it
   * @param scale as of pgbench: 100,000 rows each
   */
  static Bench start(Path directory, int scale)
      throws IOException, InterruptedException, SQLException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    System.setProperty("ot.epg.working-dir", directory.resolve("postgresql").toString());
    makeKey(directory);
    EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setRegisterShutdownHook(false)
            .setServerConfig("listen_addresses", "127.0.0.1")
            .setServerConfig("max_connections", "1200")
            .setServerConfig("shared_buffers", "256MB")
            .setServerConfig("fsync", "off")
            .setServerConfig("synchronous_commit", "off")
            .setServerConfig("ssl", "on")
            .setServerConfig("ssl_cert_file", certificate(directory).toString())
            .setServerConfig("ssl_key_file", directory.resolve("server.key").toString())
            .setOutputRedirector(
                ProcessBuilder.Redirect.appendTo(directory.resolve("postgresql.log").toFile()))
            .start();
    Bench bench = new Bench(server, directory, scale);
    try {
      bench.fill();
      return bench;
    } catch (SQLException | IOException | InterruptedException | RuntimeException failure) {
      bench.close();
      throw failure;
    }
  }

  /** PostgreSQL insists on a private key that nobody else can read; peers get a copy. */
  private static void makeKey(Path directory) throws IOException, InterruptedException {
    Path key = directory.resolve("server.key");
    Programs.run(
        directory,
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        key.toString(),
        "-out",
        certificate(directory).toString());
    Files.copy(key, directory.resolve("peer.key"));
    Files.setPosixFilePermissions(
        directory.resolve("peer.key"), PosixFilePermissions.fromString("rw-r--r--"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
  }

  private static Path certificate(Path directory) {
    return directory.resolve("server.crt");
  }

  private void fill() throws SQLException, IOException, InterruptedException {
    try (Connection admin = connect("postgres");
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE ROLE %s LOGIN PASSWORD '%s'".formatted(USER, PASSWORD));
      statement.execute("CREATE DATABASE %s OWNER %s".formatted(DATABASE, USER));
    }
    try (Connection admin = connect(DATABASE);
        Statement statement = admin.createStatement()) {
      statement.execute("SET ROLE " + USER);
      statement.execute(TABLE.formatted("public"));
      for (int number = 1; number <= Workloads.SCHEMAS; number++) {
        statement.execute("CREATE SCHEMA " + schema(number));
        statement.execute(TABLE.formatted(schema(number)));
      }
      statement.execute(WIDE);
    }
    Pgbench.fill(this);
  }

  private Connection connect(String database) throws SQLException {
    return server.getDatabase("postgres", database).getConnection();
  }

  static String schema(int number) {
    return "schema_" + number;
  }

  int port() {
    return server.getPort();
  }

  int scale() {
    return scale;
  }

  Path directory() {
    return directory;
  }

  Path certificate() {
    return certificate(directory);
  }

  Path peerKey() {
    return directory.resolve("peer.key");
  }

  /** A connection of pgjdbc to whoever listens there. */
  static Connection connect(int port, Setup setup) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&password=%s&sslmode=%s&socketTimeout=%d"
            .formatted(port, DATABASE, USER, PASSWORD, setup.clientSslMode(), PATIENCE_SECONDS));
  }

  /** A client of a Trunkline's sharded database. */
  static Connection sharded(int port) throws SQLException {
    return simple(port, SHARDED);
  }

  /** An operator's connection to a Trunkline. */
  static Connection console(int port) throws SQLException {
    // The driver calls our console a server of an unknown version, each time.
    DRIVER.setLevel(Level.SEVERE);
    return simple(port, "pgbouncer");
  }

  private static Connection simple(int port, String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s?user=%s&preferQueryMode=simple&connectTimeout=%d"
            .formatted(port, database, USER, PATIENCE_SECONDS));
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private static final String TABLE =
      """
      CREATE TABLE %1$s.account (aid int PRIMARY KEY, abalance int NOT NULL, filler text);
      INSERT INTO %1$s.account SELECT i, 0, repeat('x', 80) FROM generate_series(1, 1005) i;
      ANALYZE %1$s.account
      """;

  private static final String WIDE =
      """
      CREATE UNLOGGED TABLE wide (id int, text text);
      INSERT INTO wide SELECT i, repeat('x', 1000) FROM generate_series(1, 10000) i;
      ANALYZE wide
      """;
}
