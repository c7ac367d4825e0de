package dev.trunkline.shard;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL that can be stopped and started again with its data, holding catalogs. */
final class CatalogServer implements AutoCloseable {
  private static final Path SCHEMA = Path.of("../docs/catalog.sql");

  private final Path directory;
  private final int port;
  private EmbeddedPostgres postgres;
  private int databases;

  CatalogServer() throws IOException {
    directory = Files.createTempDirectory("trunkline-catalog");
    postgres = builder().start();
    port = postgres.getPort();
  }

  private EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder()
        .setDataDirectory(directory.resolve("data"))
        .setCleanDataDirectory(false)
        .setServerConfig("fsync", "off")
        .setPGStartupWait(Duration.ofSeconds(30));
  }

  void stop() throws IOException {
    postgres.close();
  }

  void start() throws IOException {
    postgres = builder().setPort(port).start();
  }

  /** A database of its own with the catalog in it; returns its name. */
  String newCatalog() throws SQLException, IOException {
    String name = "catalog" + ++databases;
    run("postgres", "create database " + name);
    run(name, Files.readString(SCHEMA));
    run(
        name,
        "insert into trunkline.shard values ('schema_001', 'db1'), ('schema_002', 'db2')",
        "insert into trunkline.workspace values ('w1', 'schema_001'), ('w2', 'schema_002')");
    return name;
  }

  String url(String database) {
    return "jdbc:postgresql://localhost:" + port + "/" + database;
  }

  Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(url(database), "postgres", null);
  }

  /** Runs statements, each in its own transaction. */
  void run(String database, String... statements) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  long number(String database, String query) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() throws IOException {
    postgres.close();
    try (Stream<Path> walk = Files.walk(directory)) {
      List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    }
  }
}
