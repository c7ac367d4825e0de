package dev.trunkline.proxy.auth;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A listener that knows the login and nothing else: whoever passes it is sent away with an SQLSTATE
 * of its own.
 */
final class LoginListener implements AutoCloseable {
  /** What clients see that were let in. */
  static final String LET_IN = "57P03";

  private final ServerSocket listener;
  private final ExecutorService loop = Executors.newSingleThreadExecutor();

  LoginListener(Method type, Secret secret, LoginContext context) throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(() -> serve(type, secret, context));
  }

  int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    loop.close();
  }

  private void serve(Method type, Secret secret, LoginContext context) {
    try (Socket client = listener.accept();
        DataInputStream in = new DataInputStream(client.getInputStream())) {
      in.skipNBytes(in.readInt() - 4); // the startup packet
      ClientLogin login =
          new ClientLogin(
              Demand.of(type), ClientPeer.NO_TLS, "bob", secret, context, loop, new Reply(client));
      loop.execute(login::start);
      while (in.read() == 'p') {
        ByteBuf body = Unpooled.wrappedBuffer(in.readNBytes(in.readInt() - 4));
        loop.execute(() -> login.onPassword(body));
      }
    } catch (IOException closed) {
      throw new UncheckedIOException(closed);
    }
  }

  private record Reply(Socket client) implements ClientLogin.Sink {
    @Override
    public void send(ByteBuf message) {
      try {
        message.readBytes(client.getOutputStream(), message.readableBytes()).release();
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }

    @Override
    public void accepted(Credential credential) {
      rejected(ErrorFields.fatal(LET_IN, "let in as " + credential));
    }

    @Override
    public void rejected(ErrorFields error) {
      ByteBuf out = Unpooled.buffer();
      Backend.error(out, error);
      send(out);
    }
  }
}
