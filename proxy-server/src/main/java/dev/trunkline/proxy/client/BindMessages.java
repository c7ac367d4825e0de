package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.relay.ClientStatement;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Bind, and Describe of a statement: takes the lease that the statement needs, and names it to the
 * server.
 */
final class BindMessages {
  private final ClientSession session;
  private final Relay relay;
  private final LocalAnswers local;
  private final LocalPortals localPortals;
  private final UnnamedPortal portal;
  private final ServerStatements prepared;
  private final UnnamedStatement unnamed;

  BindMessages(
      ClientSession session, LocalAnswers local, LocalPortals localPortals, UnnamedPortal portal) {
    this.session = session;
    this.relay = session.relay;
    this.local = local;
    this.localPortals = localPortals;
    this.portal = portal;
    this.prepared = session.prepared;
    this.unnamed = session.unnamed;
  }

  int bind(ByteBuf buf, int from, int to, int length) {
    int portalEnd = MessageReader.cstringEnd(buf, from, to);
    int nameEnd = portalEnd < 0 ? -1 : MessageReader.cstringEnd(buf, portalEnd + 1, to);
    if (nameEnd < 0) {
      throw new ProtocolViolation("invalid Bind message");
    }
    if (nameEnd == portalEnd + 1) {
      return bindUnnamed(buf, from, portalEnd, to, length);
    }
    ClientStatement statement = session.statements.get(buf, portalEnd + 1, nameEnd);
    if (statement == null) {
      return session.refuse(
          StatementErrors.missing(ExtendedMessages.text(buf, portalEnd + 1, nameEnd)));
    }
    if (carriedOutHere(statement.kind(), statement.setting(), statement.effects())) {
      session.settings.sends(statement.effects());
      return localPortals.bind(
          statement.kind(),
          statement.setting(),
          statement.text(),
          buf,
          from,
          portalEnd,
          to,
          length);
    }
    int verdict = leaseToRun(statement, buf, from, nameEnd, to, length);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (prepared.undecided(statement)) {
      return session.intake.holdForReplies();
    }
    session.notices.routed(statement.comment());
    bound(statement.kind(), statement.effects(), statement.setting());
    if (from == portalEnd) {
      String value = settingValue(statement.setting(), buf, from, to, length);
      portal.bound(statement.kind(), statement.effects(), statement.setting(), value);
    }
    byte[] name = prepared.present(statement).name();
    renamedBind(buf, from, portalEnd, nameEnd, length, name);
    if (from == portalEnd && to - from == length) {
      session.dark.bind(statement, buf, nameEnd + 1, to);
    }
    expectBind(from == portalEnd, statement.kind(), statement.effects());
    return nameEnd + 1;
  }

  private int bindUnnamed(ByteBuf buf, int from, int portalEnd, int to, int length) {
    if (!unnamed.exists()) {
      return session.refuse(StatementErrors.missingUnnamed());
    }
    if (carriedOutHere(unnamed.kind, unnamed.setting, unnamed.effects)) {
      session.settings.sends(unnamed.effects);
      return localPortals.bind(
          unnamed.kind, unnamed.setting, unnamed.text(), buf, from, portalEnd, to, length);
    }
    int verdict = leaseToRunUnnamed(buf, from, portalEnd + 1, to, length);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (!prepared.presentUnnamed()) {
      return session.refuse(StatementErrors.missingUnnamed());
    }
    session.notices.routed(unnamed.comment);
    bound(unnamed.kind, unnamed.effects, unnamed.setting);
    if (from == portalEnd) {
      String value = settingValue(unnamed.setting, buf, from, to, length);
      portal.bound(unnamed.kind, unnamed.effects, unnamed.setting, value);
    }
    if (from == portalEnd && to - from == length) {
      session.dark.bind(unnamed, buf, portalEnd + 2, to);
    }
    expectBind(from == portalEnd, unnamed.kind, unnamed.effects);
    return FORWARD;
  }

  /** Takes the lease for a statement whose values are known. */
  private int leaseToRun(
      ClientStatement statement, ByteBuf buf, int from, int nameEnd, int to, int length) {
    boolean free = statement.workspaceFree();
    if (free || !session.sql.active()) {
      return leaseFor(statement, free);
    }
    byte[] definition = statement.definition();
    int textEnd = statement.textEnd();
    int verdict =
        session.sql.bind(
            definition,
            textEnd,
            statement.kind(),
            statement.comment(),
            to - from == length ? values(buf, nameEnd, to, definition, textEnd) : null,
            statement.shape());
    if (verdict == FORWARD && session.sql.copy() != null) {
      return bindCopy(statement.effects(), statement.comment(), definition, buf, from, nameEnd, to);
    }
    return verdict == FORWARD ? leaseFor(statement, session.sql.findings().free()) : verdict;
  }

  private int leaseToRunUnnamed(ByteBuf buf, int from, int nameEnd, int to, int length) {
    boolean free = unnamed.workspaceFree;
    if (free || !session.sql.active() || !unnamed.kept()) {
      return leaseForUnnamed(free);
    }
    int textEnd = unnamed.textEnd();
    int verdict =
        session.sql.bind(
            unnamed.definition(),
            textEnd,
            unnamed.kind,
            unnamed.comment,
            to - from == length ? values(buf, nameEnd, to, unnamed.definition(), textEnd) : null,
            unnamed.shape);
    if (verdict == FORWARD && session.sql.copy() != null) {
      byte[] definition = Arrays.copyOf(unnamed.definition(), unnamed.length());
      return bindCopy(unnamed.effects, unnamed.comment, definition, buf, from, nameEnd, to);
    }
    return verdict == FORWARD ? leaseForUnnamed(session.sql.findings().free()) : verdict;
  }

  /** A COPY whose rows say where it goes; the server is told of it when the first one is here. */
  private int bindCopy(
      long effects, String comment, byte[] definition, ByteBuf buf, int from, int nameEnd, int to) {
    CopyStart copy =
        CopyStart.portal(
            session.sql.copy(),
            session.sql.copiesTo(),
            comment,
            effects,
            definition,
            buf,
            nameEnd + 1,
            to);
    return localPortals.bind(copy, buf, from, MessageReader.cstringEnd(buf, from, to));
  }

  private BindValues values(ByteBuf buf, int nameEnd, int to, byte[] definition, int textEnd) {
    return session.context.bindValues().of(buf, nameEnd + 1, to, definition, textEnd);
  }

  /** Any shard will do to describe a statement whose values are not known yet. */
  private boolean describedAnywhere(boolean free, String comment) {
    return free || session.sql.decide(comment);
  }

  private int leaseFor(ClientStatement statement, boolean free) {
    return leaseFor(
        statement.kind(), statement.setting(), statement.effects(), statement.comment(), free);
  }

  private int leaseForUnnamed(boolean free) {
    return leaseFor(unnamed.kind, unnamed.setting, unnamed.effects, unnamed.comment, free);
  }

  private int leaseFor(
      StatementKind kind, SettingCommand command, long effects, String comment, boolean free) {
    if (session.inTransaction() && losesPath(kind, command, effects)) {
      return session.refuse(RouteErrors.searchPath());
    }
    ErrorFields aborted = session.sharded() ? local.inFailedTransaction(kind) : null;
    return aborted != null
        ? session.refuse(aborted)
        : session.leases.lease(comment, free && !session.place.losesEffect(kind));
  }

  /** RESET ALL and DISCARD ALL take the proxy's search_path away too. */
  private boolean losesPath(StatementKind kind, SettingCommand command, long effects) {
    return session.sharded() && LocalAnswers.forgetsAll(kind, command, effects);
  }

  private void bound(StatementKind kind, long effects, SettingCommand setting) {
    localPortals.clear();
    if (SqlKeys.endsTransaction(kind)) {
      session.place.transactionEnds();
    }
    session.settings.sends(effects);
    if (losesPath(kind, setting, effects)) {
      session.events().pathLost();
    }
  }

  /** What a parameter makes of a setting; null where nothing does, or it is not all there. */
  private static String settingValue(
      SettingCommand setting, ByteBuf buf, int from, int to, int length) {
    boolean bound = setting != null && setting.valueParameter() > 0 && to - from == length;
    return bound ? LocalPortals.parameter(buf.slice(from, length), setting) : null;
  }

  private void expectBind(boolean unnamedPortal, StatementKind kind, long effects) {
    session.clock.start();
    relay.counters().binds++;
    // What a named portal does is put down now; it may be executed much later.
    relay.expect(Reply.BIND, unnamedPortal ? 0 : effects | unseen(kind), null);
  }

  /** Nobody follows what a named portal sets. */
  private static long unseen(StatementKind kind) {
    return kind == StatementKind.SET || kind == StatementKind.RESET ? Effects.SET_SESSION : 0;
  }

  /** The head of a Bind, with the server's name for the statement; the rest is passed on. */
  private void renamedBind(
      ByteBuf buf, int from, int portalEnd, int nameEnd, int length, byte[] name) {
    int portal = portalEnd - from + 1;
    int clientName = nameEnd - portalEnd;
    ByteBuf head = session.connection.channel().alloc().buffer(6 + portal + name.length);
    head.writeByte('B').writeInt(4 + length - clientName + name.length + 1);
    head.writeBytes(buf, from, portal).writeBytes(name).writeByte(0);
    relay.toServer(head);
  }

  private boolean carriedOutHere(StatementKind kind, SettingCommand command, long effects) {
    return session.sharded() && local.handles(kind, command, effects);
  }

  // ---- Describe ----

  /** Describes the statement whose name is in buf[from, nameEnd). */
  int describe(ByteBuf buf, int from, int nameEnd) {
    if (nameEnd == from) {
      return describeUnnamed();
    }
    ClientStatement statement = session.statements.get(buf, from, nameEnd);
    if (statement == null) {
      return session.refuse(StatementErrors.missing(ExtendedMessages.text(buf, from, nameEnd)));
    }
    if (session.sharded()
        && LocalAnswers.mayHandle(statement.kind(), statement.setting(), statement.effects())) {
      return localPortals.describe(statement.setting(), statement.definition(), true);
    }
    boolean anywhere = describedAnywhere(statement.workspaceFree(), statement.comment());
    int verdict = leaseFor(statement, anywhere);
    if (verdict != FORWARD) {
      return verdict;
    }
    if (prepared.undecided(statement)) {
      return session.intake.holdForReplies();
    }
    byte[] name = prepared.present(statement).name();
    ByteBuf out = session.connection.channel().alloc().buffer(7 + name.length);
    out.writeByte('D').writeInt(4 + 1 + name.length + 1).writeByte('S');
    out.writeBytes(name).writeByte(0);
    relay.toServer(out);
    relay.expect(Reply.DESCRIBE, 0, null);
    return DONE;
  }

  private int describeUnnamed() {
    if (!unnamed.exists()) {
      return session.refuse(StatementErrors.missingUnnamed());
    }
    if (session.sharded()
        && LocalAnswers.mayHandle(unnamed.kind, unnamed.setting, unnamed.effects)) {
      return localPortals.describe(unnamed.setting, unnamed.definition(), true);
    }
    int verdict = leaseForUnnamed(describedAnywhere(unnamed.workspaceFree, unnamed.comment));
    if (verdict != FORWARD) {
      return verdict;
    }
    if (!prepared.presentUnnamed()) {
      return session.refuse(StatementErrors.missingUnnamed());
    }
    relay.expect(Reply.DESCRIBE, 0, null);
    return FORWARD;
  }
}
