package dev.trunkline.proxy.auth;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Tells whether two halves of a key pair fit, by signing with one and verifying with the other. */
final class KeyPairs {
  private static final byte[] PROBE = {1, 2, 3, 4, 5, 6, 7, 8};

  private KeyPairs() {}

  static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
    if (!sameFamily(privateKey.getAlgorithm(), publicKey.getAlgorithm())) {
      return false;
    }
    try {
      Signature signature = Signature.getInstance(signatureOf(privateKey.getAlgorithm()));
      signature.initSign(privateKey);
      signature.update(PROBE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(PROBE);
      return signature.verify(signed);
    } catch (GeneralSecurityException doNotFit) {
      return false; // a key of another curve or length: that is the answer
    }
  }

  /** Ed25519 calls itself both that and EdDSA. */
  private static boolean sameFamily(String left, String right) {
    return left.equals(right) || (left.startsWith("Ed") && right.startsWith("Ed"));
  }

  private static String signatureOf(String keyAlgorithm) {
    return switch (keyAlgorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> keyAlgorithm;
    };
  }
}
