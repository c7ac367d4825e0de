package dev.trunkline.wire;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** The server's side of SCRAM-SHA-256 without channel binding. */
final class ScramServer {
  private static final int ITERATIONS = 4096;
  private static final byte[] SALT = ScramClient.utf8("salt-of-a-test!!");

  private final ScramKeys keys;
  private String clientFirst;
  private String serverFirst;

  ScramServer(String password) {
    keys = ScramKeys.of(password, SALT, ITERATIONS);
  }

  byte[] challenge(ByteBuf initialResponse) {
    FrontendDecoder.SaslInitialResponse first =
        FrontendDecoder.saslInitialResponse(initialResponse);
    if (!first.mechanism().equals(ScramClient.MECHANISM)) {
      throw new AssertionError("expected SCRAM, but was " + first.mechanism());
    }
    String text = new String(first.data(), StandardCharsets.UTF_8);
    clientFirst = text.substring(text.indexOf(",,") + 2);
    String nonce = ScramClient.fields(clientFirst).get('r') + "+server-nonce-of-a-test";
    serverFirst = "r=" + nonce + ",s=" + ScramClient.base64(SALT) + ",i=" + ITERATIONS;
    return ScramClient.utf8(serverFirst);
  }

  /** Checks the client's proof and returns ours. */
  byte[] accept(byte[] response) {
    String text = new String(response, StandardCharsets.UTF_8);
    int proofAt = text.lastIndexOf(",p=");
    String signed = clientFirst + "," + serverFirst + "," + text.substring(0, proofAt);
    if (!text.substring(proofAt + 3).equals(ScramClient.base64(keys.clientProof(signed)))) {
      throw new AssertionError("the client does not know the password");
    }
    return ScramClient.utf8("v=" + ScramClient.base64(keys.serverSignature(signed)));
  }
}
