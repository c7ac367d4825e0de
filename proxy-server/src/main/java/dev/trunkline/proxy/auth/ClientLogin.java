package dev.trunkline.proxy.auth;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import dev.trunkline.wire.FrontendDecoder;
import dev.trunkline.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The login of one client, from the first Authentication message to the verdict. A state machine
 * that one event loop owns: every method is called there, and so is the sink.
 *
 * <p>Users that do not exist, and users whose secret cannot serve the method, are asked like all
 * others and fail with the same words and, where a derivation is in play, after the same time:
 * every failure costs one derivation, whoever the user is. Under {@code md5} an unknown user is
 * sent an MD5 challenge, as by PgBouncer, although users with SCRAM secrets are asked for SCRAM.
 *
 * <p>Errors have PgBouncer's texts. Wrong passwords are SQLSTATE 28P01 and other refusals 28000, as
 * in PostgreSQL (PgBouncer: 08P01 always); 08P01 is left for messages that break the protocol,
 * 53300 for too many logins at once.
 */
public final class ClientLogin {
  /** Who the login reports to, always on the loop. Exactly one verdict ends it. */
  public interface Sink {
    /** A message for the client, which the sink releases. */
    void send(ByteBuf message);

    /** Let in. AuthenticationOk is not sent yet: it opens the welcome message. */
    void accepted(Credential credential);

    /** Refused: send this and close. {@link ClientLogin#logDetail} has more for the log. */
    void rejected(ErrorFields error);
  }

  /** What the client is expected to send. */
  private sealed interface Step {
    record Start() implements Step {}

    record ClearText() implements Step {}

    record Md5(Bytes salt) implements Step {}

    record SaslInitial(ScramAcceptor acceptor) implements Step {}

    record SaslFinal(ScramAcceptor acceptor) implements Step {}

    /** Nothing: a worker has it. */
    record Working() implements Step {}

    record Done() implements Step {}
  }

  private final Demand demand;
  private final ClientFacts facts;
  private final String user;
  private final Secret secret;
  private final LoginContext context;
  private final Executor loop;
  private final Sink sink;
  private Step step = new Step.Start();
  private String logDetail;

  /**
   * @param secretOrNull null for a user that does not exist
   * @param loop runs what it is given on the event loop that owns this login
   */
  public ClientLogin(
      Demand demand,
      ClientFacts facts,
      String user,
      Secret secretOrNull,
      LoginContext context,
      Executor loop,
      Sink sink) {
    this.demand = demand;
    this.facts = facts;
    this.user = user;
    this.secret = secretOrNull;
    this.context = context;
    this.loop = loop;
    this.sink = sink;
  }

  /** Sends the first Authentication message, or decides at once. */
  public void start() {
    assert LoginContext.onLoop(loop);
    switch (demand.method()) {
      case ANY -> accept(new Credential.None());
      case TRUST -> trust();
      case REJECT -> reject(LoginErrors.rejected(), "a rule of auth_hba_file");
      case PLAIN, LDAP -> askClearText();
      case MD5 -> askMd5();
      case SCRAM_SHA_256 -> askSasl();
      case CERT -> certificate();
      case PEER -> peer();
    }
  }

  /**
   * Takes the client's answer.
   *
   * @param body of a message with tag {@code p}, at most 65 535 bytes; stays the caller's
   */
  public void onPassword(ByteBuf body) {
    assert LoginContext.onLoop(loop);
    try {
      switch (step) {
        case Step.ClearText _ -> onClearText(password(body));
        case Step.Md5 md5 -> onMd5Answer(password(body), md5.salt().content());
        case Step.SaslInitial sasl -> onSaslInitial(body, sasl.acceptor());
        case Step.SaslFinal sasl -> onSaslFinal(body, sasl.acceptor());
        case Step.Start _, Step.Working _ ->
            reject(LoginErrors.unexpectedPassword(), "password message out of turn");
        case Step.Done _ -> {} // the verdict is on its way, what still comes in is void
      }
    } catch (ProtocolViolation malformed) {
      reject(malformed.fields(), malformed.getMessage());
    }
  }

  /** The client has left: nothing is reported any more. */
  public void cancel() {
    assert LoginContext.onLoop(loop);
    step = new Step.Done();
  }

  /** Why it was refused, for the log and never for the client; null before that. */
  public String logDetail() {
    return logDetail;
  }

  private void trust() {
    if (secret == null) {
      reject(LoginErrors.trustFailed(), "no such user");
    } else {
      accept(Credential.of(secret));
    }
  }

  private void certificate() {
    Set<String> names = facts.tls() == null ? Set.of() : facts.tls().names();
    if (secret == null || names.stream().noneMatch(name -> demand.names().allows(name, user))) {
      reject(LoginErrors.certificateFailed(), secret == null ? "no such user" : "names " + names);
    } else {
      accept(Credential.of(secret));
    }
  }

  private void peer() {
    String name = facts.systemUser();
    if (secret == null || name == null || !demand.names().allows(name, user)) {
      reject(LoginErrors.peerFailed(), secret == null ? "no such user" : "peer is " + name);
    } else {
      accept(Credential.of(secret));
    }
  }

  // ---- clear text ----

  private void askClearText() {
    step = new Step.ClearText();
    ByteBuf out = Unpooled.buffer();
    Backend.authenticationCleartextPassword(out);
    sink.send(out);
  }

  /** An empty password never matches, and never reaches a secret. */
  private static String password(ByteBuf body) {
    String password = FrontendDecoder.password(body);
    if (password.isEmpty()) {
      throw new ProtocolViolation(
          LoginErrors.emptyPassword().sqlstate(), LoginErrors.emptyPassword().message(), null);
    }
    return password;
  }

  private void onClearText(String password) {
    if (demand.method() == Method.LDAP) {
      askLdap(password);
      return;
    }
    switch (secret) {
      case Secret.Plain plain -> settle(password, Digests.same(plain.password(), password));
      case Secret.Md5 md5 ->
          settle(password, Digests.same(md5.hash(), Digests.md5Secret(password, user)));
      case Secret.Scram scram -> onClearTextForScram(password, scram);
      case Secret.None _ -> refuseSlowly(LoginErrors.passwordFailed(), "user has no password");
      case null -> refuseSlowly(LoginErrors.passwordFailed(), "no such user");
    }
  }

  private void askLdap(String password) {
    step = new Step.Working();
    LdapPassword ldap = new LdapPassword(demand.ldap());
    context.ask(
        () -> ldap.refusal(user, password),
        loop,
        (refusal, problem) -> onLdap(password, refusal, problem));
  }

  private void onLdap(String password, Optional<String> refusal, Throwable problem) {
    if (problem != null) {
      reject(LoginErrors.notDerived(problem), String.valueOf(problem));
    } else if (refusal.isPresent()) {
      reject(LoginErrors.ldapFailed(), refusal.get());
    } else {
      accept(new Credential.Plain(password));
    }
  }

  private void settle(String password, boolean right) {
    if (right) {
      accept(new Credential.Plain(password));
    } else {
      refuseSlowly(LoginErrors.passwordFailed(), "wrong password");
    }
  }

  private void onClearTextForScram(String password, Secret.Scram scram) {
    Derivation from = new Derivation(password, scram.salt(), scram.iterations());
    ScramKeys known = context.recall(from);
    if (known != null) {
      settle(password, known.storedKey().equals(scram.storedKey()));
      return;
    }
    step = new Step.Working();
    context.derive(from, loop, (keys, problem) -> settleDerived(from, keys, problem, scram));
  }

  private void settleDerived(
      Derivation from, ScramKeys keys, Throwable problem, Secret.Scram scram) {
    if (keys == null) {
      reject(LoginErrors.notDerived(problem), String.valueOf(problem));
    } else if (keys.storedKey().equals(scram.storedKey())) {
      context.remember(from, keys);
      accept(new Credential.Plain(from.password()));
    } else {
      reject(LoginErrors.passwordFailed(), "wrong password");
    }
  }

  // ---- MD5 ----

  private void askMd5() {
    if (secret instanceof Secret.Scram) {
      askSasl();
      return;
    }
    byte[] salt = context.randomBytes(4);
    step = new Step.Md5(Bytes.of(salt));
    ByteBuf out = Unpooled.buffer();
    Backend.authenticationMd5Password(out, salt);
    sink.send(out);
  }

  private void onMd5Answer(String answer, byte[] salt) {
    String hash =
        switch (secret) {
          case Secret.Plain plain -> Digests.md5Secret(plain.password(), user);
          case Secret.Md5 md5 -> md5.hash();
          case Secret.Scram _, Secret.None _ -> null;
          case null -> null;
        };
    // Unknown users take the same road; what they are compared with, nobody can know.
    String compared = hash != null ? hash : Digests.md5Secret(context.nonce(), user);
    boolean right = Digests.same(Digests.md5Answer(compared, salt), answer);
    if (right && hash != null) {
      accept(Credential.of(secret));
    } else {
      reject(LoginErrors.passwordFailed(), hash == null ? mockReason() : "wrong password");
    }
  }

  // ---- SCRAM ----

  private void askSasl() {
    ScramAcceptor acceptor =
        secret instanceof Secret.Scram scram
            ? acceptor(scram.iterations(), scram.salt())
            : acceptor(context.iterations(), context.saltOf(user));
    step = new Step.SaslInitial(acceptor);
    ByteBuf out = Unpooled.buffer();
    Backend.authenticationSasl(out, acceptor.mechanisms());
    sink.send(out);
  }

  private ScramAcceptor acceptor(int iterations, Bytes salt) {
    return new ScramAcceptor(iterations, salt, context.nonce(), facts.binding());
  }

  private void onSaslInitial(ByteBuf body, ScramAcceptor acceptor) {
    FrontendDecoder.SaslInitialResponse response = FrontendDecoder.saslInitialResponse(body);
    if (!acceptor.mechanisms().contains(response.mechanism())) {
      reject(LoginErrors.invalidMechanism(), "SASL mechanism not offered");
    } else if (response.data() == null) {
      throw ScramAttributes.malformed("The initial response is empty.");
    } else {
      byte[] challenge = acceptor.start(response.mechanism(), response.data());
      step = new Step.SaslFinal(acceptor);
      ByteBuf out = Unpooled.buffer();
      Backend.saslContinue(out, challenge);
      sink.send(out);
    }
  }

  private void onSaslFinal(ByteBuf body, ScramAcceptor acceptor) {
    byte[] message = new byte[body.readableBytes()];
    body.readBytes(message);
    acceptor.finish(message);
    switch (secret) {
      case Secret.Scram scram -> checkScramSecret(acceptor, scram);
      case Secret.Plain plain -> checkPlainSecret(acceptor, plain);
      case Secret.Md5 _, Secret.None _ -> refuseSlowly(LoginErrors.saslFailed(), mockReason());
      case null -> refuseSlowly(LoginErrors.saslFailed(), mockReason());
    }
  }

  private void checkScramSecret(ScramAcceptor acceptor, Secret.Scram scram) {
    Bytes clientKey = acceptor.recoverClientKey(scram.storedKey());
    if (clientKey == null) {
      refuseSlowly(LoginErrors.saslFailed(), "wrong password");
      return;
    }
    sendServerFinal(acceptor, scram.serverKey());
    accept(new Credential.Scram(scram.iterations(), scram.salt(), clientKey, scram.serverKey()));
  }

  private void checkPlainSecret(ScramAcceptor acceptor, Secret.Plain plain) {
    Derivation from = new Derivation(plain.password(), context.saltOf(user), context.iterations());
    ScramKeys known = context.recall(from);
    if (known == null) {
      step = new Step.Working();
      context.derive(from, loop, (keys, problem) -> onDerived(acceptor, from, keys, problem));
    } else if (!acceptIfProved(acceptor, from, known)) {
      refuseSlowly(LoginErrors.saslFailed(), "wrong password");
    }
  }

  private void onDerived(
      ScramAcceptor acceptor, Derivation from, ScramKeys keys, Throwable problem) {
    if (step instanceof Step.Done) {
      return;
    }
    if (keys == null) {
      reject(LoginErrors.notDerived(problem), String.valueOf(problem));
    } else if (!acceptIfProved(acceptor, from, keys)) {
      reject(LoginErrors.saslFailed(), "wrong password");
    }
  }

  private boolean acceptIfProved(ScramAcceptor acceptor, Derivation from, ScramKeys keys) {
    if (acceptor.recoverClientKey(keys.storedKey()) == null) {
      return false;
    }
    context.remember(from, keys);
    sendServerFinal(acceptor, keys.serverKey());
    accept(new Credential.Plain(from.password()));
    return true;
  }

  private void sendServerFinal(ScramAcceptor acceptor, Bytes serverKey) {
    ByteBuf out = Unpooled.buffer();
    Backend.saslFinal(out, acceptor.serverFinal(serverKey));
    sink.send(out);
  }

  // ---- verdicts ----

  private String mockReason() {
    return switch (secret) {
      case null -> "no such user";
      case Secret.None _ -> "user has no password";
      case Secret.Md5 _ -> "the user's secret is an MD5 one, which SCRAM-SHA-256 cannot check";
      case Secret.Plain _, Secret.Scram _ -> "wrong password";
    };
  }

  /** Refuses after the time that a derivation takes. */
  private void refuseSlowly(ErrorFields error, String reason) {
    step = new Step.Working();
    context.spend(
        loop, problem -> reject(problem == null ? error : LoginErrors.notDerived(problem), reason));
  }

  private void accept(Credential credential) {
    if (!(step instanceof Step.Done)) {
      step = new Step.Done();
      sink.accepted(credential);
    }
  }

  private void reject(ErrorFields error, String reason) {
    if (!(step instanceof Step.Done)) {
      step = new Step.Done();
      logDetail = reason;
      sink.rejected(error);
    }
  }
}
