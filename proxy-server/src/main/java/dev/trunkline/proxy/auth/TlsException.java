package dev.trunkline.proxy.auth;

/**
 * A TLS setting that cannot be used. The message names the setting and the file and says what is
 * wrong; it stands for itself in the log.
 */
public final class TlsException extends Exception {
  private static final long serialVersionUID = 1L;

  TlsException(String message) {
    super(message);
  }

  TlsException(String message, Throwable cause) {
    super(message, cause);
  }
}
