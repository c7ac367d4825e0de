package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.relay.ClientStatement;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.Statement;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;

/** Parse: what a statement is, is found out here once, and kept with it. */
final class ParseMessages {
  private final ClientSession session;
  private final Relay relay;
  private final LocalAnswers local;
  private final ServerStatements prepared;
  private final UnnamedStatement unnamed;

  ParseMessages(ClientSession session, LocalAnswers local) {
    this.session = session;
    this.relay = session.relay;
    this.local = local;
    this.prepared = session.prepared;
    this.unnamed = session.unnamed;
  }

  int message(ByteBuf buf, int from, int to) {
    int nameEnd = MessageReader.cstringEnd(buf, from, to);
    int textEnd = nameEnd < 0 ? -1 : MessageReader.cstringEnd(buf, nameEnd + 1, to);
    if (textEnd < 0 || textEnd + 3 > to) {
      throw new ProtocolViolation("invalid Parse message");
    }
    boolean forgets = relay.leased() && relay.server().ledger().forgetsStatements();
    if (forgets || session.unreadable(buf, nameEnd + 1, textEnd)) {
      return session.intake.holdForReplies();
    }
    SqlScanner scanner =
        session.context.scan(buf, nameEnd + 1, textEnd, session.texts.standardStrings());
    boolean single = scanner.count() == 1;
    StatementKind kind = single ? scanner.kind(0) : StatementKind.OTHER;
    boolean deferred =
        session.sharded()
            && single
            && LocalAnswers.mayHandle(kind, scanner.setting(0), scanner.effects());
    String comment = session.sharded() ? Comments.workspace(scanner) : null;
    boolean free = scanner.count() == 0 || (single && scanner.workspaceFree(0));
    // Where its values decide, a server is found at Bind; inside a transaction there is one.
    boolean byValues = !deferred && !free && session.sql.decide(comment);
    boolean later = byValues && !session.place.bound();
    if (!deferred) {
      ErrorFields refusal = session.sharded() ? refusal(scanner, kind) : null;
      int verdict = refusal != null ? session.refuse(refusal) : FORWARD;
      if (verdict == FORWARD && refusal == null && !later) {
        verdict = session.leases.lease(comment, free || byValues);
      }
      if (verdict != FORWARD) {
        return verdict;
      }
    }
    deferred |= later;
    return nameEnd == from
        ? parseUnnamed(scanner, kind, free, comment, deferred, buf, nameEnd + 1, to)
        : parseNamed(scanner, kind, free, comment, deferred, buf, from, nameEnd, to);
  }

  private ErrorFields refusal(SqlScanner scanner, StatementKind kind) {
    ErrorFields aborted = local.inFailedTransaction(kind);
    if (aborted != null) {
      return aborted;
    }
    if (scanner.commentConflict()) {
      return RouteErrors.twoComments();
    }
    if ((scanner.effects() & Effects.SEARCH_PATH) != 0) {
      return RouteErrors.searchPath();
    }
    return (scanner.effects() & Effects.HIDDEN_SETTING) != 0 ? RouteErrors.hiddenSetting() : null;
  }

  private int parseUnnamed(
      SqlScanner scanner,
      StatementKind kind,
      boolean free,
      String comment,
      boolean deferred,
      ByteBuf buf,
      int from,
      int to) {
    if (deferred && session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    unnamed.parsed(session.context.nextStatementToken(), buf, from, to, deferred);
    unnamed.kind = kind;
    unnamed.effects = scanner.effects();
    unnamed.workspaceFree = free;
    unnamed.comment = comment;
    unnamed.setting = kind == StatementKind.OTHER ? null : scanner.setting(0);
    if (deferred) {
      session.connection.write(Backend::parseComplete);
      return DONE;
    }
    session.clock.start();
    relay.counters().clientParses++;
    relay.counters().serverParses++;
    relay.server().unnamedStatement(unnamed.token());
    relay.expect(Reply.PARSE, 0, ServerStatements.UNNAMED);
    return FORWARD;
  }

  private int parseNamed(
      SqlScanner scanner,
      StatementKind kind,
      boolean free,
      String comment,
      boolean deferred,
      ByteBuf buf,
      int from,
      int nameEnd,
      int to) {
    ClientStatement before = session.statements.get(buf, from, nameEnd);
    if (before != null) {
      if (prepared.undecided(before)) {
        return session.intake.holdForReplies();
      }
      return session.refuse(StatementErrors.exists(ExtendedMessages.text(buf, from, nameEnd)));
    }
    ClientStatement statement =
        new ClientStatement(
            ExtendedMessages.bytes(buf, from, nameEnd),
            ExtendedMessages.bytes(buf, nameEnd + 1, to),
            kind,
            scanner.effects(),
            free,
            comment,
            scanner.count() == 1 ? scanner.setting(0) : null,
            session.settings.ofTexts());
    long limit = session.services.config().settings().get(Keys.CLIENT_PREPARED_STATEMENT_BYTES);
    if (session.statements.bytes() + statement.definition().length > limit) {
      return session.refuse(StatementErrors.tooMany(limit));
    }
    if (deferred) {
      return parseDeferred(statement);
    }
    if (prepared.undecided(statement)) {
      return session.intake.holdForReplies();
    }
    session.statements.add(statement);
    session.clock.start();
    relay.counters().clientParses++;
    Statement onServer = prepared.onServer(statement);
    if (relay.server().prepared().use(onServer)) {
      relay.local(Reply.LOCAL_PARSE, statement);
    } else {
      prepared.prepare(onServer, Action.FORWARD, statement);
    }
    return DONE;
  }

  private int parseDeferred(ClientStatement statement) {
    if (session.owedReplies()) {
      return session.intake.holdForReplies();
    }
    session.statements.add(statement);
    session.connection.write(Backend::parseComplete);
    return DONE;
  }
}
