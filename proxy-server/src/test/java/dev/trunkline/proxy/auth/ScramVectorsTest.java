package dev.trunkline.proxy.auth;

import static dev.trunkline.proxy.auth.Scrams.bytes;
import static dev.trunkline.proxy.auth.Scrams.text;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The example of RFC 7677, section 3, byte by byte from both ends. */
class ScramVectorsTest {
  private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
  private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  private static final Bytes SALT = Bytes.ofBase64("W22ZaJ0SNY7soEsUEjb6gQ==");
  private static final String CLIENT_FIRST = "n,,n=user,r=" + CLIENT_NONCE;
  private static final String SERVER_FIRST =
      "r=" + CLIENT_NONCE + SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  private static final String CLIENT_FINAL =
      "c=biws,r="
          + (CLIENT_NONCE + SERVER_NONCE)
          + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  private static final String SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

  private final ScramKeys keys = ScramKeys.derive(new Derivation("pencil", SALT, 4096));

  @Test
  void theAcceptorSaysWhatTheRfcSays() {
    ScramAcceptor acceptor = new ScramAcceptor(4096, SALT, SERVER_NONCE, null);

    assertThat(text(acceptor.start(ScramAcceptor.MECHANISM, bytes(CLIENT_FIRST))))
        .isEqualTo(SERVER_FIRST);
    acceptor.finish(bytes(CLIENT_FINAL));

    assertThat(acceptor.recoverClientKey(keys.storedKey())).isEqualTo(keys.clientKey());
    assertThat(text(acceptor.serverFinal(keys.serverKey()))).isEqualTo(SERVER_FINAL);
  }

  @Test
  void theInitiatorSaysWhatTheRfcSays() {
    ScramInitiator initiator =
        new ScramInitiator("user", CLIENT_NONCE, ScramInitiator.Bound.NO, null);

    assertThat(text(initiator.clientFirst())).isEqualTo(CLIENT_FIRST);
    initiator.challenge(bytes(SERVER_FIRST));

    assertThat(initiator.salt()).isEqualTo(SALT);
    assertThat(initiator.iterations()).isEqualTo(4096);
    assertThat(text(initiator.clientFinal(keys.clientKey()))).isEqualTo(CLIENT_FINAL);
    assertThat(initiator.verify(bytes(SERVER_FINAL), keys.serverKey())).isTrue();
  }

  @Test
  void anotherServerSignatureIsNotVerified() {
    ScramInitiator initiator =
        new ScramInitiator("user", CLIENT_NONCE, ScramInitiator.Bound.NO, null);
    initiator.challenge(bytes(SERVER_FIRST));
    initiator.clientFinal(keys.clientKey());

    assertThat(initiator.verify(bytes(SERVER_FINAL.replace("6rri", "7rri")), keys.serverKey()))
        .isFalse();
  }
}
