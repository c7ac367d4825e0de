package dev.trunkline.proxy.client;

import dev.trunkline.proxy.relay.Relay;
import dev.trunkline.proxy.server.Action;
import dev.trunkline.proxy.server.Reply;
import dev.trunkline.shard.SqlShape;
import io.netty.buffer.ByteBuf;

/** A COPY … FROM STDIN that waits for its first row, and what makes a server begin it. */
final class CopyStart {
  private final SqlShape shape;
  private final String expected;
  private final String comment;
  private final long effects;
  private final byte[] definition;
  private final byte[] messages;

  /**
   * @param shape of kind {@link SqlShape.Kind#COPY}
   * @param expected what its rows have to be of; null when the first one decides
   * @param comment workspace named in a comment, or null
   * @param effects {@code Effects} of the statement
   * @param definition of its Parse; null for a Query
   * @param messages the Query; or the Bind, of unnamed portal and statement, and the Execute
   */
  private CopyStart(
      SqlShape shape,
      String expected,
      String comment,
      long effects,
      byte[] definition,
      byte[] messages) {
    this.shape = shape;
    this.expected = expected;
    this.comment = comment;
    this.effects = effects;
    this.definition = definition;
    this.messages = messages;
  }

  /** The Query whose body is in buf[from, to). */
  static CopyStart query(
      SqlShape shape,
      String expected,
      String comment,
      long effects,
      ByteBuf buf,
      int from,
      int to) {
    byte[] query = new byte[5 + to - from];
    head(query, 0, 'Q', query.length);
    buf.getBytes(from, query, 5, to - from);
    return new CopyStart(shape, expected, comment, effects, null, query);
  }

  /** A Bind; what follows its names is in buf[from, to). */
  static CopyStart portal(
      SqlShape shape,
      String expected,
      String comment,
      long effects,
      byte[] definition,
      ByteBuf buf,
      int from,
      int to) {
    int bind = 5 + 2 + to - from;
    byte[] messages = new byte[bind + 10];
    head(messages, 0, 'B', bind);
    buf.getBytes(from, messages, 7, to - from);
    head(messages, bind, 'E', 10);
    return new CopyStart(shape, expected, comment, effects, definition, messages);
  }

  private static void head(byte[] message, int at, char tag, int length) {
    message[at] = (byte) tag;
    for (int i = 0; i < 4; i++) {
      message[at + 1 + i] = (byte) ((length - 1) >>> (24 - 8 * i));
    }
  }

  SqlShape shape() {
    return shape;
  }

  /** What its rows have to be of; null when the first one decides. */
  String expected() {
    return expected;
  }

  String comment() {
    return comment;
  }

  /** What is to be sent to a server, in front of the rows. */
  byte[] messages() {
    return messages;
  }

  /** Bytes that are kept. */
  int length() {
    return messages.length + (definition == null ? 0 : definition.length);
  }

  /** Whether it came as a Query. */
  boolean queried() {
    return definition == null;
  }

  /** Accounts for the messages, which are about to be sent; the client may have begun already. */
  void expect(ClientSession session) {
    if (queried()) {
      session.expectQuery(effects);
    } else {
      expectPortal(session);
    }
    session.relay.server().ledger().copyTold();
  }

  private void expectPortal(ClientSession session) {
    Relay relay = session.relay;
    session.clock.start();
    session.clock.countQuery();
    relay.counters().binds++;
    relay
        .prepares()
        .parseUnnamed(definition, definition.length, session.context.nextStatementToken());
    relay.server().ledger().expect(Reply.BIND, Action.PREPARE);
    relay.expect(Reply.EXECUTE, effects, null);
  }
}
