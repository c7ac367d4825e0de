package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trunkline.wire.Backend;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerLoginTest {
  private static final byte[] MD5_SALT = {1, 2, 3, 4};
  private static final Bytes SALT = Bytes.ofBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
  private static final int ITERATIONS = 4096;
  private static final ScramKeys KEYS =
      ScramKeys.derive(new Derivation("secret", SALT, ITERATIONS));
  private static final Credential PLAIN = new Credential.Plain("secret");
  private static final Credential MD5 = new Credential.Md5(Digests.md5Secret("secret", "bob"));
  private static final Credential SCRAM =
      new Credential.Scram(ITERATIONS, SALT, KEYS.clientKey(), KEYS.serverKey());
  private static final Credential NONE = new Credential.None();

  private final LoginContext context = new LoginContext(LoginContext.Limits.DEFAULT);

  @AfterEach
  void closeContext() {
    context.close();
  }

  private ServerPeer peer(Credential credential) {
    return new ServerPeer(credential, context);
  }

  @Test
  void aServerThatTrustsIsEntered() {
    peer(NONE).sayOk().assertAuthenticated();
  }

  @Test
  void clearTextGetsThePassword() {
    ServerPeer peer = peer(PLAIN).say(Backend::authenticationCleartextPassword);

    assertThat(peer.password()).isEqualTo("secret");
    peer.sayOk().assertAuthenticated();
  }

  @Test
  void md5IsAnsweredFromThePasswordAndFromItsHash() {
    String answer = Digests.md5Answer(Digests.md5Secret("secret", "bob"), MD5_SALT);
    for (Credential credential : List.of(PLAIN, MD5)) {
      ServerPeer peer = peer(credential);
      peer.say(out -> Backend.authenticationMd5Password(out, MD5_SALT));

      assertThat(peer.password()).isEqualTo(answer);
      peer.sayOk().assertAuthenticated();
    }
  }

  @Test
  void scramIsProvedFromThePasswordAndFromTheClientsKeys() {
    for (Credential credential : List.of(PLAIN, SCRAM)) {
      ServerPeer peer = peer(credential);
      ScramAcceptor acceptor = peer.challenge(SALT, ITERATIONS);

      assertThat(peer.proves(acceptor, KEYS)).isTrue();
      peer.say(out -> Backend.saslFinal(out, acceptor.serverFinal(KEYS.serverKey())));
      peer.sayOk().assertAuthenticated();
    }
  }

  @Test
  void theSecondLoginDerivesNothing() {
    ServerPeer cold = peer(PLAIN);
    cold.proves(cold.challenge(SALT, ITERATIONS), KEYS);

    ServerPeer warm = peer(PLAIN);
    warm.challenge(SALT, ITERATIONS);

    assertThat(warm.hasReceived()).isTrue();
  }

  @Test
  void aServerThatDoesNotKnowTheSecretIsRefused() {
    ServerPeer peer = peer(SCRAM);
    ScramAcceptor acceptor = peer.challenge(SALT, ITERATIONS);
    peer.proves(acceptor, KEYS);

    peer.say(out -> Backend.saslFinal(out, acceptor.serverFinal(KEYS.clientKey())));

    assertThat(peer.error().message())
        .isEqualTo("server login failed: the server could not be verified");
  }

  @Test
  void okBeforeTheServersProofIsRefused() {
    ServerPeer first = peer(SCRAM);
    first.challenge(SALT, ITERATIONS);
    first.sayOk();
    ServerPeer second = peer(PLAIN);
    second.challenge(Bytes.of(new byte[16]), ITERATIONS);
    second.sayOk();

    for (ServerPeer peer : List.of(first, second)) {
      assertThat(peer.error().detail())
          .isEqualTo(
              "The server ended the SCRAM exchange before it had proved to know the secret.");
    }
  }

  @ParameterizedTest
  @CsvSource({"4096, AAAAAAAA", "4097, W22ZaJ0SNY7soEsUEjb6gQ=="})
  void keysOfAnotherSecretAreNotTried(int iterations, String salt) {
    ServerPeer peer = peer(SCRAM);

    peer.challenge(Bytes.ofBase64(salt), iterations);

    ErrorFields error = peer.error();
    assertThat(error.sqlstate()).isEqualTo("28000");
    assertThat(error.message()).isEqualTo("server login failed: wrong password type");
    assertThat(error.detail())
        .isEqualTo("The server's SCRAM secret of user \"bob\" is not the proxy's.");
  }

  @Test
  void whatTheCredentialCannotAnswerNamesTheMethod() {
    assertWrongType(
        peer(MD5).say(Backend::authenticationCleartextPassword),
        "The server asks user \"bob\" for a clear text password, but the proxy has only its MD5"
            + " secret.");
    assertWrongType(
        peer(SCRAM).say(out -> Backend.authenticationMd5Password(out, MD5_SALT)),
        "The server asks user \"bob\" for an MD5 password, but the proxy has only SCRAM keys.");
    for (Credential credential : List.of(MD5, NONE)) {
      ServerPeer peer = peer(credential);
      peer.say(out -> Backend.authenticationSasl(out, List.of("SCRAM-SHA-256")));
      assertThat(peer.error().detail()).contains("for SCRAM-SHA-256, but");
    }
  }

  private static void assertWrongType(ServerPeer peer, String detail) {
    ErrorFields error = peer.error();
    assertThat(error.sqlstate()).isEqualTo("28000");
    assertThat(error.message()).isEqualTo("server login failed: wrong password type");
    assertThat(error.detail()).isEqualTo(detail);
    assertThat(error.hint()).isEqualTo("Give the proxy the user's plain password.");
  }

  @ParameterizedTest
  @CsvSource({"2, Kerberos V5", "7, GSSAPI", "9, SSPI", "99, authentication method 99"})
  void unsupportedMethodsAreNamed(int code, String name) {
    ServerPeer peer = peer(PLAIN).sayBody(Unpooled.buffer().writeInt(code));

    assertThat(peer.error().message())
        .isEqualTo("server login failed: unsupported authentication method");
    assertThat(peer.error().detail()).isEqualTo("The server asks for " + name + ".");
  }

  @Test
  void anotherSaslMechanismIsUnsupported() {
    ServerPeer peer = peer(PLAIN);

    peer.say(out -> Backend.authenticationSasl(out, List.of("OAUTHBEARER")));

    assertThat(peer.error().detail()).isEqualTo("The server asks for SASL OAUTHBEARER.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "r=",
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=%,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=%x,s=,i=4096",
        "r=%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
        "r=%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
        "r=%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999",
        "r=%x,i=4096,s=W22ZaJ0SNY7soEsUEjb6gQ==",
      })
  void aMalformedChallengeFails(String template) {
    ServerPeer peer = peer(PLAIN);
    peer.say(out -> Backend.authenticationSasl(out, List.of("SCRAM-SHA-256")));
    String sent = peer.received().toString(StandardCharsets.US_ASCII);
    String nonce = sent.substring(sent.indexOf("r=") + 2);

    peer.say(out -> Backend.saslContinue(out, Scrams.bytes(template.replace("%", nonce))));

    assertThat(peer.error().sqlstate()).isEqualTo("08P01");
    assertThat(peer.error().message()).isEqualTo("server login failed: malformed SCRAM message");
    assertThat(peer.error().detail()).isNotBlank();
  }

  @Test
  void messagesOutOfTurnFail() {
    assertOutOfTurn(peer(PLAIN).say(out -> Backend.saslContinue(out, new byte[0])));
    assertOutOfTurn(peer(PLAIN).say(out -> Backend.saslFinal(out, new byte[0])));
    assertOutOfTurn(
        peer(PLAIN)
            .say(Backend::authenticationCleartextPassword)
            .say(Backend::authenticationCleartextPassword));
  }

  private static void assertOutOfTurn(ServerPeer peer) {
    assertThat(peer.error().sqlstate()).isEqualTo("08P01");
    assertThat(peer.error().message())
        .isEqualTo("server login failed: authentication message out of turn");
  }

  @Test
  void aConnectionThatIsGoneHearsNothingMore() {
    ServerPeer peer = peer(PLAIN);
    peer.challenge(SALT, ITERATIONS);

    peer.login.cancel();
    peer.loop.turn();

    assertThat(peer.hasReceived()).isFalse();
    assertThat(peer.verdicts()).isZero();
  }
}
