package dev.trunkline.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The physical hosts: PostgreSQL servers on 127.0.0.1, each a process of its own. */
final class DemoCluster implements AutoCloseable {
  static final int HOSTS = 2;

  private final List<EmbeddedPostgres> servers;
  private final String password;

  private DemoCluster(List<EmbeddedPostgres> servers, String password) {
    this.servers = servers;
    this.password = password;
  }

  /** "host-1" for host 0: the name in configuration and map. */
  static String name(int host) {
    return "host-" + (host + 1);
  }

  /** Starts the servers on free ports; a data directory of an earlier start is used again. */
  static DemoCluster start(Path directory) throws IOException {
    Path binaries = directory.resolve("postgresql");
    // The library makes this directory even when told to unpack elsewhere; /tmp is its default.
    System.setProperty("ot.epg.working-dir", binaries.toString());
    Path secret = directory.resolve("superuser");
    if (Files.notExists(secret)) {
      Files.createFile(
          secret,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(secret, UUID.randomUUID().toString());
    }
    String password = Files.readString(secret);
    try (ExecutorService starters = Executors.newFixedThreadPool(HOSTS)) {
      List<Future<EmbeddedPostgres>> starting = new ArrayList<>();
      for (int host = 0; host < HOSTS; host++) {
        String name = name(host);
        starting.add(starters.submit(() -> server(directory, name, secret, password)));
      }
      return new DemoCluster(all(starting), password);
    }
  }

  private static EmbeddedPostgres server(Path directory, String name, Path secret, String password)
      throws IOException {
    Path log = directory.resolve(name + ".log");
    try {
      return builder(directory.resolve(name), secret, password)
          .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
          .start();
    } catch (RuntimeException | IOException e) {
      String said = Files.exists(log) ? Files.readString(log).strip() : "";
      throw new IOException(name + " does not start: " + e.getMessage() + "\n" + said, e);
    }
  }

  private static EmbeddedPostgres.Builder builder(Path data, Path secret, String password) {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false)
        .setServerConfig("listen_addresses", "127.0.0.1")
        .setServerConfig("unix_socket_directories", "")
        .setServerConfig("shared_buffers", "32MB")
        // The library's only way to options of initdb: local users need passwords, too.
        .setLocaleConfig("locale", "C")
        .setLocaleConfig("auth", "scram-sha-256")
        .setLocaleConfig("pwfile", secret.toString())
        .setConnectConfig("password", password);
  }

  private static List<EmbeddedPostgres> all(List<Future<EmbeddedPostgres>> starting)
      throws IOException {
    List<EmbeddedPostgres> started = new ArrayList<>();
    try {
      for (Future<EmbeddedPostgres> each : starting) {
        started.add(each.get());
      }
      return started;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while PostgreSQL starts", e);
    }
  }

  int port(int host) {
    return servers.get(host).getPort();
  }

  /** A connection as superuser, past the proxy. */
  Connection connect(int host, String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "postgres");
    properties.setProperty("password", password);
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port(host) + "/" + database, properties);
  }

  /** Stops the servers, all at the same time. */
  @Override
  public void close() {
    try (ExecutorService stoppers = Executors.newFixedThreadPool(HOSTS)) {
      for (EmbeddedPostgres server : servers) {
        stoppers.submit(
            () -> {
              server.close();
              return null;
            });
      }
    }
  }
}
