package dev.trunkline.proxy.auth;

import dev.trunkline.wire.ProtocolViolation;

/**
 * One SCRAM-SHA-256 exchange (RFC 5802, RFC 7677) with the proxy as the client. Works on keys
 * instead of a password, so that keys derived once, or passed through from a client, do. Whatever
 * is malformed is a {@link ProtocolViolation}.
 */
final class ScramInitiator {
  /** What is said of channel binding. */
  enum Bound {
    /** There is no TLS, or a certificate that cannot be bound to. */
    NO("n,,"),
    /** It could be, but the server did not offer it: a server that did finds this out. */
    NOT_OFFERED("y,,"),
    YES("p=" + ChannelBinding.TYPE + ",,");

    private final String header;

    Bound(String header) {
      this.header = header;
    }
  }

  private final Bound bound;
  private final ChannelBinding binding;
  private final String clientFirstBare;
  private final String ownNonce;
  private String serverFirst;
  private String nonce;
  private Bytes salt;
  private int iterations;
  private byte[] authMessage;

  /**
   * @param binding null without TLS
   */
  ScramInitiator(String ownNonce, Bound bound, ChannelBinding binding) {
    this("", ownNonce, bound, binding); // PostgreSQL takes the user from the startup packet
  }

  ScramInitiator(String user, String ownNonce, Bound bound, ChannelBinding binding) {
    this.bound = bound;
    this.binding = binding;
    this.ownNonce = ownNonce;
    this.clientFirstBare = "n=" + user + ",r=" + ownNonce;
  }

  byte[] clientFirst() {
    return ScramAttributes.bytes(bound.header + clientFirstBare);
  }

  /** Reads server-first; {@link #salt} and {@link #iterations} are known afterwards. */
  void challenge(byte[] message) {
    serverFirst = ScramAttributes.text(message);
    ScramAttributes attributes = new ScramAttributes(serverFirst);
    nonce = attributes.take('r');
    if (!nonce.startsWith(ownNonce) || nonce.length() == ownNonce.length()) {
      throw ScramAttributes.malformed("The server's nonce does not continue the client's.");
    }
    salt = ScramAttributes.base64(attributes.take('s'), 0);
    iterations = iterations(attributes.take('i'));
    attributes.skipExtensions();
  }

  private static int iterations(String text) {
    try {
      return ScramKeys.checkIterations(Integer.parseInt(text));
    } catch (IllegalArgumentException wrong) {
      throw ScramAttributes.malformed(
          "The iteration count is not a number within 1 and " + ScramKeys.MAX_ITERATIONS + ".");
    }
  }

  Bytes salt() {
    return salt;
  }

  int iterations() {
    return iterations;
  }

  /** Returns client-final with the proof. */
  byte[] clientFinal(Bytes clientKey) {
    String withoutProof = "c=" + Bytes.of(channel()).base64() + ",r=" + nonce;
    authMessage = ScramAttributes.bytes(clientFirstBare + "," + serverFirst + "," + withoutProof);
    byte[] storedKey = Digests.sha256(clientKey.content());
    byte[] signature = Digests.hmac(storedKey, authMessage);
    Bytes proof = Bytes.of(Digests.xor(clientKey.content(), signature));
    return ScramAttributes.bytes(withoutProof + ",p=" + proof.base64());
  }

  private byte[] channel() {
    byte[] header = ScramAttributes.bytes(bound.header);
    return bound == Bound.YES ? Digests.concat(header, binding.endPoint().content()) : header;
  }

  /** Reads server-final; true when the server has proved that it knows the secret. */
  boolean verify(byte[] serverFinal, Bytes serverKey) {
    ScramAttributes attributes = new ScramAttributes(ScramAttributes.text(serverFinal));
    Bytes signature = ScramAttributes.base64(attributes.take('v'), Secret.Format.KEY_BYTES);
    attributes.skipExtensions();
    return signature.equals(Bytes.of(Digests.hmac(serverKey.content(), authMessage)));
  }
}
