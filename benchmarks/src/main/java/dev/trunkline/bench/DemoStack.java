package dev.trunkline.bench;

import dev.trunkline.proxy.Proxy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Everything the demo runs: the servers with their data, and the proxy in front of them. {@link
 * #close} may come from another thread at any moment, also in the middle of {@link #start}.
 */
final class DemoStack implements AutoCloseable {
  private final DemoOptions options;
  private final DemoSteps steps;
  private final Path directory;
  private final AtomicBoolean closed = new AtomicBoolean();

  private volatile boolean starting;
  private volatile DemoWatch watch;
  private volatile DemoCluster cluster;
  private volatile Proxy proxy;
  private DemoPorts ports;
  private DemoData data;
  private FileChannel lock;

  DemoStack(DemoOptions options, DemoSteps steps) throws IOException {
    this.options = options;
    this.steps = steps;
    this.directory =
        options.data() == null ? Files.createTempDirectory("trunkline-demo-") : options.data();
  }

  /**
   * @throws DemoException when the user has to change something
   */
  void start() throws Exception {
    starting = true;
    try {
      startAll();
    } finally {
      starting = false;
    }
  }

  private void startAll() throws Exception {
    Properties known = claim();
    long seed = choose(known, "seed", options.seed(), DemoOptions.DEFAULT_SEED);
    Long asked = options.workspaces() == null ? null : Long.valueOf(options.workspaces());
    long count = choose(known, "workspaces", asked, DemoOptions.DEFAULT_WORKSPACES);
    data = new DemoData(seed, (int) count);
    ports = options.check() ? DemoPorts.free() : DemoPorts.of(options);
    steps.run("Starting two PostgreSQL servers", () -> cluster = DemoCluster.start(directory));
    if (known.isEmpty()) {
      load();
      remember(seed, count);
    }
    steps.run("Starting the proxy", this::startProxy);
  }

  private void load() throws Exception {
    steps.run(
        "Creating schema_001 to schema_006, three on each host",
        () -> {
          for (int host = 0; host < DemoCluster.HOSTS; host++) {
            DemoData.createSchemas(cluster, host);
          }
        });
    steps.run("Filling " + data.workspaces().size() + " workspaces", () -> data.fill(cluster));
    steps.run("Writing the shard map into the catalog", () -> data.writeMap(cluster));
  }

  private void startProxy() throws Exception {
    proxy = Proxy.start(DemoConfig.write(directory, ports, cluster), Set.of());
  }

  /** Makes the directory ours; returns what an earlier start has noted there. */
  private Properties claim() throws IOException {
    boolean kept = !temporary();
    Path notes = notes();
    if (kept) {
      Files.createDirectories(directory);
      requireOurs(notes);
      lockDirectory();
    }
    watch = new DemoWatch(directory, kept ? notes : null);
    Properties known = new Properties();
    if (Files.exists(notes)) {
      try (var reader = Files.newBufferedReader(notes)) {
        known.load(reader);
      }
    }
    return known;
  }

  private void requireOurs(Path notes) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names = files.map(each -> each.getFileName().toString()).toList();
      boolean ours = names.isEmpty() || names.contains("lock") || Files.exists(notes);
      if (!ours) {
        throw new DemoException(
            directory + " holds something else; --data needs a new or empty directory");
      }
    }
  }

  private void lockDirectory() throws IOException {
    lock =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (lock.tryLock() == null) {
      lock.close();
      throw new DemoException("another demo runs on " + directory);
    }
  }

  private static long choose(Properties known, String name, Long asked, long byDefault) {
    String earlier = known.getProperty(name);
    if (earlier == null) {
      return asked == null ? byDefault : asked;
    }
    long value = Long.parseLong(earlier);
    if (asked != null && asked != value) {
      throw new DemoException(
          "the data was made with --" + name + " " + value + "; use another --data for " + asked);
    }
    return value;
  }

  /** Written last: without it the directory is not worth keeping. */
  private void remember(long seed, long workspaces) throws IOException {
    Files.writeString(notes(), "seed=" + seed + "\nworkspaces=" + workspaces + "\n");
  }

  private Path notes() {
    return directory.resolve("demo.properties");
  }

  DemoPorts ports() {
    return ports;
  }

  DemoData data() {
    return data;
  }

  DemoCluster cluster() {
    return cluster;
  }

  Path directory() {
    return directory;
  }

  /** Whether the data goes with the demo. */
  boolean temporary() {
    return options.data() == null;
  }

  boolean closed() {
    return closed.get();
  }

  /**
   * Stops everything. On return no process, port or temporary file is left; when a start was under
   * way, that is so as soon as this JVM has ended.
   */
  @Override
  public void close() throws IOException {
    if (closed.getAndSet(true)) {
      return;
    }
    steps.stopping();
    if (proxy != null) {
      proxy.close();
    }
    if (cluster != null && !temporary()) {
      cluster.close(); // the watch is quicker with those whose data nobody wants
    }
    if (lock != null) {
      lock.close();
    }
    if (starting) {
      stopStragglers();
    } else if (watch != null) {
      watch.close();
    }
  }

  /** What an interrupted start still has at work: initdb, pg_ctl. */
  private void stopStragglers() {
    try (Stream<ProcessHandle> all = ProcessHandle.current().descendants()) {
      all.filter(this::ours).forEach(ProcessHandle::destroy);
    }
  }

  private boolean ours(ProcessHandle process) {
    return process
        .info()
        .command()
        .filter(each -> each.startsWith(directory.toString()))
        .isPresent();
  }
}
