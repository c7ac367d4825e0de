package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A client that logs in by trust, and may ask something. It has no buffers, so that nothing but the
 * socket is kept for each of thousands, and needs no driver to be loaded first.
 */
final class WireClient implements Closeable {
  private static final int PROTOCOL = 3 << 16;
  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket;

  private WireClient(Socket socket) {
    this.socket = socket;
  }

  static WireClient connect(int port) throws IOException {
    return connect(1, port);
  }

  /**
   * Logs in.
   *
   * @param source last byte of the address in 127.0.0.0/24 to come from: each has ports of its own
   */
  static WireClient connect(int source, int port) throws IOException {
    WireClient client = new WireClient(new Socket());
    try {
      client.login(source, port);
      return client;
    } catch (IOException failure) {
      client.close();
      throw failure;
    }
  }

  private void login(int source, int port) throws IOException {
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.bind(new InetSocketAddress("127.0.0." + source, 0));
    socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    socket.getOutputStream().write(startup());
    awaitReady();
  }

  private static byte[] startup() {
    byte[] parameters = bytes("user\0%s\0database\0%s\0\0".formatted(Bench.USER, Bench.DATABASE));
    int length = 2 * Integer.BYTES + parameters.length;
    return ByteBuffer.allocate(length).putInt(length).putInt(PROTOCOL).put(parameters).array();
  }

  /** Sends a query and waits for the end of the answer. */
  void query(String sql) throws IOException {
    byte[] text = bytes(sql + "\0");
    int length = Integer.BYTES + text.length;
    ByteBuffer message = ByteBuffer.allocate(1 + length).put((byte) 'Q').putInt(length).put(text);
    socket.getOutputStream().write(message.array());
    awaitReady();
  }

  private void awaitReady() throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte tag;
    do {
      tag = in.readByte();
      byte[] body = in.readNBytes(in.readInt() - Integer.BYTES);
      if (tag == 'E') {
        throw new IOException("refused: " + new String(body, StandardCharsets.UTF_8));
      }
    } while (tag != 'Z');
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
