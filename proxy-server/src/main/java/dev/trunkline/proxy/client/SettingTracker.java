package dev.trunkline.proxy.client;

import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The session settings of one client: those of its startup message, and what its own SET statements
 * made of them. They follow the client from lease to lease. A rollback undoes them, as on a server.
 */
final class SettingTracker {
  /** A client that sets more than this is kept on its server connection instead. */
  private static final int MAX_SETTINGS = 100;

  private static final int MAX_LENGTH = 16 * 1024;

  /** Reported parameters that cannot be set, or are the proxy's own business. */
  private static final Set<String> NOT_TRACKED =
      Set.of(
          "server_version",
          "server_encoding",
          "integer_datetimes",
          "is_superuser",
          "session_authorization",
          "in_hot_standby",
          "search_path");

  private static final String OWN = "trunkline.transaction";
  private static final AtomicLong OWNS = new AtomicLong();

  private static final byte[] SET = ascii("SET");
  private static final byte[] RESET = ascii("RESET");
  private static final byte[] SAVEPOINT = ascii("SAVEPOINT");
  private static final byte[] ROLLBACK = ascii("ROLLBACK");
  private static final byte[] COMMIT = ascii("COMMIT");

  /** A change a statement makes when it succeeds; without a name it changes nothing of ours. */
  record Change(String name, String value) {
    /** SET LOCAL and the like. */
    static final Change NOTHING = new Change(null, null);

    /** ROLLBACK TO SAVEPOINT, whose tag is that of ROLLBACK. */
    static final Change ROLLBACK_TO = new Change(null, null);
  }

  /** What is known of the transaction at hand. */
  private enum Phase {
    CERTAIN,
    /** A ROLLBACK TO may have undone settings; which of them is not known. */
    DOUBTFUL,
    /** A ROLLBACK has been answered, and nothing that matters here since. */
    ROLLED_BACK
  }

  private final SessionSettings startup;
  private final WorkspaceState workspace;

  /** Small at first: most clients are idle, or never set anything. */
  private final ArrayDeque<Change> sent = new ArrayDeque<>(0);

  /**
   * A set_config on its way, which no tag tells of: it counts when its batch ends well, unless
   * something that changes settings comes between.
   */
  private Change called;

  private SessionSettings wanted;

  /** What a rollback returns to: for the client, and on its server, which may differ. */
  private SessionSettings baseline;

  private SessionSettings serverBaseline = SessionSettings.EMPTY;

  /** What held at the first savepoint of the transaction; null while there is none. */
  private SessionSettings atSavepoint;

  /**
   * Stands for the settings of a transaction that has changed, for itself alone, how texts are
   * read: nobody else has it. Null while there is no such transaction.
   */
  private SessionSettings own;

  private Phase phase = Phase.CERTAIN;
  private boolean leasedBefore;

  SettingTracker(SessionSettings startup, WorkspaceState workspace) {
    this.startup = startup;
    this.workspace = workspace;
    this.wanted = startup;
    this.baseline = startup;
  }

  /** What a server session must have for this client. */
  SessionSettings wanted() {
    return wanted;
  }

  /** The settings with which a server reads a text of this client's now. */
  SessionSettings ofTexts() {
    return own == null ? wanted.ofTexts() : own;
  }

  /** A statement with these effects is about to be sent, or kept for later. */
  void sends(long effects) {
    if ((effects & Effects.READING) != 0) {
      own = wanted.ofTexts().with(OWN, Long.toString(OWNS.incrementAndGet()));
    }
  }

  /** Whether no reply that is owed can change what is wanted. */
  boolean certain() {
    return sent.isEmpty() && called == null && wanted == baseline;
  }

  boolean firstLease() {
    return !leasedBefore;
  }

  void leased(ServerConnection server) {
    leasedBefore = true;
    serverBaseline = server.applied();
  }

  /** A SET, RESET, SET LOCAL or ROLLBACK TO is about to be sent; its tag tells of its success. */
  void sent(Change change) {
    called = null;
    sent.add(change);
  }

  /**
   * A set_config is about to be sent, alone. Where another change is owed, their order would be a
   * guess, and none is followed.
   */
  void calls(Change change) {
    called = sent.isEmpty() && called == null ? change : null;
  }

  /** A batch with a set_config has ended well; whether it is known what it has set. */
  boolean called(ServerConnection server) {
    Change change = called;
    called = null;
    if (change != null) {
      change(server, change.name(), change.value());
    }
    return change != null;
  }

  /** The lease ends; a SET whose answer was never recognised leaves the session unknown. */
  void released(ServerConnection server) {
    if (!sent.isEmpty() || called != null) {
      sent.clear();
      called = null;
      left(server, Effects.OPAQUE);
    }
    if (server.transactionStatus() != 'I') {
      server.applied(serverBaseline);
    }
  }

  void commandComplete(ServerConnection server, ByteBuf buf, int from, int to) {
    if (SessionEvents.is(buf, from, to, SET) || SessionEvents.is(buf, from, to, RESET)) {
      rollbackIsOver(server);
      apply(server, sent.poll());
    } else if (SessionEvents.is(buf, from, to, SAVEPOINT)) {
      rollbackIsOver(server);
      called = null;
      savepoint();
    } else if (SessionEvents.is(buf, from, to, ROLLBACK)) {
      called = null;
      rolledBack(server);
    } else if (SessionEvents.is(buf, from, to, COMMIT)) {
      called = null;
      rollbackIsOver(server);
      transactionEnds(server, false);
    }
  }

  private void rolledBack(ServerConnection server) {
    if (sent.peek() == Change.ROLLBACK_TO) {
      sent.poll();
      rolledBackToSavepoint();
      if (phase == Phase.DOUBTFUL) {
        server.applied(wanted);
      }
    } else {
      phase = Phase.ROLLED_BACK;
    }
  }

  /** Something follows a ROLLBACK before the server is ready: it is not undone by it. */
  private void rollbackIsOver(ServerConnection server) {
    if (phase == Phase.ROLLED_BACK) {
      transactionEnds(server, true);
    }
  }

  private void apply(ServerConnection server, Change change) {
    if (change == null || change == Change.ROLLBACK_TO) {
      left(server, Effects.OPAQUE);
    } else if (change == Change.NOTHING) {
      return;
    } else if (change.name().equals("all")) {
      wanted = startup;
      workspace.reset();
      server.applied(SessionSettings.EMPTY);
    } else if (change.name().equals(LocalAnswers.WORKSPACE)) {
      workspace.set(change.value(), false);
    } else {
      change(server, change.name(), change.value());
    }
  }

  private static void left(ServerConnection server, long effects) {
    server.residue(server.residue() | effects);
  }

  private void change(ServerConnection server, String name, String value) {
    // A RESET leads back to what the startup message said; the server knows only its own default.
    wanted = wanted.with(name, value == null ? startup.get(name) : value);
    server.applied(server.applied().with(name, value));
    if (name.indexOf('.') >= 0) {
      // It may be the setting that carries the workspace.
      server.routedTo(server.searchPath(), ServerConnection.UNKNOWN);
    }
    if (wanted.size() > MAX_SETTINGS || wanted.length() > MAX_LENGTH) {
      left(server, Effects.SET_SESSION);
    }
  }

  /** The server reported a parameter because of what the client did. */
  void reported(ServerConnection server, String name, String value) {
    if (name.equals("search_path")) {
      // Set by something the proxy has not seen: it has to be set again.
      server.routeLost();
    } else if (!NOT_TRACKED.contains(name.toLowerCase(Locale.ROOT))) {
      change(server, name, value);
    }
  }

  /** A savepoint has been made, by a server or by the proxy. */
  void savepoint() {
    workspace.savepoint();
    if (atSavepoint == null) {
      atSavepoint = wanted;
    }
  }

  /**
   * ROLLBACK TO SAVEPOINT. What was set before the first savepoint stays; what was set since may be
   * undone or not, so it is not replayed: the client keeps the session that has it.
   */
  void rolledBackToSavepoint() {
    workspace.rolledBackToSavepoint();
    if (atSavepoint != null && wanted != atSavepoint) {
      wanted = atSavepoint;
      phase = Phase.DOUBTFUL;
    }
  }

  /** ReadyForQuery: a transaction that is over has kept its settings, or lost them. */
  void ready(ServerConnection server, byte status, boolean failed) {
    if (failed && !sent.isEmpty()) {
      sent.clear();
      left(server, Effects.OPAQUE);
    }
    called = failed ? null : called;
    if (status == 'I') {
      transactionEnds(server, failed || phase == Phase.ROLLED_BACK);
    } else if (phase == Phase.ROLLED_BACK) {
      // AND CHAIN, or a ROLLBACK TO that nobody has announced.
      phase = wanted == baseline ? Phase.CERTAIN : Phase.DOUBTFUL;
    }
  }

  private void transactionEnds(ServerConnection server, boolean rolledBack) {
    if (rolledBack) {
      server.applied(serverBaseline);
    } else if (phase == Phase.DOUBTFUL) {
      left(server, Effects.SET_SESSION | Effects.OPAQUE);
    }
    SessionSettings kept = server.ledger().isEmpty() ? null : own;
    transactionEnds(rolledBack);
    // What is on its way may be the next such transaction.
    own = kept;
    serverBaseline = server.applied();
  }

  /** A transaction, explicit or implicit, is over of which no server knows. */
  void transactionEnds(boolean rolledBack) {
    wanted = rolledBack ? baseline : wanted;
    baseline = wanted;
    atSavepoint = null;
    own = null;
    phase = Phase.CERTAIN;
    workspace.transactionEnds(rolledBack);
  }

  /** RESET ALL, or DISCARD ALL: back to what the startup message said. */
  void discarded() {
    called = null;
    wanted = startup;
  }

  /** Nothing of what was sent in this lease has been answered, and it is sent again. */
  void unsent() {
    sent.clear();
  }

  /** The server connection is gone in the middle of things. */
  void lost() {
    sent.clear();
    called = null;
    own = null;
    leasedBefore = false; // the next server session knows nothing of the client yet
    wanted = baseline;
    phase = Phase.CERTAIN;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
