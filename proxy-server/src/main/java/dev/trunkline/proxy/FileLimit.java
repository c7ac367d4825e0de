package dev.trunkline.proxy;

import dev.trunkline.proxy.config.DatabaseConfig;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.config.ProxyConfig;
import dev.trunkline.proxy.metrics.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many sockets the kernel allows the process, and how many its configuration may come to. */
final class FileLimit {
  /** {@code Max open files 20000 20000 files}: what holds, and what it may be raised to. */
  private static final Pattern LINE = Pattern.compile("(?m)^Max open files +(\\d+) +(\\d+) ");

  /** Log, listeners, the event loops' own, the program's files. */
  private static final long OWN = 50;

  private FileLimit() {}

  /** PgBouncer's line; a warning where the limit does not even suffice for the clients. */
  static void log(ProxyConfig config) {
    Matcher limit = LINE.matcher(limits());
    if (!limit.find()) {
      return; // no such file on this system, or no limit
    }
    long clients = config.settings().get(Keys.MAX_CLIENT_CONN);
    long expected = clients + OWN + servers(config);
    String line =
        "kernel file descriptor limit: %s (hard: %s); max_client_conn: %d, max expected fd use: %d"
            .formatted(limit.group(1), limit.group(2), clients, expected);
    // Not all pools are ever full at a time; but that many clients are let in.
    boolean tooFew = clients + OWN > Long.parseLong(limit.group(1));
    Log.write(tooFew ? Log.Level.WARNING : Log.Level.LOG, null, line, null);
  }

  private static String limits() {
    try {
      return Files.readString(Path.of("/proc/self/limits"));
    } catch (IOException e) {
      return ""; // not Linux
    }
  }

  /** A pool for each database and user, on each of the hosts where the database is sharded. */
  private static long servers(ProxyConfig config) {
    long users = Math.max(1, config.users().size());
    long sum = 0;
    for (DatabaseConfig database : config.databases().values()) {
      long pools = (database.user() == null ? users : 1) * hosts(config, database);
      sum += pools * size(config, database);
    }
    return sum;
  }

  private static long hosts(ProxyConfig config, DatabaseConfig database) {
    return database.sharded() ? config.hosts().size() : 1;
  }

  private static long size(ProxyConfig config, DatabaseConfig database) {
    int own = database.poolSize();
    return own >= 0 ? own : config.settings().get(Keys.DEFAULT_POOL_SIZE);
  }
}
