package dev.trunkline.bench.compare;

import dev.trunkline.bench.compare.LoginStorm.Errand;
import java.io.Closeable;
import java.io.IOException;

/**
 * What goes on beside the clients that are measured: further clients mostly.
 *
 * @param count how many, or how many a second; of dark reads, how many in a hundred
 */
record Beside(Kind kind, int count) {
  static final Beside NOBODY = new Beside(Kind.NOBODY, 0);

  /** What they do. */
  enum Kind {
    NOBODY,
    /** They are connected. */
    IDLE,
    /** They log in, and leave at once. */
    LOGIN,
    /** They log in, ask one thing, and leave. */
    VISIT,
    /** They work now and then, for a workspace of their own. */
    NEIGHBOUR,
    /** The same, and their workspace is paused most of the time. */
    PAUSED_NEIGHBOUR,
    /** None: reads of those that are measured are repeated and compared. */
    DARK_READ
  }

  /** Sockets and files that a process has beside those of its clients. */
  private static final int OTHER_FILES = 500;

  /** How many of them there can be: an idle client takes a file here, and one in the peer. */
  int possible() {
    return kind == Kind.IDLE ? Math.min(count, Programs.mostFiles() - OTHER_FILES) : count;
  }

  /** Begins; what is returned ends it, and fails when it did not do what it should. */
  Closeable begin(Bench bench, int port) throws IOException {
    return switch (kind) {
      case NOBODY -> () -> {};
      case IDLE -> IdleClients.connect(possible(), port);
      case LOGIN -> LoginStorm.begin(count, Errand.NONE, port);
      case VISIT -> LoginStorm.begin(count, Errand.QUERY, port);
      case NEIGHBOUR -> Neighbours.begin(count, false, port);
      case PAUSED_NEIGHBOUR -> Neighbours.begin(count, true, port);
      case DARK_READ -> DarkReading.begin(count, bench, port);
    };
  }

  /** Why it cannot be done at a peer, or null when it can. */
  String obstacle(Peer peer) {
    return switch (kind) {
      case IDLE -> peer.pools() ? null : "does not pool";
      case NEIGHBOUR, PAUSED_NEIGHBOUR, DARK_READ -> peer.routes() ? null : "knows no workspaces";
      case NOBODY, LOGIN, VISIT -> null;
    };
  }
}
