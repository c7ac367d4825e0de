package dev.trunkline.proxy.client;

import dev.trunkline.proxy.darkread.Capture;
import dev.trunkline.proxy.darkread.Circumstances;
import dev.trunkline.proxy.darkread.Question;
import dev.trunkline.proxy.darkread.Sampler;
import dev.trunkline.proxy.darkread.Scopes;
import dev.trunkline.proxy.gate.GateScope;
import dev.trunkline.proxy.relay.ClientStatement;
import dev.trunkline.proxy.route.Route;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.shard.Placement;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.StatementKind;
import io.netty.buffer.ByteBuf;

/**
 * Picks out of a session's statements the reads that are compared elsewhere. While nothing is
 * compared that costs one read of a field; for a statement that is not drawn, a few comparisons.
 */
final class DarkTap {
  private final ClientSession session;
  private Scopes scopes;
  private Route route;
  private Sampler sampler;

  DarkTap(ClientSession session) {
    this.session = session;
  }

  /** A Query whose lease is there is about to be forwarded; its text begins at buf[from]. */
  void query(SqlScanner scanner, ByteBuf buf, int from) {
    Sampler draws = samplerOfLease();
    boolean drawn =
        draws != null
            && scanner.count() == 1
            && isRead(scanner.kind(0), scanner.effects(0), scanner.workspaceFree(0))
            && draws.draws();
    if (drawn && comesAlone(draws)) {
      watch(draws, Question.simple(buf, from + scanner.start(0), from + scanner.end(0)));
    }
  }

  /** A Bind is about to be forwarded; its body behind the names is in buf[from, to). */
  void bind(ClientStatement statement, ByteBuf buf, int from, int to) {
    Sampler draws = samplerOfLease();
    boolean drawn =
        draws != null
            && isRead(statement.kind(), statement.effects(), statement.workspaceFree())
            && draws.draws();
    if (drawn && comesAlone(draws)) {
      byte[] definition = statement.definition();
      watch(draws, Question.extended(definition, definition.length, buf, from, to));
    }
  }

  /** The same for the unnamed statement. */
  void bind(UnnamedStatement unnamed, ByteBuf buf, int from, int to) {
    Sampler draws = samplerOfLease();
    boolean drawn =
        draws != null
            && unnamed.kept()
            && isRead(unnamed.kind, unnamed.effects, unnamed.workspaceFree)
            && draws.draws();
    if (drawn && comesAlone(draws)) {
      watch(draws, Question.extended(unnamed.definition(), unnamed.length(), buf, from, to));
    }
  }

  private Sampler samplerOfLease() {
    Scopes now = session.services.darkReads().scopes();
    if (now == null) {
      return null;
    }
    Route at = session.place.route();
    if (now != scopes || at != route) {
      scopes = now;
      route = at;
      sampler = at == null ? null : find(now, at);
    }
    return sampler;
  }

  private Sampler find(Scopes now, Route at) {
    Placement place = at.placement();
    String database = session.identity.database().name();
    return now.sampler(
        new GateScope.Place(database, place.group(), place.host(), place.shard(), null),
        at.host().home(),
        session.context.index());
  }

  /** A SELECT that leaves nothing behind, in a transaction of its own. */
  private boolean isRead(StatementKind kind, long effects, boolean free) {
    return kind == StatementKind.SELECT
        && effects == 0
        && !free
        && !session.inTransaction()
        && session.delayed.state() == DelayedTransaction.State.NONE
        && !session.place.floating();
  }

  private boolean comesAlone(Sampler draws) {
    boolean alone = !session.relay.server().ledger().owesResults();
    if (!alone || !session.texts.standardStrings()) {
      draws.read().counts().skipped(alone ? "strings" : "pipeline");
      return false;
    }
    return true;
  }

  private void watch(Sampler draws, Question question) {
    ServerConnection server = session.relay.server();
    Circumstances circumstances =
        new Circumstances(
            server.loginParameters(),
            server.applied(),
            route.searchPath(),
            session.identity.database().workspaceSetting(),
            session.place.workspace());
    session.relay.watch(new Capture(draws.read(), question, circumstances, route.host().home()));
  }
}
