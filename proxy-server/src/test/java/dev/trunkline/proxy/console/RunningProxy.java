package dev.trunkline.proxy.console;

import dev.trunkline.proxy.Proxy;
import dev.trunkline.proxy.config.ConfigException;
import dev.trunkline.wire.FakeClient;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A proxy in front of one real PostgreSQL, with a sharded and a plain database. */
final class RunningProxy implements AutoCloseable {
  static final String WORKSPACE = "3f1c9a52-6e0b-4c1d-9f57-0a8e5d2b7c11";

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final EmbeddedPostgres postgres = EmbeddedPostgres.start();
  private final Path folder = Files.createTempDirectory("trunkline-console");
  private final HttpClient http = HttpClient.newHttpClient();
  final Path file = folder.resolve("trunkline.conf");
  final Proxy proxy;

  RunningProxy() throws IOException, SQLException, ConfigException {
    prepare();
    Files.writeString(file, config(""));
    proxy = Proxy.start(file, Set.of());
  }

  private void prepare() throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      for (String schema : List.of("schema_001", "schema_002")) {
        statement.execute("CREATE SCHEMA " + schema);
        statement.execute("CREATE TABLE " + schema + ".items (id int)");
      }
    }
  }

  /**
   * A configuration.
   *
   * @param more further settings of the block pgbouncer
   */
  String config(String more) {
    return """
    pgbouncer {
      listen_addr = "127.0.0.1", listen_port = 0
      auth_type = trust
      admin_users = [admin], stats_users = [watcher]
      server_tls_sslmode = disable
      %s
    }
    trunkline { metrics_listen = "127.0.0.1:0", transport = nio, loops = 2 }
    hosts {
      host-1 { host = 127.0.0.1, port = %2$d, dbname = postgres }
      host-2 { host = 127.0.0.1, port = %2$d, dbname = postgres }
    }
    groups { a { hosts = [host-1, host-2] } }
    databases {
      app { sharded = true, user = postgres }
      plain { host = 127.0.0.1, port = %2$d, dbname = postgres, user = postgres }
    }
    users { joe { password = x }, admin { password = x }, watcher { password = x } }
    map {
      type = file
      shards { schema_001 = host-1, schema_002 = host-2 }
      workspaces { "%3$s" = schema_002 }
    }
    """
        .formatted(more, postgres.getPort(), WORKSPACE);
  }

  /** A JDBC connection; {@code parameters} begin with an ampersand. */
  Connection jdbc(String user, String database, String parameters) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database;
    return DriverManager.getConnection(url + "?sslmode=disable&user=" + user + parameters);
  }

  Connection plain() throws SQLException {
    return jdbc("joe", "plain", "");
  }

  /** The admin console in the simple protocol. */
  FakeClient console() {
    return FakeClient.connect(proxy.port()).login("admin", "pgbouncer", "x");
  }

  /** One console command of an administrator over JDBC; its rows by column. */
  List<Map<String, String>> show(String command, String mode) throws SQLException {
    try (Connection connection = jdbc("admin", "pgbouncer", "&preferQueryMode=" + mode);
        Statement statement = connection.createStatement()) {
      List<Map<String, String>> rows = new ArrayList<>();
      if (statement.execute(command)) {
        try (ResultSet result = statement.getResultSet()) {
          while (result.next()) {
            rows.add(row(result));
          }
        }
      }
      return rows;
    }
  }

  List<Map<String, String>> show(String command) throws SQLException {
    return show(command, "simple");
  }

  /** The row of a view whose column has that value. */
  Map<String, String> row(String command, String column, String value) throws SQLException {
    return show(command).stream()
        .filter(row -> value.equals(row.get(column)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(command + " shows no " + column + " = " + value));
  }

  private static Map<String, String> row(ResultSet result) throws SQLException {
    Map<String, String> row = new LinkedHashMap<>();
    for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
      row.put(result.getMetaData().getColumnLabel(i), result.getString(i));
    }
    return row;
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + proxy.metricsPort() + path);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Waits until something another thread does has happened. */
  static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not happen in " + PATIENCE);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    http.close();
    postgres.close();
    Files.deleteIfExists(file);
    Files.delete(folder);
  }
}
