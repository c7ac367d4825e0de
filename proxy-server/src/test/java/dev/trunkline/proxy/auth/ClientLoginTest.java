package dev.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.ongres.scram.client.ScramClient;
import dev.trunkline.wire.Authentication;
import dev.trunkline.wire.ErrorFields;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientLoginTest {
  private static final String PASSWORD = "secret";
  private static final Secret PLAIN = new Secret.Plain(PASSWORD);
  private static final Secret MD5 = new Secret.Md5(Digests.md5Secret(PASSWORD, "bob"));
  private static final Secret SCRAM = Scrams.secret(PASSWORD);

  private final LoginContext context = new LoginContext(LoginContext.Limits.DEFAULT);

  @AfterEach
  void closeContext() {
    context.close();
  }

  private ClientPeer peer(Method type, Secret secret) {
    return new ClientPeer(type, "bob", secret, context);
  }

  private static void assertError(ClientPeer peer, String sqlstate, String message) {
    ErrorFields error = peer.error();
    assertThat(error.severity()).isEqualTo("FATAL");
    assertThat(error.sqlstate()).isEqualTo(sqlstate);
    assertThat(error.message()).isEqualTo(message);
  }

  // ---- trust ----

  @Test
  void trustLetsConfiguredUsersInWithoutAQuestion() {
    assertThat(peer(Method.TRUST, PLAIN).credential()).isEqualTo(new Credential.Plain(PASSWORD));
    assertThat(peer(Method.TRUST, new Secret.None()).credential()).isEqualTo(new Credential.None());
  }

  @Test
  void trustRefusesUnknownUsers() {
    assertError(peer(Method.TRUST, null), "28000", "\"trust\" authentication failed");
  }

  // ---- plain ----

  @Test
  void plainTakesTheRightPasswordWhateverTheSecretIs() {
    for (Secret secret : new Secret[] {PLAIN, MD5, SCRAM, SCRAM}) {
      ClientPeer peer = peer(Method.PLAIN, secret);
      peer.received(Authentication.CleartextPassword.class);

      peer.answer(PASSWORD);

      assertThat(peer.credential()).isEqualTo(new Credential.Plain(PASSWORD));
    }
  }

  @Test
  void plainFailsAlikeForWrongPasswordsAndUsersWithoutOne() {
    for (Secret secret : new Secret[] {PLAIN, MD5, SCRAM, new Secret.None(), null}) {
      ClientPeer peer = peer(Method.PLAIN, secret);
      peer.received(Authentication.CleartextPassword.class);

      peer.answer("wrong");

      assertThat(peer.decided()).as("decided before a derivation").isFalse();
      assertError(peer, "28P01", "password authentication failed");
    }
  }

  @Test
  void anEmptyPasswordNeverReachesASecret() {
    ClientPeer peer = peer(Method.PLAIN, new Secret.None());

    peer.answer("");

    assertError(peer, "28P01", "empty password returned by client");
  }

  // ---- md5 ----

  @Test
  void md5ChecksPlainAndMd5Secrets() {
    ClientPeer plain = peer(Method.MD5, PLAIN);
    plain.answerMd5("bob", PASSWORD);
    ClientPeer md5 = peer(Method.MD5, MD5);
    md5.answerMd5("bob", PASSWORD);

    assertThat(plain.credential()).isEqualTo(new Credential.Plain(PASSWORD));
    assertThat(md5.credential()).isEqualTo(new Credential.Md5(((Secret.Md5) MD5).hash()));
  }

  @Test
  void md5FailsAlikeForWrongPasswordsAndUsersWithoutOne() {
    for (Secret secret : new Secret[] {PLAIN, MD5, new Secret.None(), null}) {
      ClientPeer peer = peer(Method.MD5, secret);

      peer.answerMd5("bob", "wrong");

      assertError(peer, "28P01", "password authentication failed");
    }
  }

  @Test
  void md5ChallengesDiffer() {
    byte[] first = peer(Method.MD5, PLAIN).received(Authentication.Md5Password.class).salt();
    byte[] second = peer(Method.MD5, PLAIN).received(Authentication.Md5Password.class).salt();

    assertThat(first).isNotEqualTo(second);
  }

  @Test
  void md5BecomesScramForAScramSecret() {
    ClientPeer peer = peer(Method.MD5, SCRAM);

    Scrams.verify(peer, Scrams.prove(peer, "bob", PASSWORD));

    assertThat(peer.credential()).isInstanceOf(Credential.Scram.class);
  }

  // ---- SCRAM ----

  @Test
  void scramOffersNoChannelBinding() {
    assertThat(peer(Method.SCRAM_SHA_256, SCRAM).received(Authentication.Sasl.class).mechanisms())
        .containsExactly("SCRAM-SHA-256");
  }

  @Test
  void scramRecoversTheKeysThatOpenTheServer() {
    ClientPeer peer = peer(Method.SCRAM_SHA_256, SCRAM);

    ScramClient client = Scrams.prove(peer, "bob", PASSWORD);
    Scrams.verify(peer, client);

    Secret.Scram secret = (Secret.Scram) SCRAM;
    ScramKeys keys = ScramKeys.derive(new Derivation(PASSWORD, secret.salt(), secret.iterations()));
    assertThat(peer.credential())
        .isEqualTo(
            new Credential.Scram(
                secret.iterations(), secret.salt(), keys.clientKey(), keys.serverKey()));
  }

  @Test
  void scramWithAPlainSecretDerivesOnceAndThenRemembers() {
    ClientPeer cold = peer(Method.SCRAM_SHA_256, PLAIN);
    ScramClient client = Scrams.prove(cold, "bob", PASSWORD);
    assertThat(cold.decided()).isFalse();
    assertThat(cold.credential()).isEqualTo(new Credential.Plain(PASSWORD));
    Scrams.verify(cold, client);

    ClientPeer warm = peer(Method.SCRAM_SHA_256, PLAIN);
    Scrams.verify(warm, Scrams.prove(warm, "bob", PASSWORD));
    assertThat(warm.decided()).isTrue();
    assertThat(warm.credential()).isEqualTo(new Credential.Plain(PASSWORD));
  }

  @Test
  void scramFailsAlikeForWrongPasswordsAndUsersWithoutOne() {
    for (Secret secret : new Secret[] {PLAIN, SCRAM, MD5, new Secret.None(), null}) {
      ClientPeer peer = peer(Method.SCRAM_SHA_256, secret);

      Scrams.prove(peer, "bob", "wrong");

      assertThat(peer.decided()).as("decided before a derivation").isFalse();
      assertError(peer, "28P01", "SASL authentication failed");
    }
  }

  @Test
  void scramWithAnMd5SecretFailsEvenWithTheRightPasswordAndTheLogKnowsWhy() {
    ClientPeer peer = peer(Method.SCRAM_SHA_256, MD5);

    Scrams.prove(peer, "bob", PASSWORD);

    assertError(peer, "28P01", "SASL authentication failed");
    assertThat(peer.login.logDetail())
        .isEqualTo("the user's secret is an MD5 one, which SCRAM-SHA-256 cannot check");
  }

  @Test
  void anUnknownUserGetsTheSameSaltEachTimeAndAnotherThanItsNeighbour() {
    String first = challenge("nobody");

    assertThat(challenge("nobody")).isEqualTo(first).contains("i=4096");
    assertThat(challenge("somebody")).isNotEqualTo(first);
  }

  /** Salt and iterations of the challenge, without the nonce. */
  private String challenge(String user) {
    ClientPeer peer = new ClientPeer(Method.SCRAM_SHA_256, user, null, context);
    peer.received(Authentication.Sasl.class);
    peer.saslInitial("SCRAM-SHA-256", Scrams.bytes("n,,n=,r=abc"));
    String challenge = Scrams.text(peer.received(Authentication.SaslContinue.class).data());
    return challenge.substring(challenge.indexOf(','));
  }

  @Test
  void anotherMechanismIsRefused() {
    ClientPeer peer = peer(Method.SCRAM_SHA_256, SCRAM);

    peer.saslInitial("SCRAM-SHA-256-PLUS", Scrams.bytes("p=tls-unique,,n=,r=abc"));

    assertError(peer, "08P01", "client selected an invalid SASL authentication mechanism");
  }

  @Test
  void aPasswordWithCharactersBeyondAsciiIsPreparedAsByTheServer() {
    Secret secret = new Secret.Plain("I\u00adX \u2168 pa\u00dfwort");
    ClientPeer peer = peer(Method.SCRAM_SHA_256, secret);

    ScramClient client = Scrams.prove(peer, "bob", "IX IX pa\u00dfwort");

    assertThat(peer.credential())
        .isEqualTo(new Credential.Plain(((Secret.Plain) secret).password()));
    Scrams.verify(peer, client);
  }

  // ---- order and load ----

  @Test
  void aPasswordOutOfTurnIsRefused() {
    ClientPeer peer = peer(Method.PLAIN, PLAIN);
    peer.answer("wrong");

    peer.answer(PASSWORD);

    assertError(peer, "08P01", "unexpected password message");
  }

  @Test
  void whatComesAfterTheVerdictIsIgnored() {
    ClientPeer peer = peer(Method.MD5, PLAIN);
    peer.answer("wrong");
    peer.answer("wrong again");

    assertError(peer, "28P01", "password authentication failed");
  }

  @Test
  void aClientThatLeftHearsNothingMore() {
    ClientPeer peer = peer(Method.PLAIN, SCRAM);
    peer.answer(PASSWORD);

    peer.login.cancel();
    peer.loop.turn();

    assertThat(peer.decided()).isFalse();
  }

  @Test
  void aFullQueueIsAnErrorOfItsOwn() {
    Loop elsewhere = new Loop();
    Derivation slow = new Derivation("x", Bytes.of(new byte[16]), ScramKeys.MAX_ITERATIONS);
    try (LoginContext small = new LoginContext(new LoginContext.Limits(1, 1, 4096, 16))) {
      small.derive(slow, elsewhere, (_, _) -> {});
      small.derive(slow, elsewhere, (_, _) -> {});
      for (Secret secret : new Secret[] {SCRAM, null}) {
        ClientPeer peer = new ClientPeer(Method.PLAIN, "bob", secret, small);
        peer.answer(PASSWORD);
        assertError(peer, "53300", "too many logins at the same time");
      }
    }
  }

  @Test
  void anUnterminatedPasswordIsMalformed() {
    ClientPeer peer = peer(Method.PLAIN, PLAIN);

    peer.deliverBody(Unpooled.copiedBuffer(new byte[] {'a', 'b'}));

    assertThat(peer.error().sqlstate()).isEqualTo("08P01");
  }
}
