package dev.trunkline.proxy.auth;

import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.Tags;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Logs in to PostgreSQL over a blocking socket, with a {@link ServerLogin} on a thread of its own.
 */
final class PostgresDriver implements ServerLogin.Sink {
  private final CompletableFuture<ErrorFields> verdict = new CompletableFuture<>();
  private final OutputStream out;

  private PostgresDriver(OutputStream out) {
    this.out = out;
  }

  /** Returns null when the server let the user in, else the server's error or the login's own. */
  static ErrorFields login(int port, String user, Credential credential, LoginContext context)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        ExecutorService loop = Executors.newSingleThreadExecutor()) {
      PostgresDriver driver = new PostgresDriver(socket.getOutputStream());
      ServerLogin login = new ServerLogin(user, credential, null, context, loop, driver);
      Thread.ofVirtual().start(() -> driver.read(socket, login, loop));
      driver.send(startup(user));
      return driver.verdict.join();
    }
  }

  private static ByteBuf startup(String user) {
    ByteBuf startup = Unpooled.buffer();
    Frontend.startup(startup, 0, Map.of("user", user, "database", "postgres"));
    return startup;
  }

  private void read(Socket socket, ServerLogin login, ExecutorService loop) {
    try (DataInputStream in = new DataInputStream(socket.getInputStream())) {
      while (!verdict.isDone()) {
        byte tag = in.readByte();
        ByteBuf body = Unpooled.wrappedBuffer(in.readNBytes(in.readInt() - 4));
        if (tag == Tags.Backend.ERROR_RESPONSE) {
          verdict.complete(ErrorFields.decode(body));
        } else if (tag == Tags.Backend.AUTHENTICATION) {
          loop.execute(() -> login.onAuthentication(body));
        }
      }
    } catch (IOException closed) {
      verdict.completeExceptionally(closed);
    }
  }

  @Override
  public void send(ByteBuf message) {
    try {
      message.readBytes(out, message.readableBytes()).release();
      out.flush();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  @Override
  public void authenticated() {
    verdict.complete(null);
  }

  @Override
  public void failed(ErrorFields error) {
    verdict.complete(error);
  }
}
