package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The server's end of a connection, as a {@link FakeServer.Script} sees it. */
public final class FakeServerConnection extends WireSocket {
  private static final byte[] SALT = {1, 2, 3, 4};
  private static final byte[] REFUSED = {'N'};

  private final int number;
  private StartupPacket.Startup startup;

  FakeServerConnection(Socket socket, int number) throws IOException {
    super(socket);
    this.number = number;
  }

  /** 1 for the first connection of the server; also its process number. */
  public int number() {
    return number;
  }

  /** The key for a CancelRequest. */
  public byte[] key() {
    return new byte[] {7, 7, 7, (byte) number};
  }

  /** What the client sent to log in; null before {@link #startup()}. */
  public StartupPacket.Startup startupPacket() {
    return startup;
  }

  /** Reads one untagged packet, whatever it is. */
  public StartupPacket receiveUntagged() {
    byte[] length = receiveBytes(StartupDecoder.LENGTH_BYTES);
    int whole = StartupDecoder.lengthOf(Unpooled.wrappedBuffer(length));
    byte[] packet = Arrays.copyOf(length, whole);
    byte[] rest = receiveBytes(whole - length.length);
    System.arraycopy(rest, 0, packet, length.length, rest.length);
    return StartupDecoder.decode(Unpooled.wrappedBuffer(packet));
  }

  /** Reads the startup packet; refuses encryption as often as the client asks for it. */
  public StartupPacket.Startup startup() {
    while (startup == null) {
      switch (receiveUntagged()) {
        case StartupPacket.Startup packet -> startup = packet;
        case StartupPacket.SslRequest(), StartupPacket.GssEncRequest() -> send(REFUSED);
        case StartupPacket.CancelRequest cancel ->
            throw new AssertionError("expected a startup packet, but was " + cancel);
      }
    }
    return startup;
  }

  /** Lets everybody in. */
  public StartupPacket.Startup login() {
    startup();
    welcome();
    return startup;
  }

  /** Asks for a password in clear text and fails if it is another. */
  public void loginCleartext(String password) {
    startup();
    send(Backend::authenticationCleartextPassword);
    expectPassword(password);
    welcome();
  }

  /** Asks for a password hashed with MD5 and fails if it is another. */
  public void loginMd5(String password) {
    startup();
    send(out -> Backend.authenticationMd5Password(out, SALT));
    expectPassword(Login.md5(startup.user(), password, SALT));
    welcome();
  }

  /** Asks for SCRAM-SHA-256 and fails if the client does not know the password. */
  public void loginScram(String password) {
    startup();
    send(out -> Backend.authenticationSasl(out, List.of(ScramClient.MECHANISM)));
    ScramServer scram = new ScramServer(password);
    byte[] challenge = scram.challenge(expect(Tags.Frontend.SASL_INITIAL_RESPONSE).buffer());
    send(out -> Backend.saslContinue(out, challenge));
    byte[] signature = scram.accept(expect(Tags.Frontend.SASL_RESPONSE).body());
    send(out -> Backend.saslFinal(out, signature));
    welcome();
  }

  private void expectPassword(String expected) {
    String sent = FrontendDecoder.password(expect(Tags.Frontend.PASSWORD_MESSAGE).buffer());
    if (!sent.equals(expected)) {
      throw new AssertionError("expected password " + expected + ", but was " + sent);
    }
  }

  /** All that follows a successful authentication, in one write. */
  public void welcome() {
    send(
        out -> {
          Backend.authenticationOk(out);
          Backend.parameterStatus(out, "server_version", "18.0");
          Backend.parameterStatus(out, "client_encoding", "UTF8");
          Backend.parameterStatus(out, "standard_conforming_strings", "on");
          Backend.backendKeyData(out, number, key());
          Backend.readyForQuery(out, Tags.Status.IDLE);
        });
  }

  /** Expects a simple query and returns its text. */
  public String expectQuery() {
    return FrontendDecoder.query(expect(Tags.Frontend.QUERY).buffer());
  }

  /** Sends what the encoder writes and ReadyForQuery (idle) behind it, in one write. */
  public void answer(Consumer<ByteBuf> encoder) {
    send(encoder.andThen(out -> Backend.readyForQuery(out, Tags.Status.IDLE)));
  }

  /** Says that the connection is idle. */
  public void ready() {
    answer(_ -> {});
  }

  /** Gives each message to the script until the client says goodbye or closes. */
  public void serve(Consumer<Message> script) {
    Message message = receiveOrNull();
    while (message != null && message.tag() != Tags.Frontend.TERMINATE) {
      script.accept(message);
      message = receiveOrNull();
    }
  }
}
