package dev.trunkline.proxy.client;

import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.shard.Effects;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Set;

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

  private static final byte[] SET = ascii("SET");
  private static final byte[] RESET = ascii("RESET");
  private static final byte[] ROLLBACK = ascii("ROLLBACK");
  private static final byte[] COMMIT = ascii("COMMIT");

  /** A change a statement makes when it succeeds; without a name it changes nothing of ours. */
  record Change(String name, String value) {
    /** SET LOCAL and the like. */
    static final Change NOTHING = new Change(null, null);
  }

  private final SessionSettings startup;
  private final WorkspaceState workspace;
  private final ArrayDeque<Change> sent = new ArrayDeque<>();
  private SessionSettings wanted;
  private SessionSettings baseline;
  private boolean leasedBefore;
  private boolean rollback;
  private boolean rolledBack;

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

  boolean firstLease() {
    return !leasedBefore;
  }

  void leased() {
    leasedBefore = true;
    baseline = wanted;
  }

  /** A SET, RESET or SET LOCAL is about to be sent; each answers with a tag of that name. */
  void sent(Change change) {
    sent.add(change);
  }

  /** The lease ends; a SET whose answer was never recognised leaves the session unknown. */
  void released(ServerConnection server) {
    if (!sent.isEmpty()) {
      sent.clear();
      server.residue(server.residue() | Effects.OPAQUE);
    }
  }

  void commandComplete(ServerConnection server, ByteBuf buf, int from, int to) {
    if (ClientSession.is(buf, from, to, SET) || ClientSession.is(buf, from, to, RESET)) {
      apply(server, sent.poll());
    } else if (ClientSession.is(buf, from, to, ROLLBACK)) {
      rollback = true;
    } else if (ClientSession.is(buf, from, to, COMMIT)) {
      rollback = false;
    }
  }

  private void apply(ServerConnection server, Change change) {
    if (change == null || change.name() == null) {
      return;
    }
    if (change.name().equals("all")) {
      discarded();
      server.applied(SessionSettings.EMPTY);
    } else if (change.name().equals(LocalAnswers.WORKSPACE)) {
      workspace.set(change.value(), false);
    } else {
      change(server, change.name(), change.value());
    }
  }

  private void change(ServerConnection server, String name, String value) {
    // A RESET leads back to what the startup message said; the server knows only its own default.
    wanted = wanted.with(name, value == null ? startup.get(name) : value);
    server.applied(server.applied().with(name, value));
    if (wanted.size() > MAX_SETTINGS || wanted.length() > MAX_LENGTH) {
      server.residue(server.residue() | Effects.SET_SESSION);
    }
  }

  /** The server reported a parameter because of what the client did. */
  void reported(ServerConnection server, String name, String value) {
    if (name.equals("search_path")) {
      // Set by something the proxy has not seen: it has to be set again.
      server.routedTo(null, server.workspace());
    } else if (!NOT_TRACKED.contains(name.toLowerCase(Locale.ROOT))) {
      change(server, name, value);
    }
  }

  /** ReadyForQuery: a transaction that is over has kept its settings, or lost them. */
  void ready(ServerConnection server, byte status, boolean failed) {
    if (failed && !sent.isEmpty()) {
      sent.clear();
      server.residue(server.residue() | Effects.OPAQUE);
    }
    if (status != 'I') {
      if (rollback && wanted != baseline) {
        // ROLLBACK TO: which of the settings it undid is not known.
        server.residue(server.residue() | Effects.OPAQUE);
      }
      return;
    }
    rolledBack = failed || rollback;
    rollback = false;
    if (rolledBack) {
      wanted = baseline;
      server.applied(baseline);
    }
    baseline = wanted;
  }

  /** Whether the transaction that ended last was rolled back. */
  boolean rolledBack() {
    return rolledBack;
  }

  /** DISCARD ALL or RESET ALL: back to what the startup message said. */
  void discarded() {
    wanted = startup;
    baseline = startup;
    sent.clear();
  }

  /** The server connection is gone in the middle of things. */
  void lost() {
    sent.clear();
    wanted = baseline;
    rollback = false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
