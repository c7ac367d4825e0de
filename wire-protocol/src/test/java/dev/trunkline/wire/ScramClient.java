package dev.trunkline.wire;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** The client's side of SCRAM-SHA-256 (RFC 5802, 7677) without channel binding. */
final class ScramClient {
  static final String MECHANISM = "SCRAM-SHA-256";

  private static final String NO_CHANNEL_BINDING = "n,,";
  private static final String CLIENT_NONCE = "client-nonce-of-a-test";
  private static final String FIRST_BARE = "n=,r=" + CLIENT_NONCE;

  private final String password;
  private String serverSignature;

  ScramClient(String password) {
    this.password = password;
  }

  byte[] first() {
    return utf8(NO_CHANNEL_BINDING + FIRST_BARE);
  }

  /** The proof for the server's challenge. */
  byte[] last(byte[] challenge) {
    String serverFirst = new String(challenge, StandardCharsets.UTF_8);
    Map<Character, String> fields = fields(serverFirst);
    if (!fields.get('r').startsWith(CLIENT_NONCE)) {
      throw new AssertionError("not an answer to our nonce: " + serverFirst);
    }
    String withoutProof = "c=biws,r=" + fields.get('r');
    String signed = FIRST_BARE + "," + serverFirst + "," + withoutProof;
    byte[] salt = Base64.getDecoder().decode(fields.get('s'));
    ScramKeys keys = ScramKeys.of(password, salt, Integer.parseInt(fields.get('i')));
    serverSignature = base64(keys.serverSignature(signed));
    return utf8(withoutProof + ",p=" + base64(keys.clientProof(signed)));
  }

  /** Checks that the server knows the password too. */
  void verify(byte[] serverFinal) {
    String text = new String(serverFinal, StandardCharsets.UTF_8);
    if (!text.equals("v=" + serverSignature)) {
      throw new AssertionError("wrong server signature: " + text);
    }
  }

  static Map<Character, String> fields(String message) {
    Map<Character, String> fields = new HashMap<>();
    for (String field : message.split(",", -1)) {
      if (field.length() > 1) {
        fields.put(field.charAt(0), field.substring(2));
      }
    }
    return fields;
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
