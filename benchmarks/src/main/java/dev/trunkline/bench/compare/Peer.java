package dev.trunkline.bench.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Something that stands between clients and PostgreSQL.
 *
 * @param name in reports
 * @param pools whether many clients share few server connections
 * @param routes whether it knows workspaces
 * @param prepares whether prepared statements survive the end of a transaction
 * @param launch null for the server itself, which needs no start
 */
record Peer(String name, boolean pools, boolean routes, boolean prepares, Launch launch) {
  /** Server connections each pooling peer may open. */
  static final int POOL = 20;

  /** Clients each pooling peer has to admit. */
  static final int CLIENTS = 25_000;

  /** How the process is started. */
  interface Launch {
    /** Writes the configuration for that port; returns the command. */
    List<String> command(Bench bench, Setup setup, int port)
        throws IOException, InterruptedException;

    /** What the command finds in its environment, beyond our own. */
    default Map<String, String> environment(Bench bench, Setup setup, int port) {
      return Map.of();
    }

    /** Where its garbage collector writes what it does; null for who has none. */
    default Path gcLog(Bench bench) {
      return null;
    }
  }

  /** Why a workload cannot be run through this peer, or null when it can. */
  String obstacle(Workload workload) {
    if (workload.driver() == Workload.Driver.PREPARED && !prepares) {
      return "does not follow prepared statements";
    }
    if (workload.driver().launches() && launch == null) {
      return "is there already";
    }
    return workload.beside().obstacle(this);
  }
}
