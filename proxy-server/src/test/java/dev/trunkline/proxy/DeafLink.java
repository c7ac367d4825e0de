package dev.trunkline.proxy;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A way to a PostgreSQL server on which notifications are lost. */
final class DeafLink implements Closeable {
  private final int to;
  private final ServerSocket listener;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  DeafLink(int to) throws IOException {
    this.to = to;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket near = listener.accept();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), to);
        near.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        sockets.addAll(List.of(near, far));
        pump(near, far, InputStream::transferTo);
        pump(far, near, DeafLink::withoutNotifications);
      }
    } catch (IOException closed) {
      // By close().
    }
  }

  private interface Transfer {
    void run(InputStream in, OutputStream out) throws IOException;
  }

  private static void pump(Socket from, Socket into, Transfer transfer) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (from;
                  into) {
                transfer.run(from.getInputStream(), into.getOutputStream());
              } catch (IOException closed) {
                // Either end has gone, and so goes the other.
              }
            });
  }

  private static void withoutNotifications(InputStream in, OutputStream out) throws IOException {
    DataInputStream messages = new DataInputStream(in);
    int tag = messages.read();
    if (tag == 'N') {
      // The refusal of TLS, in front of the first message.
      out.write(tag);
      tag = messages.read();
    }
    for (; tag >= 0; tag = messages.read()) {
      int length = messages.readInt();
      byte[] message = new byte[1 + length];
      message[0] = (byte) tag;
      for (int i = 0; i < 4; i++) {
        message[1 + i] = (byte) (length >> (24 - 8 * i));
      }
      messages.readFully(message, 5, length - 4);
      if (tag != 'A') {
        out.write(message);
      }
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
