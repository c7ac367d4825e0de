package dev.trunkline.proxy.auth;

import com.ongres.scram.client.ScramClient;
import com.ongres.scram.common.StringPreparation;
import com.ongres.scram.common.exception.ScramException;
import dev.trunkline.wire.Authentication;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** SCRAM for tests: secrets, and an independent client. */
final class Scrams {
  private Scrams() {}

  static String secretText(String password, String salt, int iterations) {
    ScramKeys keys = ScramKeys.derive(new Derivation(password, salt(salt), iterations));
    return "SCRAM-SHA-256$"
        + (iterations + ":" + salt(salt).base64())
        + ("$" + keys.storedKey().base64() + ":" + keys.serverKey().base64());
  }

  static Secret secret(String password) {
    return Secret.parse("test", secretText(password, "pepper-and-salt", 4096));
  }

  private static Bytes salt(String text) {
    return Bytes.of(text.getBytes(StandardCharsets.US_ASCII));
  }

  static ScramClient client(String user, String password) {
    return ScramClient.builder()
        .advertisedMechanisms(List.of("SCRAM-SHA-256"))
        .username(user)
        .password(password.toCharArray())
        .stringPreparation(StringPreparation.POSTGRESQL_PREPARATION)
        .build();
  }

  /** Runs a whole exchange up to the proof; the verdict is still to come. */
  static ScramClient prove(ClientPeer peer, String user, String password) {
    ScramClient client = client(user, password);
    peer.received(Authentication.Sasl.class);
    peer.saslInitial("SCRAM-SHA-256", bytes(client.clientFirstMessage().toString()));
    try {
      client.serverFirstMessage(text(peer.received(Authentication.SaslContinue.class).data()));
    } catch (ScramException wrong) {
      throw new AssertionError(wrong);
    }
    peer.saslResponse(bytes(client.clientFinalMessage().toString()));
    return client;
  }

  /** Lets the client check the server's signature. */
  static void verify(ClientPeer peer, ScramClient client) {
    try {
      client.serverFinalMessage(text(peer.received(Authentication.SaslFinal.class).data()));
    } catch (ScramException wrong) {
      throw new AssertionError(wrong);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
