package dev.trunkline.proxy.client;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.relay.ClientStatement;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.proxy.server.Statement;

/** A client's prepared statements as the server at hand knows them; it is given what it lacks. */
final class ServerStatements {
  /** Note of a ledger entry for a Parse of the unnamed statement. */
  static final Object UNNAMED = new Object();

  private final ClientSession session;
  private final Relay relay;

  ServerStatements(ClientSession session) {
    this.session = session;
    this.relay = session.relay;
  }

  /**
   * Only replies that are owed tell what to answer: its Parse is in another batch and may still
   * fail, or a SET changes how its text is read, or DISCARD ALL takes it away.
   */
  boolean undecided(ClientStatement statement) {
    return relay.leased()
        && (session.settingsUncertain()
            || relay.server().ledger().forgetsStatements()
            || relay.prepares().undecided(onServer(statement)));
  }

  /**
   * The statement as servers know it, in the schema at hand, read as the client's Parse was. Where
   * the settings have changed since, a server that lacks it can read it only with those of now.
   */
  Statement onServer(ClientStatement statement) {
    String schema = session.place.schema();
    SessionSettings now = session.settings.ofTexts();
    Statement parsed = statement.in(schema, statement.parsedWith());
    return now == statement.parsedWith() || relay.server().prepared().has(parsed)
        ? parsed
        : statement.in(schema, now);
  }

  /** Names the statement to the server, which is given it if need be. */
  Statement present(ClientStatement statement) {
    Statement onServer = onServer(statement);
    if (!relay.server().prepared().use(onServer)) {
      prepare(onServer, Action.PREPARE, onServer);
    }
    session.stream.cut();
    return onServer;
  }

  /** The same for the unnamed statement; false when it is not known any more. */
  boolean presentUnnamed() {
    UnnamedStatement unnamed = session.unnamed;
    if (relay.server().unnamedStatement() == unnamed.token()) {
      return true;
    }
    if (unnamed.kept()) {
      session.stream.cut();
      relay.prepares().parseUnnamed(unnamed.definition(), unnamed.length(), unnamed.token());
    }
    return unnamed.kept();
  }

  void prepare(Statement statement, Action action, Object note) {
    session.stream.cut();
    relay.prepares().parse(statement, action, note);
    relay
        .prepares()
        .evict(
            Math.max(session.services.config().settings().get(Keys.MAX_PREPARED_STATEMENTS), 1),
            session.services.config().settings().get(Keys.PREPARED_STATEMENT_BYTES));
  }

  /** The server skipped a message, or failed it: what was put down for it is undone. */
  void skipped(Reply reply, Object note) {
    ServerConnection server = relay.server();
    if (note == UNNAMED) {
      if (!server.ledger().repeats(UNNAMED)) {
        // Otherwise a newer one is on its way, and that is what is known.
        session.unnamed.forget();
        server.unnamedStatement(0);
      }
      return;
    }
    if (note instanceof Statement statement) {
      server.prepared().remove(statement);
    } else if (note instanceof ClientStatement statement) {
      if (reply == Reply.LOCAL_CLOSE) {
        session.statements.add(statement);
      } else {
        session.statements.remove(statement);
        if (reply == Reply.PARSE) {
          server.prepared().remove(statement.asParsed());
        }
      }
    }
  }
}
