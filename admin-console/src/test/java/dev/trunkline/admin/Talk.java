package dev.trunkline.admin;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.BackendDecoder;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrameCursor;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A client of one console session: sends frames, takes the answer apart. */
final class Talk {
  final FakeOperator operator = new FakeOperator();
  final ConsoleSession session;

  Talk(Access access) {
    this(access, new FakeProxy());
  }

  Talk(Access access, Inspector inspector) {
    this.session = new ConsoleSession(access, inspector, operator, new FakeMover(), failure -> {});
  }

  /**
   * One answer.
   *
   * @param tags first bytes of its messages
   * @param open whether the session goes on
   */
  record Reply(
      String tags,
      List<Backend.Column> columns,
      List<List<byte[]>> raw,
      List<String> completed,
      List<ErrorFields> errors,
      List<ErrorFields> notices,
      String status,
      boolean open) {

    List<List<String>> rows() {
      return raw.stream().map(Reply::texts).toList();
    }

    private static List<String> texts(List<byte[]> row) {
      List<String> texts = new ArrayList<>();
      row.forEach(
          cell -> texts.add(cell == null ? null : new String(cell, StandardCharsets.UTF_8)));
      return texts;
    }

    List<String> names() {
      return columns.stream().map(Backend.Column::name).toList();
    }

    ErrorFields error() {
      if (errors.size() != 1) {
        throw new AssertionError("expected one error: " + errors);
      }
      return errors.getFirst();
    }
  }

  Reply query(String sql) {
    return send(out -> Frontend.query(out, sql));
  }

  /** Passes all messages that the writer writes to the session. */
  Reply send(Consumer<ByteBuf> writer) {
    ByteBuf in = Unpooled.buffer();
    writer.accept(in);
    ByteBuf out = Unpooled.buffer();
    boolean open = true;
    while (in.isReadable() && open) {
      byte tag = in.readByte();
      ByteBuf body = in.readSlice(in.readInt() - FrameCursor.LENGTH_BYTES);
      open = session.handle(tag, body, out);
    }
    return reply(out, open);
  }

  Reply raw(byte tag, byte[] body) {
    ByteBuf out = Unpooled.buffer();
    boolean open = session.handle(tag, Unpooled.wrappedBuffer(body), out);
    return reply(out, open);
  }

  static Reply reply(ByteBuf in, boolean open) {
    StringBuilder tags = new StringBuilder();
    Reply reply =
        new Reply(
            "",
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            "",
            open);
    StringBuilder status = new StringBuilder();
    while (in.isReadable()) {
      byte tag = in.readByte();
      tags.append((char) tag);
      ByteBuf body = in.readSlice(in.readInt() - FrameCursor.LENGTH_BYTES);
      switch (tag) {
        case Tags.Backend.ROW_DESCRIPTION ->
            reply.columns.addAll(BackendDecoder.rowDescription(body));
        case Tags.Backend.DATA_ROW -> reply.raw.add(BackendDecoder.dataRow(body));
        case Tags.Backend.COMMAND_COMPLETE ->
            reply.completed.add(BackendDecoder.commandComplete(body));
        case Tags.Backend.ERROR_RESPONSE -> reply.errors.add(ErrorFields.decode(body));
        case Tags.Backend.NOTICE_RESPONSE -> reply.notices.add(ErrorFields.decode(body));
        case Tags.Backend.READY_FOR_QUERY ->
            status.append((char) BackendDecoder.readyForQuery(body));
        default -> {}
      }
    }
    return new Reply(
        tags.toString(),
        reply.columns,
        reply.raw,
        reply.completed,
        reply.errors,
        reply.notices,
        status.toString(),
        open);
  }
}
