package dev.trunkline.proxy.client;

import dev.trunkline.proxy.relay.FrontendSink;
import dev.trunkline.proxy.route.RouteErrors;
import dev.trunkline.shard.Effects;
import dev.trunkline.shard.SettingCommand;
import dev.trunkline.shard.SqlScanner;
import dev.trunkline.shard.StatementKind;
import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The simple query protocol. A Query may hold several statements, the proxy's own among them: those
 * at its beginning are carried out here and blanked out, what remains goes to a server with its
 * error positions intact.
 */
final class SimpleMessages {
  private final ClientSession session;
  private final LocalAnswers local;
  private boolean current;
  private String comment;

  /** Statements of the message at hand that were carried out here, and are blanked out. */
  private int carriedOut;

  SimpleMessages(ClientSession session) {
    this.session = session;
    this.local = new LocalAnswers(session);
  }

  /** Whether the message at hand is a Query. */
  boolean current() {
    return current;
  }

  /** The error for anything that is not the end of a transaction which has failed, or null. */
  ErrorFields inFailedTransaction() {
    return local.inFailedTransaction(StatementKind.OTHER);
  }

  /** The message at hand is answered as a Query is. */
  void becomesCurrent() {
    current = true;
  }

  void notCurrent() {
    current = false;
  }

  int query(ByteBuf buf, int from, int to) {
    current = true;
    int end = to - 1;
    if (end < from || buf.getByte(end) != 0) {
      throw new ProtocolViolation("invalid string in message");
    }
    if (session.sessionMode()) {
      return forward(Effects.OPAQUE, null, true);
    }
    if (session.unreadable(buf, from, end)) {
      return session.intake.holdForReplies();
    }
    SqlScanner scanner = session.context.scan(buf, from, end, session.texts.standardStrings());
    session.settings.sends(scanner.effects());
    return session.sharded() ? sharded(scanner, buf, from, to) : plain(scanner);
  }

  private int plain(SqlScanner scanner) {
    long effects = scanner.effects();
    int verdict = forward(effects, null, true);
    if (verdict == FrontendSink.FORWARD) {
      noteSettings(scanner, 0);
    }
    return verdict;
  }

  private int forward(long effects, String workspace, boolean free) {
    int verdict = session.leases.lease(workspace, free);
    if (verdict == FrontendSink.FORWARD) {
      session.expectQuery(effects);
    }
    return verdict;
  }

  private int sharded(SqlScanner scanner, ByteBuf buf, int from, int to) {
    int first = carryOut(scanner, buf, from);
    if (first < 0) {
      return first;
    }
    if (first == scanner.count()) {
      return nothingLeft(scanner);
    }
    ErrorFields refusal = refusal(scanner, first);
    if (refusal != null) {
      return done(session.refuse(refusal));
    }
    if (comment == null) {
      comment = Comments.workspace(scanner);
    }
    boolean embedded = hasEmbedded(scanner, first);
    if (embedded && session.owedReplies()) {
      // What goes in front for them needs to know the state of the transaction.
      return session.intake.holdForReplies();
    }
    int verdict = session.sql.query(scanner, first, comment);
    if (verdict == FrontendSink.FORWARD && session.sql.copy() != null && scanner.count() == 1) {
      return done(
          session.copy.begin(
              CopyStart.query(
                  session.sql.copy(),
                  session.sql.copiesTo(),
                  comment,
                  scanner.effects(),
                  buf,
                  from,
                  to)));
    }
    if (verdict == FrontendSink.FORWARD) {
      verdict = session.leases.lease(comment, isFree(scanner, first));
    }
    if (verdict == FrontendSink.FORWARD) {
      session.notices.routed(comment);
      noteEnd(scanner, first);
      if (carriedOut > 0 && comment != null) {
        session.relay.keepNothing();
      }
      long effects = scanner.effects();
      if (embedded && session.relay.server().transactionStatus() != 'E') {
        // PostgreSQL carries them out as settings it does not know; they must not stay there.
        session.stream.cut();
        session.relay.begin(List.of(local.knownToServer()));
        effects |= Effects.OPAQUE;
      }
      session.dark.query(scanner, buf, from);
      session.expectQuery(effects);
      noteSettings(scanner, first);
      if (losesPath(scanner, first)) {
        session.events().pathLost();
      }
    }
    return done(verdict);
  }

  private boolean isFree(SqlScanner scanner, int first) {
    boolean free = true;
    for (int i = first; i < scanner.count(); i++) {
      free &=
          scanner.workspaceFree(i)
              ? !session.place.losesEffect(scanner.kind(i))
              : session.sql.findings().free();
    }
    return free;
  }

  private void noteEnd(SqlScanner scanner, int first) {
    for (int i = first; i < scanner.count(); i++) {
      if (SqlKeys.endsTransaction(scanner.kind(i))) {
        session.place.transactionEnds();
      }
    }
  }

  /** Carries out the proxy's statements at the beginning; the first other one, or a verdict. */
  private int carryOut(SqlScanner scanner, ByteBuf buf, int from) {
    int i = 0;
    while (i < scanner.count() && handles(scanner, i)) {
      if (session.owedReplies()) {
        return session.intake.holdForReplies();
      }
      ErrorFields error = local.inFailedTransaction(scanner.kind(i));
      if (error == null) {
        error = perform(scanner, i, buf, from);
      }
      if (error != null) {
        return done(session.refuse(error));
      }
      i++;
    }
    if (i > 0 && i < scanner.count()) {
      comment = Comments.workspace(scanner);
      carriedOut = i;
      blank(buf, from + scanner.start(0), from + scanner.start(i));
    }
    return i;
  }

  private boolean handles(SqlScanner scanner, int i) {
    return local.handles(scanner.kind(i), scanner.setting(i), scanner.effects(i));
  }

  private ErrorFields perform(SqlScanner scanner, int i, ByteBuf buf, int from) {
    SettingCommand command = scanner.setting(i);
    if (scanner.kind(i) != StatementKind.SETTING) {
      int start = from + scanner.start(i);
      int length = from + scanner.end(i) - start;
      String text = buf.toString(start, length, StandardCharsets.UTF_8);
      return local.transaction(scanner.kind(i), text.strip());
    }
    if (command.valueParameter() != 0 || command.localParameter() != 0) {
      return ErrorFields.error("42P02", "there is no parameter $1");
    }
    return local.setting(command, command.value(), command.local(), true);
  }

  private int nothingLeft(SqlScanner scanner) {
    if (scanner.count() == 0) {
      if (session.owedReplies()) {
        return session.intake.holdForReplies();
      }
      session.connection.write(Backend::emptyQueryResponse);
    }
    session.messages.answered();
    return done(FrontendSink.DONE);
  }

  /** Why the rest cannot go to a server of a sharded database, or null. */
  private ErrorFields refusal(SqlScanner scanner, int first) {
    ErrorFields aborted = local.inFailedTransaction(scanner.kind(first));
    if (aborted != null) {
      return aborted;
    }
    if (scanner.commentConflict()) {
      return RouteErrors.twoComments();
    }
    for (int i = first; i < scanner.count(); i++) {
      if ((scanner.effects(i) & Effects.HIDDEN_SETTING) != 0) {
        return RouteErrors.hiddenSetting();
      }
      if ((scanner.effects(i) & Effects.SEARCH_PATH) != 0 && !resetsAtTheEnd(scanner, i)) {
        return RouteErrors.searchPath();
      }
      ErrorFields error =
          scanner.kind(i) == StatementKind.SETTING ? local.embedded(scanner.setting(i)) : null;
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  /** RESET ALL outside a transaction, with nothing behind it that needs the search_path. */
  private boolean resetsAtTheEnd(SqlScanner scanner, int at) {
    boolean all =
        LocalAnswers.forgetsAll(scanner.kind(at), scanner.setting(at), scanner.effects(at));
    for (int i = at + 1; i < scanner.count(); i++) {
      all &= scanner.workspaceFree(i);
    }
    return all && !session.inTransaction();
  }

  private static boolean losesPath(SqlScanner scanner, int first) {
    for (int i = first; i < scanner.count(); i++) {
      if (LocalAnswers.forgetsAll(scanner.kind(i), scanner.setting(i), scanner.effects(i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean hasEmbedded(SqlScanner scanner, int first) {
    for (int i = first; i < scanner.count(); i++) {
      if (scanner.kind(i) == StatementKind.SETTING) {
        return true;
      }
    }
    return false;
  }

  /** SETs are followed when their answers come. */
  private void noteSettings(SqlScanner scanner, int first) {
    if (scanner.count() == 1 && first == 0) {
      SettingNotes.sentAlone(session, scanner.kind(0), scanner.setting(0), null);
      return;
    }
    for (int i = first; i < scanner.count(); i++) {
      SettingNotes.sent(session, scanner.kind(i), scanner.setting(i));
    }
  }

  /** The comment of a blocked message is needed again; otherwise it is over. */
  private int done(int verdict) {
    if (verdict != FrontendSink.BLOCK) {
      forgetMessage();
    }
    return verdict;
  }

  /** What has been read of a message that is held up. */
  void forgetMessage() {
    comment = null;
    carriedOut = 0;
  }

  /** An error of ours has been sent: the rest of an error's course. */
  void refused() {
    forgetMessage();
    session.unitEnds();
    boolean inServerTransaction =
        session.relay.leased()
            && (session.relay.server().transactionStatus() == 'T' || session.batch() == Batch.OPEN);
    session.batch(Batch.NONE);
    if (inServerTransaction) {
      session.relay.failTransaction(false);
    } else {
      session.delayed.fail();
      session.implicitTransactionEnds(true);
      session.ready();
    }
  }

  private static void blank(ByteBuf buf, int from, int to) {
    for (int i = from; i < to; i++) {
      buf.setByte(i, ' ');
    }
  }
}
