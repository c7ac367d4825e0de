package dev.trunkline.proxy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Two PostgreSQL servers with the same schema {@code schema_001}, each of which hears of the
 * other's changes by logical replication. They can be killed and started again.
 */
final class Replicated implements AutoCloseable {
  private static final String SCHEMA =
      """
      CREATE ROLE app LOGIN PASSWORD 'secret';
      CREATE SCHEMA schema_001 AUTHORIZATION app;
      CREATE TABLE schema_001.entry (client int, seq int, PRIMARY KEY (client, seq));
      CREATE TABLE schema_001.counter (client int PRIMARY KEY, n int NOT NULL);
      INSERT INTO schema_001.counter SELECT i, 0 FROM generate_series(1, 64) i;
      CREATE TABLE schema_001.marker (one bool PRIMARY KEY, n bigint NOT NULL);
      INSERT INTO schema_001.marker VALUES (true, 0);
      ALTER TABLE schema_001.entry OWNER TO app;
      ALTER TABLE schema_001.counter OWNER TO app;
      ALTER TABLE schema_001.marker OWNER TO app;
      CREATE PUBLICATION everything FOR TABLES IN SCHEMA schema_001;
      """;

  private static final int SERVERS = 2;

  private final Path[] data = new Path[SERVERS];
  private final EmbeddedPostgres[] servers = new EmbeddedPostgres[SERVERS];

  Replicated() throws IOException, SQLException {
    for (int i = 0; i < SERVERS; i++) {
      data[i] = Files.createTempDirectory("replicated");
      servers[i] = builder(data[i]).start();
      try (Connection connection = connect(i)) {
        Sql.run(connection, SCHEMA);
      }
    }
    subscribe(0);
    subscribe(1);
  }

  private static EmbeddedPostgres.Builder builder(Path data) {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setServerConfig("wal_level", "logical")
        // The library turns it off; a killed server would lose what it has acknowledged.
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("wal_retrieve_retry_interval", "200ms")
        .setServerConfig("max_connections", "200");
  }

  private void subscribe(int server) throws SQLException {
    try (Connection connection = connect(server)) {
      Sql.run(
          connection,
          """
          CREATE SUBSCRIPTION home_%d CONNECTION 'host=127.0.0.1 port=%d dbname=postgres user=postgres'
          PUBLICATION everything WITH (copy_data = false, origin = none)
          """
              .formatted(server, port(1 - server)));
    }
  }

  int port(int server) {
    return servers[server].getPort();
  }

  /** A superuser's connection past the proxy. */
  Connection connect(int server) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port(server) + "/postgres?user=postgres");
  }

  /** What follows SWAP HOST h1. */
  String to(int server) {
    return "TO 'host=127.0.0.1 port=%d dbname=postgres'".formatted(port(server));
  }

  /** The catch-up clause for a swap to that server. */
  static String catchUp(int server) {
    return " CATCH UP home_%d MARKER 'schema_001.marker'".formatted(server);
  }

  /** Kills a server without warning. */
  void kill(int server) throws IOException {
    kill(data[server]);
    // It holds the lock of its directory.
    servers[server].close();
  }

  /** Kills the server of a data directory. */
  static void kill(Path data) throws IOException {
    String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip();
    ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
    all.addFirst(postmaster);
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().join());
  }

  /** Starts a killed server again, where it was. */
  void restart(int server) throws IOException {
    int port = port(server);
    servers[server] = again(() -> builder(data[server]).setPort(port).start());
  }

  /** What starts a server. */
  interface Start {
    EmbeddedPostgres run() throws IOException;
  }

  /** The memory and the port of a killed one may not be free at once. */
  static EmbeddedPostgres again(Start start) throws IOException {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (true) {
      try {
        return start.run();
      } catch (IOException | IllegalStateException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (EmbeddedPostgres server : servers) {
      server.close();
    }
  }
}
