package dev.trunkline.proxy.client;

import static dev.trunkline.proxy.relay.FrontendSink.BLOCK;
import static dev.trunkline.proxy.relay.FrontendSink.DONE;
import static dev.trunkline.proxy.relay.FrontendSink.FORWARD;

import dev.trunkline.proxy.client.ClientSession.Batch;
import dev.trunkline.proxy.config.Keys;
import dev.trunkline.proxy.relay.ClientStatement;
import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.proxy.server.ServerConnection;
import dev.trunkline.proxy.server.SessionSettings;
import dev.trunkline.proxy.server.Statement;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.MessageReader;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The extended query protocol. Named statements are the proxy's: a server knows them by the proxy's
 * own names, and is given those it lacks in front of the message that needs them. In session mode,
 * and with {@code max_prepared_statements = 0}, names pass as they are.
 */
final class ExtendedMessages {
  /** Note of a ledger entry for a Parse of the unnamed statement. */
  static final Object UNNAMED = new Object();

  private final ClientSession session;
  private final Relay relay;
  private final LocalAnswers local;
  private final UnnamedStatement unnamed = new UnnamedStatement();
  private final LocalPortals localPortals;
  private final ParseMessages parses;
  private long portalEffects;
  private StatementKind portalKind = StatementKind.OTHER;
  private SettingCommand portalSetting;
  private String portalValue;

  ExtendedMessages(ClientSession session) {
    this.session = session;
    this.relay = session.relay;
    this.local = new LocalAnswers(session);
    this.localPortals = new LocalPortals(session, local);
    this.parses = new ParseMessages(session, this, local, unnamed);
  }

  int message(byte tag, ByteBuf buf, int from, int to, int length) {
    int verdict =
        switch (tag) {
          case 'P' -> passThrough() ? pass(Reply.PARSE) : parses.message(buf, from, to);
          case 'B' -> passThrough() ? pass(Reply.BIND) : bind(buf, from, to, length);
          case 'D' -> passThrough() ? pass(Reply.DESCRIBE) : describe(buf, from, to);
          case 'C' -> passThrough() ? pass(Reply.CLOSE) : close(buf, from, to);
          default -> passThrough() ? pass(Reply.EXECUTE) : execute(buf, from, to);
        };
    if (verdict != BLOCK) {
      session.batch(session.batch().next());
    }
    return verdict;
  }

  private boolean passThrough() {
    // What a session has prepared under another mode has names of ours on the servers.
    boolean own = session.sessionMode() && session.statements.size() == 0;
    return own || (!session.sharded() && maxPrepared() == 0);
  }

  private int maxPrepared() {
    return session.services.config().settings().get(Keys.MAX_PREPARED_STATEMENTS);
  }

  private int pass(Reply reply) {
    int verdict = session.leases.lease(null, true);
    if (verdict == FORWARD) {
      session.clock.start();
      if (reply == Reply.PARSE) {
        // Whatever is known of the unnamed statement is not what the server holds from now on.
        unnamed.forget();
        relay.server().unnamedStatement(0);
      }
      relay.expect(reply, reply == Reply.EXECUTE ? Effects.OPAQUE : 0, null);
    }
    return verdict;
  }

  void prepare(Statement statement, Action action, Object note) {
    session.stream.cut();
    relay.parse(statement, action, note);
    relay.evict(
        Math.max(maxPrepared(), 1),
        session.services.config().settings().get(Keys.PREPARED_STATEMENT_BYTES));
  }

  // ---- Bind ----

  private int bind(ByteBuf buf, int from, int to, int length) {
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
      return session.refuse(StatementErrors.missing(text(buf, portalEnd + 1, nameEnd)));
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
    if (undecided(statement)) {
      return session.holdForReplies();
    }
    session.notices.routed(statement.comment());
    bound(from == portalEnd, statement.kind(), statement.effects(), statement.setting());
    portalValue = settingValue(statement.setting(), buf, from, to, length);
    Statement onServer = onServer(statement);
    if (!relay.server().prepared().use(onServer)) {
      prepare(onServer, Action.PREPARE, onServer);
    }
    session.stream.cut();
    renamedBind(buf, from, portalEnd, nameEnd, length, onServer.name());
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
    if (relay.server().unnamedStatement() != unnamed.token()) {
      if (!unnamed.kept()) {
        return session.refuse(StatementErrors.missingUnnamed());
      }
      session.stream.cut();
      relay.parseUnnamed(unnamed.definition(), unnamed.length(), unnamed.token());
    }
    session.notices.routed(unnamed.comment);
    bound(from == portalEnd, unnamed.kind, unnamed.effects, unnamed.setting);
    portalValue = settingValue(unnamed.setting, buf, from, to, length);
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
        : session.leases.lease(comment, free && !session.leases.losesEffect(kind));
  }

  /** RESET ALL and DISCARD ALL take the proxy's search_path away too. */
  private boolean losesPath(StatementKind kind, SettingCommand command, long effects) {
    return session.sharded() && LocalAnswers.forgetsAll(kind, command, effects);
  }

  private void bound(
      boolean unnamedPortal, StatementKind kind, long effects, SettingCommand setting) {
    localPortals.clear();
    if (SqlKeys.endsTransaction(kind)) {
      session.leases.transactionEnds();
    }
    session.settings.sends(effects);
    if (losesPath(kind, setting, effects)) {
      session.events().pathLost();
    }
    if (unnamedPortal) {
      portalKind = kind;
      portalEffects = effects;
      portalSetting = setting;
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

  // ---- the proxy's own statements ----

  private boolean carriedOutHere(StatementKind kind, SettingCommand command, long effects) {
    return session.sharded() && local.handles(kind, command, effects);
  }

  /**
   * Only replies that are owed tell what to answer: its Parse is in another batch and may still
   * fail, or a SET changes how its text is read, or DISCARD ALL takes it away.
   */
  boolean undecided(ClientStatement statement) {
    return relay.leased()
        && (session.settingsUncertain()
            || relay.server().ledger().forgetsStatements()
            || relay.undecided(onServer(statement)));
  }

  /**
   * The statement as servers know it, in the schema at hand, read as the client's Parse was. Where
   * the settings have changed since, a server that lacks it can read it only with those of now.
   */
  Statement onServer(ClientStatement statement) {
    String schema = session.leases.leaseSchema();
    SessionSettings now = session.settings.ofTexts();
    Statement parsed = statement.in(schema, statement.parsedWith());
    return now == statement.parsedWith() || relay.server().prepared().has(parsed)
        ? parsed
        : statement.in(schema, now);
  }

  // ---- Describe, Execute, Close ----

  private int describe(ByteBuf buf, int from, int to) {
    byte kind = kind(buf, from, to);
    int nameEnd = nameEnd(buf, from + 1, to);
    if (kind == 'P') {
      LocalPortal portal = localPortals.find(buf, from + 1, nameEnd);
      return portal != null
          ? localPortals.describe(portal.command(), null, false)
          : forwardPortal(Reply.DESCRIBE);
    }
    if (nameEnd == from + 1) {
      return describeUnnamed();
    }
    ClientStatement statement = session.statements.get(buf, from + 1, nameEnd);
    if (statement == null) {
      return session.refuse(StatementErrors.missing(text(buf, from + 1, nameEnd)));
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
    if (undecided(statement)) {
      return session.holdForReplies();
    }
    Statement onServer = onServer(statement);
    if (!relay.server().prepared().use(onServer)) {
      prepare(onServer, Action.PREPARE, onServer);
    }
    session.stream.cut();
    byte[] name = onServer.name();
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
    if (relay.server().unnamedStatement() != unnamed.token()) {
      if (!unnamed.kept()) {
        return session.refuse(StatementErrors.missingUnnamed());
      }
      session.stream.cut();
      relay.parseUnnamed(unnamed.definition(), unnamed.length(), unnamed.token());
    }
    relay.expect(Reply.DESCRIBE, 0, null);
    return FORWARD;
  }

  private int execute(ByteBuf buf, int from, int to) {
    int nameEnd = nameEnd(buf, from, to);
    LocalPortal portal = localPortals.find(buf, from, nameEnd);
    if (portal != null) {
      return localPortals.execute(portal);
    }
    if (!relay.leased()) {
      return session.refuse(StatementErrors.missingPortal(text(buf, from, nameEnd)));
    }
    session.clock.start();
    session.clock.countQuery();
    boolean unnamedPortal = nameEnd == from;
    relay.expect(Reply.EXECUTE, unnamedPortal ? portalEffects : 0, null);
    if (unnamedPortal) {
      SettingNotes.sentAlone(session, portalKind, portalSetting, portalValue);
    }
    return FORWARD;
  }

  private int close(ByteBuf buf, int from, int to) {
    byte kind = kind(buf, from, to);
    int nameEnd = nameEnd(buf, from + 1, to);
    if (kind == 'P') {
      boolean ours = localPortals.remove(text(buf, from + 1, nameEnd));
      return ours || !relay.leased() ? closeLocally(null) : forwardPortal(Reply.CLOSE);
    }
    if (nameEnd == from + 1) {
      unnamed.forget();
      relay.keepNothing();
      return closeLocally(null);
    }
    ClientStatement statement = session.statements.get(buf, from + 1, nameEnd);
    if (statement != null) {
      session.statements.remove(statement);
    }
    return closeLocally(statement);
  }

  private int closeLocally(ClientStatement statement) {
    if (relay.leased()) {
      relay.local(Reply.LOCAL_CLOSE, statement);
    } else {
      session.connection.write(Backend::closeComplete);
    }
    return DONE;
  }

  private int forwardPortal(Reply reply) {
    if (!relay.leased()) {
      return session.refuse(StatementErrors.missingPortal(""));
    }
    relay.expect(reply, 0, null);
    return FORWARD;
  }

  // ---- Sync and errors ----

  int sync() {
    Batch before = session.batch();
    session.unitEnds();
    if (!session.owedReplies() && !session.inTransaction()) {
      localPortals.clear();
    }
    if (relay.leased()) {
      session.batch(Batch.NONE);
      relay.expectSync();
      return FORWARD;
    }
    session.batch(Batch.NONE);
    unnamed.trim();
    if (before != Batch.NONE) {
      session.implicitTransactionEnds(before == Batch.SKIPPING);
    }
    session.ready();
    return DONE;
  }

  /** An error of ours has been sent: the rest of an error's course. */
  void refused() {
    session.batch(Batch.SKIPPING);
    session.delayed.fail();
    if (relay.leased() && !relay.server().ledger().skipping()) {
      session.stream.cut();
      relay.failTransaction(true);
    }
  }

  /** The server skipped a message, or failed it: what was put down for it is undone. */
  void skipped(Reply reply, Object note) {
    ServerConnection server = relay.server();
    if (note == UNNAMED) {
      if (!server.ledger().repeats(UNNAMED)) {
        // Otherwise a newer one is on its way, and that is what is known.
        unnamed.forget();
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

  /** DISCARD ALL has taken the unnamed statement too. */
  void forgetUnnamed() {
    unnamed.forget();
  }

  // ---- reading messages ----

  private static byte kind(ByteBuf buf, int from, int to) {
    if (to - from < 2) {
      throw new ProtocolViolation("invalid message format");
    }
    byte kind = buf.getByte(from);
    if (kind != 'S' && kind != 'P') {
      throw new ProtocolViolation("invalid DESCRIBE or CLOSE message subtype " + kind);
    }
    return kind;
  }

  private static int nameEnd(ByteBuf buf, int from, int to) {
    int end = MessageReader.cstringEnd(buf, from, to);
    if (end < 0) {
      throw new ProtocolViolation("invalid string in message");
    }
    return end;
  }

  static String text(ByteBuf buf, int from, int to) {
    return buf.toString(from, to - from, StandardCharsets.UTF_8);
  }

  static byte[] bytes(ByteBuf buf, int from, int to) {
    byte[] copy = new byte[to - from];
    buf.getBytes(from, copy);
    return copy;
  }
}
