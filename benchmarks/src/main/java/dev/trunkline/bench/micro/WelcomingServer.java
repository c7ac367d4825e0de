package dev.trunkline.bench.micro;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Speaks as much of PostgreSQL's protocol as it takes to let everybody in, and then no more. */
final class WelcomingServer implements Closeable {
  private static final int AUTHENTICATION_OK = 0;

  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
  private final List<Socket> guests = new ArrayList<>();

  WelcomingServer() throws IOException {
    Thread.ofPlatform().daemon().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (!listener.isClosed()) {
        welcome(listener.accept());
      }
    } catch (IOException closed) {
      // By close(); or else the benchmark waits in vain, and says so.
    }
  }

  private void welcome(Socket guest) throws IOException {
    synchronized (guests) {
      guests.add(guest);
    }
    DataInputStream in = new DataInputStream(guest.getInputStream());
    in.skipNBytes(in.readInt() - Integer.BYTES);
    DataOutputStream out = new DataOutputStream(guest.getOutputStream());
    out.writeByte('R');
    out.writeInt(2 * Integer.BYTES);
    out.writeInt(AUTHENTICATION_OK);
    out.writeByte('K');
    out.writeInt(3 * Integer.BYTES);
    out.writeInt(1);
    out.writeInt(1);
    out.writeByte('Z');
    out.writeInt(Integer.BYTES + 1);
    out.writeByte('I');
  }

  @Override
  public void close() throws IOException {
    listener.close();
    synchronized (guests) {
      for (Socket guest : guests) {
        guest.close();
      }
    }
  }
}
