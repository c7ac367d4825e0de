package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Authentication;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;

/** A client that a test drives by hand against a {@link ClientLogin}. */
final class ClientPeer implements ClientLogin.Sink {
  static final ClientFacts NO_TLS = new ClientFacts(InetAddress.getLoopbackAddress(), null, null);

  final Loop loop = new Loop();
  final ClientLogin login;
  private final Deque<Authentication> received = new ArrayDeque<>();
  private Credential accepted;
  private ErrorFields rejected;
  private int verdicts;

  ClientPeer(Method type, String user, Secret secret, LoginContext context) {
    login = new ClientLogin(Demand.of(type), NO_TLS, user, secret, context, loop, this);
    login.start();
  }

  @Override
  public void send(ByteBuf message) {
    message.skipBytes(5);
    received.add(Authentication.decode(message));
    message.release();
  }

  @Override
  public void accepted(Credential credential) {
    verdicts++;
    accepted = credential;
  }

  @Override
  public void rejected(ErrorFields error) {
    verdicts++;
    rejected = error;
  }

  <T extends Authentication> T received(Class<T> type) {
    assertThat(received).as("messages to the client").isNotEmpty();
    return type.cast(received.remove());
  }

  boolean decided() {
    return verdicts > 0;
  }

  int verdicts() {
    return verdicts;
  }

  void answer(String password) {
    ByteBuf out = Unpooled.buffer();
    Frontend.password(out, password);
    deliver(out);
  }

  void answerMd5(String user, String password) {
    byte[] salt = received(Authentication.Md5Password.class).salt();
    answer(Digests.md5Answer(Digests.md5Secret(password, user), salt));
  }

  void saslInitial(String mechanism, byte[] data) {
    ByteBuf out = Unpooled.buffer();
    Frontend.saslInitialResponse(out, mechanism, data);
    deliver(out);
  }

  void saslResponse(byte[] data) {
    ByteBuf out = Unpooled.buffer();
    Frontend.saslResponse(out, data);
    deliver(out);
  }

  private void deliver(ByteBuf message) {
    deliverBody(message.skipBytes(5));
  }

  /** Delivers the body of a password message and releases it, as a session does. */
  void deliverBody(ByteBuf body) {
    try {
      login.onPassword(body);
    } finally {
      body.release();
    }
  }

  /** Turns the loop until there is a verdict. */
  ClientPeer awaitVerdict() {
    while (!decided()) {
      loop.turn();
    }
    return this;
  }

  Credential credential() {
    awaitVerdict();
    assertThat(rejected).as(login.logDetail()).isNull();
    assertThat(verdicts).isOne();
    return accepted;
  }

  ErrorFields error() {
    awaitVerdict();
    assertThat(accepted).isNull();
    assertThat(verdicts).isOne();
    return rejected;
  }
}
