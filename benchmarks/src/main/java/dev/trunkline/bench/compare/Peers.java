package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The peers that there are, and how each is configured for the same work. */
final class Peers {
  static final String DIRECT = "direct";
  static final String PGBOUNCER = "pgbouncer";

  private static final Pattern VERSION = Pattern.compile("PgBouncer (\\d+)\\.(\\d+)");

  private Peers() {}

  /** Those of this machine that were asked for; the baseline of ratios is among them if found. */
  static List<Peer> find(CompareOptions options) throws IOException, InterruptedException {
    List<Peer> peers = new ArrayList<>();
    peers.add(new Peer(DIRECT, false, false, true, null));
    Optional<Path> haproxy = Programs.find("haproxy");
    haproxy.ifPresent(path -> peers.add(haproxy(path)));
    Optional<Path> pgbouncer =
        Optional.ofNullable(options.pgbouncer()).or(() -> Programs.find(PGBOUNCER));
    if (pgbouncer.isPresent()) {
      peers.add(pgbouncer(pgbouncer.get()));
    }
    for (String transport : options.transports()) {
      peers.addAll(Trunkline.peers(options, transport));
    }
    options.commands().forEach((name, command) -> peers.add(other(name, command)));
    return peers.stream().filter(each -> options.wants(each.name())).toList();
  }

  // ---- HAProxy: the floor of any relay ----

  private static Peer haproxy(Path program) {
    return new Peer(
        "haproxy",
        false,
        false,
        true,
        (bench, setup, port) -> {
          Path file = bench.directory().resolve("haproxy.cfg");
          Files.writeString(file, HAPROXY.formatted(port, bench.port()));
          return List.of(program.toString(), "-db", "-f", file.toString());
        });
  }

  private static final String HAPROXY =
      """
      global
        nbthread 1
        maxconn 4000
      defaults
        mode tcp
        timeout connect 5s
        timeout client 1h
        timeout server 1h
      listen postgresql
        bind 127.0.0.1:%d
        server postgresql 127.0.0.1:%d
      """;

  // ---- PgBouncer ----

  private static Peer pgbouncer(Path program) throws IOException, InterruptedException {
    String version = Programs.run(Path.of("/"), program.toString(), "--version");
    Matcher matcher = VERSION.matcher(version);
    boolean prepares =
        matcher.find()
            && (!matcher.group(1).equals("1") || Integer.parseInt(matcher.group(2)) >= 21);
    return new Peer(
        PGBOUNCER,
        true,
        false,
        prepares,
        (bench, setup, port) -> {
          Path file = bench.directory().resolve("pgbouncer.ini");
          Files.writeString(file, pgbouncerConfig(bench, setup, port, prepares));
          return pgbouncerCommand(program, file);
        });
  }

  /** It refuses to run as root, but changes to another user itself. */
  private static List<String> pgbouncerCommand(Path program, Path file) {
    boolean root = "root".equals(System.getProperty("user.name"));
    return root
        ? List.of(program.toString(), "-q", "-u", "nobody", file.toString())
        : List.of(program.toString(), "-q", file.toString());
  }

  private static String pgbouncerConfig(Bench bench, Setup setup, int port, boolean prepares)
      throws IOException {
    Path users = bench.directory().resolve("pgbouncer.users");
    Files.writeString(users, "\"%s\" \"%s\"\n".formatted(Bench.USER, Bench.PASSWORD));
    String tls =
        setup.clientTls()
            ? "client_tls_key_file = %s\nclient_tls_cert_file = %s\n"
                .formatted(bench.peerKey(), bench.certificate())
            : "";
    return PGBOUNCER_INI.formatted(
            Bench.DATABASE,
            bench.port(),
            port,
            setup.authType(),
            users,
            Peer.POOL,
            Peer.CLIENTS,
            setup.clientSslMode(),
            setup.serverSslMode())
        + tls
        + (prepares ? "max_prepared_statements = 200\n" : "");
  }

  private static final String PGBOUNCER_INI =
      """
      [databases]
      %1$s = host=127.0.0.1 port=%2$d dbname=%1$s
      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = %3$d
      unix_socket_dir =
      auth_type = %4$s
      auth_file = %5$s
      pool_mode = transaction
      default_pool_size = %6$d
      max_client_conn = %7$d
      listen_backlog = 4096
      log_connections = 0
      log_disconnections = 0
      client_tls_sslmode = %8$s
      server_tls_sslmode = %9$s
      """;

  // ---- anything else ----

  /** A command that listens on BENCH_PORT and does not go into the background. */
  private static Peer other(String name, String command) {
    return new Peer(
        name,
        true,
        false,
        true,
        new Peer.Launch() {
          @Override
          public List<String> command(Bench bench, Setup setup, int port) {
            return List.of("/bin/sh", "-c", "exec " + command);
          }

          @Override
          public Map<String, String> environment(Bench bench, Setup setup, int port) {
            return Map.of(
                "BENCH_PORT", Integer.toString(port),
                "BENCH_POSTGRES_PORT", Integer.toString(bench.port()),
                "BENCH_DATABASE", Bench.DATABASE,
                "BENCH_USER", Bench.USER,
                "BENCH_PASSWORD", Bench.PASSWORD,
                "BENCH_POOL", Integer.toString(Peer.POOL),
                "BENCH_AUTH", setup.authType(),
                "BENCH_CLIENT_TLS", setup.clientSslMode(),
                "BENCH_SERVER_TLS", setup.serverSslMode(),
                "BENCH_DIRECTORY", bench.directory().toString());
          }
        });
  }
}
