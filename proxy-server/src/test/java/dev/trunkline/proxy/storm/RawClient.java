package dev.trunkline.proxy.storm;

import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A small fast client: messages are gathered and sent in one write, answers read through a buffer.
 * Reading waits 30 seconds at most. For trust authentication only. One thread at a time.
 */
final class RawClient implements AutoCloseable {
  private static final int READ_MILLIS = 30_000;

  private final int port;
  private final Socket socket;
  private final DataInputStream in;
  private final ByteBuf out = Unpooled.buffer(512);
  private int pid;
  private byte[] secret;

  private RawClient(int port) throws IOException {
    this.port = port;
    this.socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(READ_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), READ_MILLIS);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 2048));
  }

  /**
   * Logs in.
   *
   * @param options value of the startup parameter of that name, or null
   * @throws IOException also when the login is refused
   */
  static RawClient connect(int port, String database, String options) throws IOException {
    RawClient client = new RawClient(port);
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", "app");
    parameters.put("database", database);
    if (options != null) {
      parameters.put("options", options);
    }
    Frontend.startup(client.out, 0, parameters);
    client.flush();
    Reply reply = client.read(1);
    if (reply.fatal() || reply.error() != null) {
      client.close();
      throw new IOException("login refused: " + reply.error() + " " + reply.message());
    }
    return client;
  }

  // ---- gathering ----

  RawClient query(String sql) {
    Frontend.query(out, sql);
    return this;
  }

  RawClient parse(String name, String sql) {
    Frontend.parse(out, name, sql);
    return this;
  }

  RawClient bind(String statement, String... values) {
    List<byte[]> bytes = new java.util.ArrayList<>(values.length);
    for (String value : values) {
      bytes.add(value.getBytes(StandardCharsets.UTF_8));
    }
    Frontend.bind(out, "", statement, bytes);
    return this;
  }

  RawClient execute() {
    Frontend.execute(out, "", 0);
    return this;
  }

  RawClient sync() {
    Frontend.sync(out);
    return this;
  }

  /** Anything else. */
  RawClient put(Consumer<ByteBuf> encoder) {
    encoder.accept(out);
    return this;
  }

  // ---- sending and receiving ----

  void flush() throws IOException {
    flush(out.readableBytes());
  }

  /** Sends only the first bytes of what was gathered, and forgets the rest. */
  void flush(int bytes) throws IOException {
    out.readBytes(socket.getOutputStream(), Math.min(bytes, out.readableBytes()));
    out.clear();
  }

  int gathered() {
    return out.readableBytes();
  }

  Reply simple(String sql) throws IOException {
    query(sql).flush();
    return read(1);
  }

  /** Everything up to the next ReadyForQuery, that many times; ends early with a fatal error. */
  Reply read(int readies) throws IOException {
    Reply reply = new Reply();
    while (reply.readies() < readies && !reply.fatal()) {
      one(reply);
    }
    return reply;
  }

  private void one(Reply reply) throws IOException {
    byte tag = in.readByte();
    int length = in.readInt() - Integer.BYTES;
    if (length < 0 || length > 1 << 20) {
      throw new IOException("message '" + (char) tag + "' of " + length + " bytes");
    }
    byte[] body = in.readNBytes(length);
    ByteBuf buf = Unpooled.wrappedBuffer(body);
    switch (tag) {
      case 'Z' -> reply.ready(body[0]);
      case 'E' -> reply.failed(ErrorFields.decode(buf));
      case 'D' -> reply.row(row(buf));
      case 'C' -> reply.complete(new String(body, 0, length - 1, StandardCharsets.UTF_8));
      case 'K' -> key(buf);
      case '1', '2', '3', 'n', 'T', 't', 'I', 'S', 'N', 's', 'R' -> {}
      default -> throw new IOException("unexpected message '" + (char) tag + "'");
    }
  }

  private static String row(ByteBuf buf) {
    StringBuilder row = new StringBuilder();
    int columns = buf.readShort();
    for (int i = 0; i < columns; i++) {
      int length = buf.readInt();
      row.append(i == 0 ? "" : "|");
      row.append(length < 0 ? "" : buf.readCharSequence(length, StandardCharsets.UTF_8));
    }
    return row.toString();
  }

  private void key(ByteBuf buf) {
    pid = buf.readInt();
    secret = new byte[buf.readableBytes()];
    buf.readBytes(secret);
  }

  // ---- cancels ----

  int pid() {
    return pid;
  }

  byte[] secret() {
    return secret.clone();
  }

  /** Sends a CancelRequest on a connection of its own and waits for its end. */
  static void cancel(int port, int pid, byte[] secret) throws IOException {
    try (RawClient sender = new RawClient(port)) {
      Frontend.cancelRequest(sender.out, pid, secret);
      sender.flush();
      if (sender.in.read() >= 0) {
        throw new IOException("an answer to a cancel request");
      }
    }
  }

  void cancel() throws IOException {
    cancel(port, pid, secret);
  }

  /** Closes without a word. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
