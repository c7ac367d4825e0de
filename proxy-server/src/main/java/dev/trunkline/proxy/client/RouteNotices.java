package dev.trunkline.proxy.client;

import dev.trunkline.proxy.route.Route;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import java.util.Locale;

/**
 * Tells a developer where each statement went and why: a NOTICE per statement while {@code
 * trunkline.explain_route} is on. Where a statement is refused, its error says as much.
 */
final class RouteNotices {
  /** The setting's values. */
  private enum Mode {
    OFF,
    ON
  }

  private final ClientSession session;
  private Mode mode = Mode.OFF;

  RouteNotices(ClientSession session) {
    this.session = session;
  }

  String text() {
    return mode.name().toLowerCase(Locale.ROOT);
  }

  /** Changes the setting; false when the value is none of its own. */
  boolean set(String value) {
    if (value == null || PgBoolean.isFalse(value)) {
      mode = Mode.OFF;
    } else if (PgBoolean.isTrue(value)) {
      mode = Mode.ON;
    } else {
      return false;
    }
    return true;
  }

  /** Whether a notice has to wait: the server is in the middle of a message. */
  boolean mustWait() {
    return mode == Mode.ON && session.relay.leased() && !session.relay.server().atBoundary();
  }

  /** A statement has its server connection. */
  void routed(String comment) {
    if (mode == Mode.OFF || !session.relay.leased()) {
      return;
    }
    ErrorFields notice =
        ErrorFields.notice("00000", "route: " + place())
            .withDetail("Workspace from: " + source(comment) + ".");
    session.connection.write(out -> Backend.notice(out, notice));
  }

  private String place() {
    Route route = session.place.route();
    String host = session.relay.server().endpoint().name();
    if (route == null) {
      return "host " + host;
    }
    String workspace = session.place.workspace();
    String who = workspace == null ? "no workspace" : "workspace \"" + workspace + "\"";
    return who + ", shard " + route.schema() + ", host " + host;
  }

  private String source(String comment) {
    if (session.workspace.shard() != null) {
      return "trunkline.shard";
    }
    if (comment != null) {
      return "the comment";
    }
    if (session.workspace.workspace() != null) {
      return "trunkline.workspace";
    }
    return switch (session.sql.findings().finding()) {
      case KEY -> session.sql.findings().place();
      case UNKEYED -> "the transaction, as the statement names no key";
      case NOT_ASKED, NONE -> "none needed";
    };
  }
}
