package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Trunkline of the distribution that was built, by its launcher.
 *
 * @param loops event loops; 0 leaves it to the proxy
 * @param aot whether it starts from a cache made by {@code bin/trunkline-aot}
 */
record Trunkline(Path distribution, String transport, int loops, boolean aot)
    implements Peer.Launch {

  /** The plain one with that transport, and each that was asked for beside it. */
  static List<Peer> peers(CompareOptions options, String transport) {
    Path distribution = options.distribution();
    List<Trunkline> all = new ArrayList<>();
    all.add(new Trunkline(distribution, transport, 0, false));
    if (options.loops() > 0) {
      all.add(new Trunkline(distribution, transport, options.loops(), false));
    }
    if (options.aot()) {
      all.add(new Trunkline(distribution, transport, 0, true));
    }
    return all.stream().map(each -> new Peer(each.name(), true, true, true, each)).toList();
  }

  private String name() {
    return "trunkline-" + transport + (loops > 0 ? "-loops-" + loops : "") + (aot ? "-aot" : "");
  }

  @Override
  public List<String> command(Bench bench, Setup setup, int port)
      throws IOException, InterruptedException {
    Path file = bench.directory().resolve(name() + ".conf");
    Files.writeString(file, config(bench, setup, port));
    Path home = aot ? withCache(bench) : distribution;
    return List.of(home.resolve("bin/trunkline").toString(), file.toString());
  }

  @Override
  public Map<String, String> environment(Bench bench, Setup setup, int port) {
    String log = "-Xlog:gc:file=" + gcLog(bench) + ":uptime:filecount=0";
    String mine = System.getenv().getOrDefault("TRUNKLINE_OPTS", "");
    return Map.of("TRUNKLINE_OPTS", (mine + " " + log).strip());
  }

  @Override
  public Path gcLog(Bench bench) {
    return bench.directory().resolve(name() + ".gc");
  }

  /** A copy of the distribution, since a cache there would be found by the other peers. */
  private Path withCache(Bench bench) throws IOException, InterruptedException {
    Path copy = bench.directory().resolve("aot");
    if (!Files.exists(copy)) {
      copy(distribution, copy);
      Programs.run(copy, copy.resolve("bin/trunkline-aot").toString());
    }
    return copy;
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectories(to.resolve(from.relativize(each)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path each, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(each, to.resolve(from.relativize(each)), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  // ---- configuration ----

  private String config(Bench bench, Setup setup, int port) {
    StringBuilder text =
        new StringBuilder(
            CONFIG.formatted(
                port,
                setup.authType(),
                Peer.POOL,
                Peer.CLIENTS,
                setup.clientSslMode(),
                setup.serverSslMode(),
                transport,
                bench.port(),
                Bench.DATABASE,
                Bench.SHARDED,
                Bench.USER,
                Bench.PASSWORD,
                loops));
    if (setup.clientTls()) {
      text.append("pgbouncer.client_tls_key_file = \"" + bench.peerKey() + "\"\n");
      text.append("pgbouncer.client_tls_cert_file = \"" + bench.certificate() + "\"\n");
    }
    appendMap(text);
    return text.toString();
  }

  /** As one block: thousands of paths would have to be merged one by one at each start. */
  private static void appendMap(StringBuilder text) {
    text.append("map { shards {\n");
    for (int number = 1; number <= Workloads.SCHEMAS; number++) {
      String schema = Bench.schema(number);
      text.append(schema).append(" = main\n");
    }
    text.append("}, workspaces {\n");
    for (int number = 1; number <= Workloads.WORKSPACES; number++) {
      String schema = Bench.schema((number - 1) % Workloads.SCHEMAS + 1);
      text.append('w').append(number).append(" = ").append(schema).append('\n');
    }
    text.append("} }\n");
  }

  private static final String CONFIG =
      """
      pgbouncer {
        listen_addr = "127.0.0.1"
        listen_port = %1$d
        auth_type = %2$s
        admin_users = %11$s
        pool_mode = transaction
        default_pool_size = %3$d
        max_client_conn = %4$d
        listen_backlog = 4096
        log_connections = 0
        log_disconnections = 0
        client_tls_sslmode = %5$s
        server_tls_sslmode = %6$s
      }
      trunkline { transport = %7$s, loops = %13$d, metrics_listen = "" }
      hosts { main { host = "127.0.0.1", port = %8$d, dbname = %9$s } }
      groups { all { hosts = [main] } }
      databases {
        %9$s { host = "127.0.0.1", port = %8$d, dbname = %9$s }
        %10$s { sharded = true }
      }
      users { %11$s { password = "%12$s" } }
      map { type = file, placement = none }
      """;
}
