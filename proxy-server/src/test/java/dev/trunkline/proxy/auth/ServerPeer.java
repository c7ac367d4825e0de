package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrontendDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/** A PostgreSQL server that a test plays by hand against a {@link ServerLogin}. */
final class ServerPeer implements ServerLogin.Sink {
  final Loop loop = new Loop();
  final ServerLogin login;
  private final Deque<byte[]> received = new ArrayDeque<>();
  private boolean authenticated;
  private ErrorFields failed;
  private int verdicts;

  ServerPeer(Credential credential, LoginContext context) {
    login = new ServerLogin("bob", credential, null, context, loop, this);
  }

  @Override
  public void send(ByteBuf message) {
    byte[] body = new byte[message.skipBytes(5).readableBytes()];
    message.readBytes(body).release();
    received.add(body);
  }

  @Override
  public void authenticated() {
    verdicts++;
    authenticated = true;
  }

  @Override
  public void failed(ErrorFields error) {
    verdicts++;
    failed = error;
  }

  int verdicts() {
    return verdicts;
  }

  boolean hasReceived() {
    return !received.isEmpty();
  }

  ByteBuf received() {
    assertThat(received).as("messages to the server").isNotEmpty();
    return Unpooled.wrappedBuffer(received.remove());
  }

  String password() {
    return FrontendDecoder.password(received());
  }

  ServerPeer say(Consumer<ByteBuf> message) {
    ByteBuf out = Unpooled.buffer();
    message.accept(out);
    return sayBody(out.skipBytes(5));
  }

  ServerPeer sayBody(ByteBuf body) {
    try {
      login.onAuthentication(body);
    } finally {
      body.release();
    }
    return this;
  }

  ServerPeer sayOk() {
    return say(Backend::authenticationOk);
  }

  /** Asks for SCRAM and plays it up to server-first. */
  ScramAcceptor challenge(Bytes salt, int iterations) {
    say(out -> Backend.authenticationSasl(out, List.of("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")));
    FrontendDecoder.SaslInitialResponse initial = FrontendDecoder.saslInitialResponse(received());
    assertThat(initial.mechanism()).isEqualTo("SCRAM-SHA-256");
    ScramAcceptor acceptor = new ScramAcceptor(iterations, salt, "server-nonce", null);
    byte[] serverFirst = acceptor.start(initial.mechanism(), initial.data());
    say(out -> Backend.saslContinue(out, serverFirst));
    return acceptor;
  }

  /** Reads client-final; true when its proof fits. */
  boolean proves(ScramAcceptor acceptor, ScramKeys keys) {
    if (!hasReceived()) {
      loop.turn();
    }
    byte[] clientFinal = new byte[received.element().length];
    received().readBytes(clientFinal);
    acceptor.finish(clientFinal);
    return acceptor.recoverClientKey(keys.storedKey()) != null;
  }

  void assertAuthenticated() {
    assertThat(failed).isNull();
    assertThat(authenticated).isTrue();
    assertThat(verdicts).isOne();
  }

  ErrorFields error() {
    if (verdicts == 0) {
      loop.turn();
    }
    assertThat(authenticated).isFalse();
    assertThat(verdicts).isOne();
    return failed;
  }
}
