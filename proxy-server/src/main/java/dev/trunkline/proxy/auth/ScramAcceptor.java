package dev.trunkline.proxy.auth;

import dev.trunkline.wire.ProtocolViolation;

/**
 * One SCRAM-SHA-256 exchange (RFC 5802, RFC 7677) with the proxy as the server: reads and writes
 * the messages and checks the proof; who the user is, others know. Strict where PostgreSQL is
 * strict; whatever is malformed is a {@link ProtocolViolation}. Without channel binding.
 */
final class ScramAcceptor {
  static final String MECHANISM = "SCRAM-SHA-256";

  private final int iterations;
  private final Bytes salt;
  private final String ownNonce;
  private String gs2Header;
  private String clientFirstBare;
  private String nonce;
  private String serverFirst;
  private byte[] authMessage;
  private Bytes proof;

  ScramAcceptor(int iterations, Bytes salt, String ownNonce) {
    this.iterations = iterations;
    this.salt = salt;
    this.ownNonce = ownNonce;
  }

  /** Reads client-first, returns server-first. */
  byte[] start(byte[] clientFirst) {
    String text = ScramAttributes.text(clientFirst);
    readHeader(text);
    clientFirstBare = text.substring(gs2Header.length());
    ScramAttributes bare = new ScramAttributes(clientFirstBare);
    bare.take('n'); // PostgreSQL ignores it: the startup packet has named the user
    nonce = printable(bare.take('r')) + ownNonce;
    bare.skipExtensions();
    serverFirst = "r=" + nonce + ",s=" + salt.base64() + ",i=" + iterations;
    return ScramAttributes.bytes(serverFirst);
  }

  private void readHeader(String text) {
    if (text.startsWith("p=")) {
      throw ScramAttributes.malformed(
          "The client asked for channel binding, which was not offered.");
    }
    if (!text.startsWith("n,") && !text.startsWith("y,")) {
      throw ScramAttributes.malformed("The channel binding flag is unknown.");
    }
    if (text.length() < 3 || text.charAt(2) != ',') {
      throw ScramAttributes.malformed("An authorization identity is not supported.");
    }
    gs2Header = text.substring(0, 3);
  }

  private static String printable(String nonce) {
    if (!ScramAttributes.isPrintable(nonce)) {
      throw ScramAttributes.malformed("The nonce has characters that are not printable.");
    }
    return nonce;
  }

  /** Reads client-final; {@link #recoverClientKey} then tells what it is worth. */
  void finish(byte[] clientFinal) {
    String text = ScramAttributes.text(clientFinal);
    ScramAttributes attributes = new ScramAttributes(text);
    String binding = attributes.take('c');
    if (!binding.equals(Bytes.of(ScramAttributes.bytes(gs2Header)).base64())) {
      throw ScramAttributes.malformed("The channel binding differs from the first message.");
    }
    if (!attributes.take('r').equals(nonce)) {
      throw ScramAttributes.malformed("The nonce differs from the one that was sent.");
    }
    attributes.skipExtensionsUpTo('p');
    String withoutProof = text.substring(0, attributes.position() - 1);
    proof = ScramAttributes.base64(attributes.take('p'), Secret.Format.KEY_BYTES);
    attributes.requireEnd();
    authMessage = ScramAttributes.bytes(clientFirstBare + "," + serverFirst + "," + withoutProof);
  }

  /** The client's key, which it has proved to have; null when the proof is wrong. */
  Bytes recoverClientKey(Bytes storedKey) {
    byte[] signature = Digests.hmac(storedKey.content(), authMessage);
    byte[] clientKey = Digests.xor(proof.content(), signature);
    return Bytes.of(Digests.sha256(clientKey)).equals(storedKey) ? Bytes.of(clientKey) : null;
  }

  /** Returns server-final, the proof that this side knows the secret too. */
  byte[] serverFinal(Bytes serverKey) {
    Bytes signature = Bytes.of(Digests.hmac(serverKey.content(), authMessage));
    return ScramAttributes.bytes("v=" + signature.base64());
  }
}
