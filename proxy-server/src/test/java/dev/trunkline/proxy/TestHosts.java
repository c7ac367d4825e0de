package dev.trunkline.proxy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Two real PostgreSQL servers with three logical shards each, started once per JVM and stopped with
 * it. Every shard has the tables {@code t} and {@code item}, empty, and {@code shard_name}, whose
 * only row is the schema's name.
 */
final class TestHosts {
  static final int COUNT = 2;
  static final int SHARDS_PER_HOST = 3;
  static final TestHosts SHARED = new TestHosts();

  private final EmbeddedPostgres[] servers = new EmbeddedPostgres[COUNT];

  private TestHosts() {
    for (int host = 0; host < COUNT; host++) {
      servers[host] = start();
      fill(host);
    }
  }

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder()
          .setServerConfig("max_connections", "400")
          .setServerConfig("shared_buffers", "32MB")
          .start();
    } catch (IOException failure) {
      throw new UncheckedIOException("could not start PostgreSQL", failure);
    }
  }

  private void fill(int host) {
    try (Connection connection = connect(host);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE ROLE app LOGIN PASSWORD 'secret'; CREATE ROLE admin LOGIN;"
              + "GRANT CREATE, TEMPORARY ON DATABASE postgres TO app;"
              + "GRANT ALL ON SCHEMA public TO app;"
              + "GRANT pg_signal_backend TO app");
      for (int i = 1; i <= SHARDS_PER_HOST; i++) {
        statement.execute(shard(schema(host * SHARDS_PER_HOST + i)));
      }
    } catch (SQLException failure) {
      throw new AssertionError("could not fill host " + host, failure);
    }
  }

  private static String shard(String schema) {
    return """
    CREATE SCHEMA %1$s AUTHORIZATION app;
    CREATE TABLE %1$s.t (w text, v text);
    CREATE TABLE %1$s.item (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE %1$s.shard_name (name text);
    INSERT INTO %1$s.shard_name VALUES ('%1$s');
    ALTER TABLE %1$s.t OWNER TO app;
    ALTER TABLE %1$s.item OWNER TO app;
    ALTER TABLE %1$s.shard_name OWNER TO app;
    """
        .formatted(schema);
  }

  /** Name of the n-th logical shard, counted from 1. */
  static String schema(int number) {
    return "schema_%03d".formatted(number);
  }

  int port(int host) {
    return servers[host].getPort();
  }

  /** A superuser's connection to a host, past every proxy. */
  Connection connect(int host) throws SQLException {
    return connect(host, "postgres");
  }

  /** The same in another database. */
  Connection connect(int host, String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port(host) + "/" + database + "?user=postgres");
  }

  /** A catalog on the first host, with workspace {@code w1} in {@code schema_001} on {@code h1}. */
  void createCatalog(String database) throws IOException, SQLException {
    try (Connection direct = connect(0)) {
      Sql.run(direct, "CREATE DATABASE " + database);
    }
    try (Connection catalog = connect(0, database)) {
      Sql.run(
          catalog,
          Files.readString(Path.of("../docs/catalog.sql")),
          "INSERT INTO trunkline.shard VALUES ('schema_001', 'h1')",
          "INSERT INTO trunkline.workspace VALUES ('w1', 'schema_001')");
    }
  }

  void dropCatalog(String database) throws SQLException {
    try (Connection direct = connect(0)) {
      Sql.run(direct, "DROP DATABASE " + database + " WITH (FORCE)");
    }
  }

  /** The block that reads the map from a catalog, and polls it hardly ever. */
  static String mapOf(String catalog, int port) {
    return """
    map = null
    map {
      type = postgres, host = "127.0.0.1", port = %d, dbname = %s, user = postgres
      poll_interval = 1h, query_timeout = 1s
    }
    """
        .formatted(port, catalog);
  }
}
