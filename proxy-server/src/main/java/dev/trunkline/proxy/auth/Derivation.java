package dev.trunkline.proxy.auth;

import java.nio.ByteBuffer;

/** What {@link ScramKeys} are derived from. Never printed. */
record Derivation(String password, Bytes salt, int iterations) {
  /** Tells derivations apart without keeping the password: useless without the process's secret. */
  Bytes fingerprint(byte[] processSecret) {
    byte[] sizes = ByteBuffer.allocate(8).putInt(iterations).putInt(salt.length()).array();
    return Bytes.of(Digests.hmac(processSecret, sizes, salt.content(), Digests.utf8(password)));
  }

  @Override
  public String toString() {
    return "Derivation[…]";
  }
}
