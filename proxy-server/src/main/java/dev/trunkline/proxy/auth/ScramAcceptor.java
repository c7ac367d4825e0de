package dev.trunkline.proxy.auth;

import dev.trunkline.wire.ProtocolViolation;
import java.util.List;

/**
 * One SCRAM-SHA-256 exchange (RFC 5802, RFC 7677) with the proxy as the server: reads and writes
 * the messages and checks the proof; who the user is, others know. Strict where PostgreSQL is
 * strict; whatever is malformed is a {@link ProtocolViolation}. With channel binding where TLS
 * gives one: a client that has it and was not offered it tells that somebody is in the middle.
 */
final class ScramAcceptor {
  static final String MECHANISM = "SCRAM-SHA-256";

  /** The mechanism with channel binding. */
  static final String MECHANISM_PLUS = "SCRAM-SHA-256-PLUS";

  private static final String BOUND_HEADER = "p=" + ChannelBinding.TYPE + ",,";

  private final int iterations;
  private final Bytes salt;
  private final String ownNonce;
  private final ChannelBinding binding;
  private String gs2Header;
  private String clientFirstBare;
  private String nonce;
  private String serverFirst;
  private byte[] authMessage;
  private Bytes proof;

  /**
   * @param binding null without TLS
   */
  ScramAcceptor(int iterations, Bytes salt, String ownNonce, ChannelBinding binding) {
    this.iterations = iterations;
    this.salt = salt;
    this.ownNonce = ownNonce;
    this.binding = binding;
  }

  /** What is offered, the favourite first. */
  List<String> mechanisms() {
    return binding == null ? List.of(MECHANISM) : List.of(MECHANISM_PLUS, MECHANISM);
  }

  /** Reads client-first of a mechanism that was offered, returns server-first. */
  byte[] start(String mechanism, byte[] clientFirst) {
    String text = ScramAttributes.text(clientFirst);
    gs2Header = mechanism.equals(MECHANISM_PLUS) ? boundHeader(text) : unboundHeader(text);
    clientFirstBare = text.substring(gs2Header.length());
    ScramAttributes bare = new ScramAttributes(clientFirstBare);
    bare.take('n'); // PostgreSQL ignores it: the startup packet has named the user
    nonce = printable(bare.take('r')) + ownNonce;
    bare.skipExtensions();
    serverFirst = "r=" + nonce + ",s=" + salt.base64() + ",i=" + iterations;
    return ScramAttributes.bytes(serverFirst);
  }

  private static String boundHeader(String text) {
    if (!text.startsWith(BOUND_HEADER)) {
      throw ScramAttributes.malformed(
          "SCRAM-SHA-256-PLUS needs channel binding of type " + ChannelBinding.TYPE + ".");
    }
    return BOUND_HEADER;
  }

  private String unboundHeader(String text) {
    if (text.startsWith("p=")) {
      throw ScramAttributes.malformed("SCRAM-SHA-256 is without channel binding.");
    }
    if (text.startsWith("y") && binding != null) {
      throw new ProtocolViolation(
          "28000",
          "SCRAM channel binding negotiation error",
          "The client supports channel binding and believes that it was not offered; it was.");
    }
    if (!text.startsWith("n,") && !text.startsWith("y,")) {
      throw ScramAttributes.malformed("The channel binding flag is unknown.");
    }
    if (text.length() < 3 || text.charAt(2) != ',') {
      throw ScramAttributes.malformed("An authorization identity is not supported.");
    }
    return text.substring(0, 3);
  }

  private ProtocolViolation anotherChannel() {
    return gs2Header.equals(BOUND_HEADER)
        ? new ProtocolViolation(
            "28000",
            "SCRAM channel binding check failed",
            "The client has been shown another certificate than the proxy's.")
        : ScramAttributes.malformed("The channel binding differs from the first message.");
  }

  private byte[] channel() {
    byte[] header = ScramAttributes.bytes(gs2Header);
    return gs2Header.equals(BOUND_HEADER)
        ? Digests.concat(header, binding.endPoint().content())
        : header;
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
    String channel = attributes.take('c');
    if (!channel.equals(Bytes.of(channel()).base64())) {
      throw anotherChannel();
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
