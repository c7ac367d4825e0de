package dev.trunkline.proxy.auth;

import dev.trunkline.wire.Authentication;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.Frontend;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The proxy's login at one PostgreSQL server, from the first Authentication message to
 * AuthenticationOk; the server's own ErrorResponse is the caller's to read. A state machine that
 * one event loop owns: every method is called there, and so is the sink.
 *
 * <p>Answers clear text, MD5 and SCRAM-SHA-256. SCRAM keys are derived once per password and salt,
 * so a storm of new connections costs one PBKDF2; keys recovered from a client's own SCRAM login
 * work where the server stores the same secret. Over TLS the exchange is bound to the server's
 * certificate where the server offers it. A server that does not prove that it knows the secret is
 * refused. Errors are SQLSTATE 28000, or 08P01 for messages that break the protocol.
 */
public final class ServerLogin {
  /** Who the login reports to, always on the loop. Exactly one verdict ends it. */
  public interface Sink {
    /** A message for the server, which the sink releases. */
    void send(ByteBuf message);

    /** The server has sent AuthenticationOk, at the right moment. */
    void authenticated();

    /** Given up: close the connection. */
    void failed(ErrorFields error);
  }

  /** What the server is expected to send. */
  private sealed interface Step {
    /** Whatever it likes to ask for. */
    record Start() implements Step {}

    record SaslContinue(ScramInitiator initiator) implements Step {}

    /** Nothing: a worker derives the keys. */
    record Working() implements Step {}

    record SaslFinal(ScramInitiator initiator, Bytes serverKey) implements Step {}

    /** AuthenticationOk, or an error. */
    record Answered() implements Step {}

    record Done() implements Step {}
  }

  private final String user;
  private final Credential credential;
  private final ChannelBinding binding;
  private final LoginContext context;
  private final Executor loop;
  private final Sink sink;
  private Step step = new Step.Start();

  /**
   * @param user as in the startup packet
   * @param bindingOrNull with the server's certificate; null without TLS
   * @param loop runs what it is given on the event loop that owns this login
   */
  public ServerLogin(
      String user,
      Credential credential,
      ChannelBinding bindingOrNull,
      LoginContext context,
      Executor loop,
      Sink sink) {
    this.user = user;
    this.credential = credential;
    this.binding = bindingOrNull;
    this.context = context;
    this.loop = loop;
    this.sink = sink;
  }

  /**
   * Takes what the server asks for.
   *
   * @param body of a message with tag {@code R}; stays the caller's
   */
  public void onAuthentication(ByteBuf body) {
    assert LoginContext.onLoop(loop);
    try {
      switch (Authentication.decode(body)) {
        case Authentication.Ok _ -> onOk();
        case Authentication.CleartextPassword _ -> onClearText();
        case Authentication.Md5Password md5 -> onMd5(md5.salt());
        case Authentication.Sasl sasl -> onSasl(sasl.mechanisms());
        case Authentication.SaslContinue message -> onSaslContinue(message.data());
        case Authentication.SaslFinal message -> onSaslFinal(message.data());
        case Authentication.Unsupported method -> fail(unsupported(method.code()));
      }
    } catch (ProtocolViolation malformed) {
      fail(malformed(malformed));
    }
  }

  /** The connection is gone: nothing is reported any more. */
  public void cancel() {
    assert LoginContext.onLoop(loop);
    step = new Step.Done();
  }

  private void onOk() {
    switch (step) {
      case Step.Start _, Step.Answered _ -> {
        step = new Step.Done();
        sink.authenticated();
      }
      case Step.SaslContinue _, Step.Working _, Step.SaslFinal _ ->
          fail(
              LoginErrors.serverNotVerified(
                  "The server ended the SCRAM exchange before it had proved to know the secret."));
      case Step.Done _ -> {}
    }
  }

  private void onClearText() {
    requireStart();
    if (credential instanceof Credential.Plain plain) {
      sendPassword(plain.password());
    } else {
      fail(wrongType("a clear text password"));
    }
  }

  private void onMd5(byte[] salt) {
    requireStart();
    switch (credential) {
      case Credential.Plain plain ->
          sendPassword(Digests.md5Answer(Digests.md5Secret(plain.password(), user), salt));
      case Credential.Md5 md5 -> sendPassword(Digests.md5Answer(md5.hash(), salt));
      case Credential.Scram _, Credential.None _ -> fail(wrongType("an MD5 password"));
    }
  }

  private void sendPassword(String password) {
    step = new Step.Answered();
    ByteBuf out = Unpooled.buffer();
    Frontend.password(out, password);
    sink.send(out);
  }

  // ---- SCRAM ----

  private void onSasl(List<String> mechanisms) {
    requireStart();
    boolean plus = binding != null && mechanisms.contains(ScramAcceptor.MECHANISM_PLUS);
    String mechanism = plus ? ScramAcceptor.MECHANISM_PLUS : ScramAcceptor.MECHANISM;
    if (!mechanisms.contains(mechanism)) {
      fail(LoginErrors.unsupportedMethod("SASL " + String.join(", ", mechanisms)));
    } else if (credential instanceof Credential.Plain || credential instanceof Credential.Scram) {
      ScramInitiator initiator = new ScramInitiator(context.nonce(), bound(plus), binding);
      step = new Step.SaslContinue(initiator);
      ByteBuf out = Unpooled.buffer();
      Frontend.saslInitialResponse(out, mechanism, initiator.clientFirst());
      sink.send(out);
    } else {
      fail(wrongType("SCRAM-SHA-256"));
    }
  }

  private ScramInitiator.Bound bound(boolean plus) {
    if (plus) {
      return ScramInitiator.Bound.YES;
    }
    return binding == null ? ScramInitiator.Bound.NO : ScramInitiator.Bound.NOT_OFFERED;
  }

  private void onSaslContinue(byte[] data) {
    if (!(step instanceof Step.SaslContinue(ScramInitiator initiator))) {
      throw outOfTurn();
    }
    initiator.challenge(data);
    switch (credential) {
      case Credential.Plain plain -> proveWithPassword(initiator, plain.password());
      case Credential.Scram scram -> proveWithKeys(initiator, scram);
      case Credential.Md5 _, Credential.None _ -> throw outOfTurn();
    }
  }

  private void proveWithPassword(ScramInitiator initiator, String password) {
    Derivation from = new Derivation(password, initiator.salt(), initiator.iterations());
    ScramKeys known = context.recall(from);
    if (known != null) {
      prove(initiator, known.clientKey(), known.serverKey());
      return;
    }
    step = new Step.Working();
    context.derive(from, loop, (keys, problem) -> onDerived(initiator, from, keys, problem));
  }

  private void onDerived(
      ScramInitiator initiator, Derivation from, ScramKeys keys, Throwable problem) {
    if (step instanceof Step.Done) {
      return;
    }
    if (keys == null) {
      fail(LoginErrors.notDerived(problem));
      return;
    }
    context.remember(from, keys); // not proved yet, but configured: the others of a storm wait
    prove(initiator, keys.clientKey(), keys.serverKey());
  }

  private void proveWithKeys(ScramInitiator initiator, Credential.Scram scram) {
    if (scram.iterations() == initiator.iterations() && scram.salt().equals(initiator.salt())) {
      prove(initiator, scram.clientKey(), scram.serverKey());
      return;
    }
    fail(
        LoginErrors.wrongPasswordType(
            "The server's SCRAM secret of user \"" + user + "\" is not the proxy's.",
            "Copy the secret from the server's pg_authid to the proxy, or give the proxy the plain"
                + " password."));
  }

  private void prove(ScramInitiator initiator, Bytes clientKey, Bytes serverKey) {
    step = new Step.SaslFinal(initiator, serverKey);
    ByteBuf out = Unpooled.buffer();
    Frontend.saslResponse(out, initiator.clientFinal(clientKey));
    sink.send(out);
  }

  private void onSaslFinal(byte[] data) {
    if (!(step instanceof Step.SaslFinal(ScramInitiator initiator, Bytes serverKey))) {
      throw outOfTurn();
    }
    if (initiator.verify(data, serverKey)) {
      step = new Step.Answered();
    } else {
      fail(LoginErrors.serverNotVerified("The signature in its last SCRAM message is wrong."));
    }
  }

  // ---- failures ----

  private void requireStart() {
    if (!(step instanceof Step.Start)) {
      throw outOfTurn();
    }
  }

  private static ProtocolViolation outOfTurn() {
    return new ProtocolViolation("authentication message out of turn");
  }

  private ErrorFields wrongType(String method) {
    return LoginErrors.wrongPasswordType(
        "The server asks user \"" + user + "\" for " + method + ", but the proxy " + possession(),
        "Give the proxy the user's plain password.");
  }

  private String possession() {
    return switch (credential) {
      case Credential.None _ -> "has no password for it.";
      case Credential.Plain _ -> "has its plain password.";
      case Credential.Md5 _ -> "has only its MD5 secret.";
      case Credential.Scram _ -> "has only SCRAM keys.";
    };
  }

  private static ErrorFields unsupported(int code) {
    return LoginErrors.unsupportedMethod(
        switch (code) {
          case 2 -> "Kerberos V5";
          case 6 -> "SCM credentials";
          case 7, 8 -> "GSSAPI";
          case 9 -> "SSPI";
          default -> "authentication method " + code;
        });
  }

  private static ErrorFields malformed(ProtocolViolation violation) {
    String detail = violation.fields().detail();
    return LoginErrors.serverMessage(violation.getMessage(), detail);
  }

  private void fail(ErrorFields error) {
    if (!(step instanceof Step.Done)) {
      step = new Step.Done();
      sink.failed(error);
    }
  }
}
