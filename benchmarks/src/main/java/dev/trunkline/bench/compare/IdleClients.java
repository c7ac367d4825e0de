package dev.trunkline.bench.compare;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients that log in, by trust, and then say nothing until they are closed. */
final class IdleClients implements Closeable {
  private static final int PROTOCOL = 3 << 16;

  /** As many as one source address has ports for, with room to spare. */
  private static final int PER_ADDRESS = 10_000;

  private final List<Socket> sockets = new ArrayList<>();

  private IdleClients() {}

  static IdleClients connect(int count, int port) throws IOException {
    IdleClients clients = new IdleClients();
    try {
      for (int i = 0; i < count; i++) {
        clients.add(port, i / PER_ADDRESS + 1);
      }
      return clients;
    } catch (IOException failure) {
      clients.close();
      throw failure;
    }
  }

  private void add(int port, int source) throws IOException {
    Socket socket = new Socket();
    sockets.add(socket);
    socket.bind(new InetSocketAddress("127.0.0." + source, 0));
    socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    socket.getOutputStream().write(startup());
    // Unbuffered, so that nothing but the socket is kept for each of thousands.
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte tag;
    do {
      tag = in.readByte();
      byte[] body = in.readNBytes(in.readInt() - Integer.BYTES);
      if (tag == 'E') {
        throw new IOException(
            "an idle client is refused: " + new String(body, StandardCharsets.UTF_8));
      }
    } while (tag != 'Z');
  }

  private static byte[] startup() {
    byte[] parameters =
        "user\0%s\0database\0%s\0\0"
            .formatted(Bench.USER, Bench.DATABASE)
            .getBytes(StandardCharsets.UTF_8);
    int length = 2 * Integer.BYTES + parameters.length;
    return ByteBuffer.allocate(length).putInt(length).putInt(PROTOCOL).put(parameters).array();
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
